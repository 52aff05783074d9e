/** What core asks of the store about all that rests sealed with the sealing key. */

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
  'seals',
  'signing_keys',
] as const;
/** A table that holds sealed values: one of `sealedPlaces`. */
export type SealedPlace = (typeof sealedPlaces)[number];

/** One row that holds a sealed value. */
export interface SealedRow {
  readonly key: string;
  /** What is sealed, or the JSON that holds it. */
  readonly value: string;
  /** Of a refresh token family: the digest of the token spent last. */
  readonly about?: string;
  /** Of a refresh token family: when that was. */
  readonly at?: number;
}

/** One page of the rows of one table. */
export interface SealedPage {
  readonly rows: readonly SealedRow[];
  /** Where the next page begins behind; absent where there is none. */
  readonly next?: string;
}

/** A row to be written, if it still holds `former`. */
export interface ResealedRow {
  readonly key: string;
  readonly former: string;
  /** Undefined: nothing is to stand there any more. */
  readonly sealed?: string | undefined;
}

/**
 * The sealed values in the store. Each method is one atomic, durable act. The store cannot open
 * them.
 */
export interface SealStore {
  /** What a replaced sealing key left behind, by its name; and what was settled about sealing. */
  load(): Promise<ReadonlyMap<string, string>>;
  /** The first one counts: a row of this name is left as it is. */
  add(name: string, value: string, now: number): Promise<void>;
  /** In the order of their keys, what `limit` rows of the table behind `after` hold. */
  list(place: SealedPlace, after: string, limit: number): Promise<SealedPage>;
  /** One act: each where it is still what it was; answers how many were. */
  replace(place: SealedPlace, rows: readonly ResealedRow[]): Promise<number>;
}
