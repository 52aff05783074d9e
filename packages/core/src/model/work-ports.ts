/** A proof of work: computing time that a browser spends, so that guessing costs something. */

/** A challenge that was solved. */
export interface SolvedWork {
  /** Of this challenge alone, at most 100 characters. */
  readonly id: string;
  /** Seconds since 1970. */
  readonly expiresAt: number;
}

/** The port that makes challenges for browsers, and checks the solutions. It stores nothing. */
export interface WorkProofs {
  /** A new challenge as JSON, for the script of the pages. The key signs it. */
  make(key: string, expiresAt: number): Promise<string>;
  /**
   * The challenge that this text solves, if it was made with this key. Does not check its time, or
   * whether it was used.
   */
  check(key: string, solution: string): Promise<SolvedWork | undefined>;
}
