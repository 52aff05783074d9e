/** What the store knows of published status lists (draft-ietf-oauth-status-list). */

/** A place in a list. Once given it is nobody else's while a token has it. */
export interface StatusEntry {
  readonly list: number;
  readonly index: number;
}

/** The numbers of the oldest and the newest list; all between them are lists, too. */
export interface StatusLists {
  readonly first: number;
  readonly last: number;
}

/**
 * Places in one list: 128 KiB of bits, which take hardly any room while few are set. Guards hold
 * lists of this size.
 */
export const statusListCapacity = 2 ** 20;

export interface StatusStore {
  /**
   * The place of a family, grant, client or API key (`key_` and its id): the one it has, or the
   * next free one. Given until what it is of is pruned.
   */
  assign(id: string): Promise<StatusEntry>;
  /** Undefined while there is no place at all. */
  lists(): Promise<StatusLists | undefined>;
  /**
   * The places of this list whose family, grant, client or API key has ended at `since` or later,
   * and before now.
   */
  ended(list: number, since: number, now: number): Promise<readonly number[]>;
}
