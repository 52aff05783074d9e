/** What the store keeps of published status lists (draft-ietf-oauth-status-list). */

/** An entry in a status list. It is not given to anything else while a token has it. */
export interface StatusEntry {
  readonly list: number;
  readonly index: number;
}

/** The numbers of the oldest and the newest status list. All numbers between them exist. */
export interface StatusLists {
  readonly first: number;
  readonly last: number;
}

/** How many entries one status list has. Guards accept lists of this size: 128 KiB of bits. */
export const statusListCapacity = 2 ** 20;

/**
 * The entries of status lists in the store (draft-ietf-oauth-status-list). Each method is one
 * atomic, durable act.
 */
export interface StatusStore {
  /**
   * The entry of a family, consent, client or API key (`key_` and its id): the one that it has, or
   * the next free one. It is freed when the row is pruned.
   */
  assign(id: string): Promise<StatusEntry>;
  /** Undefined if no entry was assigned yet. */
  lists(): Promise<StatusLists | undefined>;
  /**
   * The entries of this list whose family, consent, client or API key ended at `since` or later,
   * and before `now`.
   */
  ended(list: number, since: number, now: number): Promise<readonly number[]>;
}
