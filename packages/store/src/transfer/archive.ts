/**
 * The archive: lines of JSON, compressed with zstd. The first line describes the archive. Before
 * the rows of each table, a line has the name and the columns of the table. Each row is an array.
 * The last line counts the rows and has a digest of everything before it. The first and the last
 * line have a MAC under the sealing key of the database. So an archive that was written or changed
 * without that key is refused.
 */
import type { Value } from '../act.ts';

/** HMAC under the sealing key. */
export type Mac = (data: string) => string;
/** A MAC for each key with which the archive may have been written. */
export type Macs = (data: string) => readonly string[];

export type ArchiveKind = 'backup' | 'export';

/** The first line of an archive. */
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
 * Only the closing line begins like this: a row begins with a bracket, and a line break in a text
 * is escaped.
 */
export const closingStart = '{"end":';

/** No row of the server is nearly as long. */
export const longestLine = 16 * 1024 * 1024;

export function macOfHeader(mac: Mac, id: string): string {
  return mac(textOfHeader(id));
}

function textOfHeader(id: string): string {
  return `begin ${id}`;
}

/** Always in the same order. */
export function macsOfHeader(macs: Macs, id: string): readonly string[] {
  return macs(textOfHeader(id));
}

export function macOfEnd(mac: Mac, id: string, sha256: string): string {
  return mac(`end ${id} ${sha256}`);
}

/** The archive cannot be used. Nothing of it was stored. */
export class ArchiveError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'ArchiveError';
  }
}
