export interface Migration {
  /** 1, 2, 3 without a gap. */
  readonly version: number;
  readonly name: string;
  readonly statements: readonly string[];
  /**
   * The oldest version of the schema whose programs go on working beside this one; its own when it
   * is left out.
   */
  readonly worksWith?: number;
}
