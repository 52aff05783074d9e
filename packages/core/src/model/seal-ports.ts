/** What core asks of the store about all that rests sealed with the sealing key. */

/**
 * In the order in which they are sealed anew: while one is not done, a start without the former key
 * finds signing keys that it cannot open.
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
export type SealedPlace = (typeof sealedPlaces)[number];

export interface SealedRow {
  readonly key: string;
  /** What is sealed, or the JSON that holds it. */
  readonly value: string;
  /** Of a refresh token family: the digest of the token spent last. */
  readonly about?: string;
  /** Of a refresh token family: when that was. */
  readonly at?: number;
}

export interface SealedPage {
  readonly rows: readonly SealedRow[];
  /** Where the next page begins behind; absent where there is none. */
  readonly next?: string;
}

export interface ResealedRow {
  readonly key: string;
  readonly former: string;
  /** Undefined: nothing is to stand there any more. */
  readonly sealed?: string | undefined;
}

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
