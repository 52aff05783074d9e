/** One page of a list. */
export interface Page<T> {
  readonly items: readonly T[];
  /** Give it back as `after` for the next page; absent on the last. */
  readonly next?: string;
}

/** Which page of a list is wanted: at most `limit` items that follow `after`. */
export interface Paging {
  readonly after?: string;
  readonly limit?: number;
}
