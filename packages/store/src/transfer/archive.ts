/**
 * The archive: lines of JSON, compressed with zstd. The first line says what it is, a line with the
 * name of a table and its columns stands before the rows of that table, each row is an array, and
 * the last line counts the rows and holds a digest of all that stands before it. Header and last
 * line carry a MAC under the sealing key of the database: an archive that was written elsewhere, or
 * changed by somebody without that key, is not taken.
 */
import type { Value } from '../act.ts';

/** HMAC under the sealing key. */
export type Mac = (data: string) => string;
/** Of each key that an archive may have been written with. */
export type Macs = (data: string) => readonly string[];

export type ArchiveKind = 'backup' | 'export';

export interface ArchiveHeader {
  readonly archive: 'keywright';
  readonly format: 1;
  readonly kind: ArchiveKind;
  /** How many migrations the schema has. */
  readonly schema: number;
  /** Seconds since 1970. */
  readonly takenAt: number;
  readonly id: string;
  readonly mac: string;
}

export interface TableLine {
  readonly table: string;
  readonly columns: readonly string[];
}

export interface ClosingLine {
  readonly end: Readonly<Record<string, number>>;
  readonly sha256: string;
  readonly mac: string;
}

export type ArchiveRow = readonly Value[];

/**
 * How the closing line begins, and no other: a row begins with a bracket, and a line break within a
 * text is escaped.
 */
export const closingStart = '{"end":';

/** No row that the server writes is near it. */
export const longestLine = 16 * 1024 * 1024;

export function macOfHeader(mac: Mac, id: string): string {
  return mac(textOfHeader(id));
}

function textOfHeader(id: string): string {
  return `begin ${id}`;
}

/** In the same order each time. */
export function macsOfHeader(macs: Macs, id: string): readonly string[] {
  return macs(textOfHeader(id));
}

export function macOfEnd(mac: Mac, id: string, sha256: string): string {
  return mac(`end ${id} ${sha256}`);
}

/** The archive cannot be used. Nothing of it was kept. */
export class ArchiveError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'ArchiveError';
  }
}
