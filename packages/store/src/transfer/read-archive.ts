/**
 * Reads an archive and trusts nothing in it. Store what it yields only when it has reached its end.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import { type Readable, pipeline } from 'node:stream';
import { createZstdDecompress } from 'node:zlib';
import { migrations } from '../migrations/index.ts';
import {
  ArchiveError,
  type ArchiveHeader,
  type ArchiveRow,
  type ClosingLine,
  closingStart,
  longestLine,
  type Mac,
  type Macs,
  macOfEnd,
  macsOfHeader,
} from './archive.ts';
import { describeData, type Table } from './tables.ts';

export interface ArchivePart {
  readonly table: Table;
  readonly rows: readonly ArchiveRow[];
}

export interface OpenedArchive {
  readonly header: ArchiveHeader;
  /**
   * All rows, in the order of the tables. Throws `ArchiveError`, at the latest at its end, if
   * anything was cut off or changed. The archive is complete only if this ends without an error.
   */
  readonly parts: AsyncGenerator<ArchivePart>;
  readonly counts: Readonly<Record<string, number>>;
}

interface Block {
  readonly bytes: Buffer;
  readonly lines: readonly string[];
}

const blockBytes = 512 * 1024;
const lineBreak = 0x0a;
const damaged = 'The archive is cut off or was changed';

/**
 * Throws `ArchiveError` if the input is no archive, is newer than this version, or was written with
 * another sealing key.
 */
export async function openArchive(input: Readable, macs: Macs): Promise<OpenedArchive> {
  const hash = createHash('sha256');
  const blocks = readBlocks(input);
  const first = await nextBlock(blocks);
  const [headerLine = '', ...rest] = first.lines;
  const { header, mac } = readHeader(headerLine, macs);
  const counts: Record<string, number> = {};
  hash.update(first.bytes);
  const parts = readParts({ header, rest, blocks, hash, mac, counts });
  return { header, parts, counts };
}

async function nextBlock(blocks: AsyncGenerator<Block>): Promise<Block> {
  const next = await blocks.next();
  if (next.done === true) throw new ArchiveError('The archive is empty.');
  return next.value;
}

/** The first line says with which of the keys the archive was written. */
function readHeader(
  line: string,
  macs: Macs,
): { readonly header: ArchiveHeader; readonly mac: Mac } {
  const header = parseLine(line) as ArchiveHeader;
  if (header?.archive !== 'keywright')
    throw new ArchiveError('This is not an archive of Keywright.');
  const { format, schema, id } = header;
  if (format !== 1 || !Number.isInteger(schema) || schema > migrations.length)
    throw new ArchiveError(
      `The archive was written by a newer Keywright (format ${format}, schema ${schema}; this version ends at format 1, schema ${migrations.length}). Load it with that version or a newer one.`,
    );
  if (schema < 1 || typeof id !== 'string')
    throw new ArchiveError(`${damaged}: its header is not complete.`);
  const at = macsOfHeader(macs, id).findIndex((one) => isEqual(header.mac, one));
  if (at < 0)
    throw new ArchiveError(
      'The archive belongs to another sealing key: give the one of the database that it was taken from.',
    );
  return { header, mac: (data) => macs(data)[at] ?? '' };
}

interface Reading {
  readonly header: ArchiveHeader;
  readonly rest: readonly string[];
  readonly blocks: AsyncGenerator<Block>;
  readonly hash: ReturnType<typeof createHash>;
  readonly mac: Mac;
  readonly counts: Record<string, number>;
}

async function* readParts(reading: Reading): AsyncGenerator<ArchivePart> {
  const { header, rest, blocks, hash, mac, counts } = reading;
  const expected = describeData(header.schema).values();
  let table: Table | undefined;
  const read = function* (lines: readonly string[]): Generator<ArchivePart> {
    let rows: ArchiveRow[] = [];
    for (const line of lines) {
      const parsed = parseLine(line);
      if (!Array.isArray(parsed)) {
        if (table !== undefined && rows.length > 0) yield { table, rows };
        rows = [];
        table = assertExpected(parsed, expected.next().value);
        counts[table.name] = 0;
        continue;
      }
      if (table === undefined) throw new ArchiveError(`${damaged}: rows without a table.`);
      rows.push(assertRow(parsed, table));
      counts[table.name] = (counts[table.name] ?? 0) + 1;
    }
    if (table !== undefined && rows.length > 0) yield { table, rows };
  };
  yield* read(rest);
  for await (const { bytes, lines } of blocks) {
    if (lines[0]?.startsWith(closingStart) === true) {
      if (expected.next().done !== true) throw new ArchiveError(`${damaged}: tables are missing.`);
      assertClosed(parseLine(lines[0]) as ClosingLine, reading, hash.digest('hex'), mac);
      await assertNothingFollows(lines, blocks);
      return;
    }
    hash.update(bytes);
    yield* read(lines);
  }
  throw new ArchiveError(`${damaged}: its end is missing.`);
}

function assertExpected(line: unknown, table: Table | undefined): Table {
  const { table: name, columns } = (line ?? {}) as {
    readonly table?: unknown;
    readonly columns?: unknown;
  };
  const known = table?.columns.map((column) => column.name);
  if (
    table === undefined ||
    name !== table.name ||
    JSON.stringify(columns) !== JSON.stringify(known)
  )
    throw new ArchiveError(`${damaged}: its tables are not those of its schema.`);
  return table;
}

function assertRow(row: readonly unknown[], table: Table): ArchiveRow {
  const fits =
    row.length === table.columns.length &&
    row.every((value, index) =>
      typeof value === 'string'
        ? table.columns[index]?.isText
        : value === null || Number.isSafeInteger(value),
    );
  if (!fits) throw new ArchiveError(`${damaged}: a row of ${table.name} does not fit.`);
  return row as ArchiveRow;
}

function assertClosed(
  closing: ClosingLine,
  { header, counts }: Reading,
  sha256: string,
  mac: Mac,
): void {
  const { end } = closing;
  const counted =
    Object.keys(end).length === Object.keys(counts).length &&
    Object.entries(counts).every(([name, count]) => end[name] === count);
  if (
    !counted ||
    !isEqual(closing.sha256, sha256) ||
    !isEqual(closing.mac, macOfEnd(mac, header.id, sha256))
  )
    throw new ArchiveError(`${damaged}: its digest is wrong.`);
}

async function assertNothingFollows(
  lines: readonly string[],
  blocks: AsyncGenerator<Block>,
): Promise<void> {
  if (lines.length > 1 || (await blocks.next()).done !== true)
    throw new ArchiveError(`${damaged}: something follows its end.`);
}

function isEqual(given: unknown, wanted: string): boolean {
  if (typeof given !== 'string') return false;
  const [one, other] = [Buffer.from(given), Buffer.from(wanted)];
  return one.length === other.length && timingSafeEqual(one, other);
}

function parseLine(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    // The error of JSON would quote the line.
    throw new ArchiveError(`${damaged}: a line is not JSON.`);
  }
}

/** Whole lines, some hundreds at a time. The closing line begins a block of its own. */
async function* readBlocks(input: Readable): AsyncGenerator<Block> {
  let kept: Buffer = Buffer.alloc(0);
  for await (const chunk of decompress(input)) {
    const bytes: Buffer = kept.length === 0 ? chunk : Buffer.concat([kept, chunk]);
    const end = bytes.lastIndexOf(lineBreak) + 1;
    kept = bytes.subarray(end);
    if (kept.length > longestLine) throw new ArchiveError(`${damaged}: a line has no end.`);
    if (end === 0) continue;
    const closing = bytes.subarray(0, end).lastIndexOf(`\n${closingStart}`) + 1;
    if (closing > 0) yield toBlock(bytes.subarray(0, closing));
    yield toBlock(bytes.subarray(closing, end));
  }
  if (kept.length > 0) throw new ArchiveError(`${damaged}: its last line has no end.`);
}

function toBlock(bytes: Buffer): Block {
  return { bytes, lines: bytes.toString('utf8', 0, bytes.length - 1).split('\n') };
}

async function* decompress(input: Readable): AsyncGenerator<Buffer> {
  let inputFault: unknown;
  input.on('error', (error) => {
    inputFault = error;
  });
  // The stream itself reports a fault to its reader.
  const output = pipeline(input, createZstdDecompress({ chunkSize: blockBytes }), () => {});
  try {
    for await (const chunk of output) yield chunk as Buffer;
  } catch (error) {
    if (inputFault !== undefined) throw inputFault;
    throw new ArchiveError(`${damaged}: ${(error as Error).message}.`);
  }
}
