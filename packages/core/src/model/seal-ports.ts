/** What core asks of the store about values that are sealed with the sealing key. */

/**
 * The tables that hold sealed values, in the order in which they are sealed again. Signing keys
 * come last: a start without the former key fails until all others are done.
 */
export const sealedPlaces = [
  'clients',
  'families',
  'pushed_requests',
  'deferred_requests',
  'deliveries',
  'second_factors',
  'seals',
  'signing_keys',
] as const;
/** A table that holds sealed values: one of `sealedPlaces`. */
export type SealedPlace = (typeof sealedPlaces)[number];

/** One row that holds a sealed value. */
export interface SealedRow {
  readonly key: string;
  /** The sealed value, or the JSON that contains it. */
  readonly value: string;
  /** Of a refresh token family: the digest of the token spent last. */
  readonly about?: string;
  /** Of a refresh token family: when that was. */
  readonly at?: number;
}

/** One page of the rows of one table. */
export interface SealedPage {
  readonly rows: readonly SealedRow[];
  /** Where the next page begins; absent on the last page. */
  readonly next?: string;
}

/** A row to be written, if it still holds `former`. */
export interface ResealedRow {
  readonly key: string;
  readonly former: string;
  /** Undefined: the value is removed. */
  readonly sealed?: string | undefined;
}

/**
 * The sealed values in the store. Each method is one atomic, durable act. The store cannot open
 * them.
 */
export interface SealStore {
  /** Keys that a replaced sealing key left behind, by name, and settings about sealing. */
  load(): Promise<ReadonlyMap<string, string>>;
  /** The first one counts: an existing row of this name is not changed. */
  add(name: string, value: string, now: number): Promise<void>;
  /** At most `limit` rows of the table after `after`, in the order of their keys. */
  list(place: SealedPlace, after: string, limit: number): Promise<SealedPage>;
  /** One act: writes each row that is still as it was read. Returns how many were. */
  replace(place: SealedPlace, rows: readonly ResealedRow[]): Promise<number>;
}
