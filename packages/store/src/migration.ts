export interface Migration {
  /** 1, 2, 3 without a gap. */
  readonly version: number;
  readonly name: string;
  readonly statements: readonly string[];
  /** The oldest schema version whose programs work beside this one. Default: its own version. */
  readonly worksWith?: number;
}
