export interface Page<T> {
  readonly items: readonly T[];
  /** Give it back as `after` for the next page; absent on the last. */
  readonly next?: string;
}

export interface Paging {
  readonly after?: string;
  readonly limit?: number;
}
