/** Append only: a migration that was ever published is never edited, and its checksum would tell. */
import { first } from './0001-first.ts';

export interface Migration {
  /** 1, 2, 3 without a gap. */
  readonly version: number;
  readonly name: string;
  readonly statements: readonly string[];
}

export const migrations: readonly Migration[] = [first];
