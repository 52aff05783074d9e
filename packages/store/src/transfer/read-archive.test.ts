import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { beforeAll, expect, it } from 'vitest';
import { migrations } from '../migrations/index.ts';
import { ArchiveError, closingStart, longestLine } from './archive.ts';
import { openArchive } from './read-archive.ts';
import { archiveOf, fillEveryTable, mac } from './testing-parts/places.ts';

let archive: Buffer;
let lines: readonly string[];
beforeAll(async () => {
  archive = await buffer(archiveOf(fillEveryTable(migrations.length)));
  lines = zstdDecompressSync(archive).toString().trimEnd().split('\n');
});

/** Reads to the end, and answers the rows. */
async function readThrough(bytes: Uint8Array, key = mac): Promise<readonly string[]> {
  const { parts } = await openArchive(Readable.from([bytes]), (data) => ['none', key(data)]);
  const rows: string[] = [];
  for await (const part of parts) rows.push(...part.rows.map((row) => JSON.stringify(row)));
  return rows;
}

const rowsOf = (all: readonly string[]) => all.filter((line) => line.startsWith('['));

/**
 * Some bits of a compressed frame do not affect its content: without them the content is the same.
 */
async function isStillWhole(bytes: Uint8Array): Promise<boolean> {
  try {
    expect(await readThrough(bytes)).toEqual(rowsOf(lines));
    return true;
  } catch (error) {
    if (!(error instanceof ArchiveError)) throw error;
    return false;
  }
}

const packed = (changed: readonly string[]): Buffer => zstdCompressSync(`${changed.join('\n')}\n`);

it('an archive is read to its end if it is complete', async () => {
  expect(await readThrough(archive)).toEqual(rowsOf(lines));
});

/** An empty frame follows the frame with the lines, whose last bytes repeat earlier information. */
const meaninglessEnd = 24;

it('an archive is refused if it was cut off at any position', async () => {
  for (let length = 0; length < archive.length - meaninglessEnd; length += 7)
    await expect(readThrough(archive.subarray(0, length))).rejects.toThrow(ArchiveError);
  for (let length = archive.length - meaninglessEnd; length < archive.length; length++)
    await isStillWhole(archive.subarray(0, length));
  for (let length = 1; length < lines.length; length += 5)
    await expect(readThrough(packed(lines.slice(0, length)))).rejects.toThrow(/its end is missing/);
});

it('an archive is refused if any bit with a meaning was changed', async () => {
  let [whole, tried] = [0, 0];
  for (let place = 0; place < archive.length - meaninglessEnd; place += 5) {
    const changed = Buffer.from(archive);
    changed[place] = (changed[place] ?? 0) ^ (1 << (place % 8));
    tried += 1;
    if (await isStillWhole(changed)) whole += 1;
  }
  expect(whole).toBeLessThan(tried / 20);
});

it('an archive is refused if a line was changed, left out, repeated, moved or added, also when it was compressed again', async () => {
  const row = lines.findIndex((line) => line.startsWith('['));
  const [first = '', second = ''] = lines.slice(row, row + 2);
  const forged = [
    lines.with(row, first.replace('Ada', 'Eve').replace('""', '"x"').replace(/\d+/, '7')),
    lines.toSpliced(row, 1),
    lines.toSpliced(row, 0, first),
    lines.toSpliced(row, 2, second, first),
    [...lines, first],
    [...lines, lines.at(-1) ?? ''],
    lines.toSpliced(1, 1),
    lines.toSpliced(lines.length - 11, 10),
  ];
  for (const [index, changed] of forged.entries())
    await expect(readThrough(packed(changed)), `forgery ${index}`).rejects.toThrow(
      /cut off or was changed/,
    );
});

it('an archive is refused if its digest was computed again without the sealing key', async () => {
  const { createHash } = await import('node:crypto');
  const forged = lines.slice(0, -1).filter((line, index) => index !== 2 || !line.startsWith('['));
  const sha256 = createHash('sha256')
    .update(`${forged.join('\n')}\n`)
    .digest('hex');
  const closing = JSON.parse(lines.at(-1) ?? '') as { end: Record<string, number> };
  const end = { ...closing.end, accounts: (closing.end['accounts'] ?? 0) - 1 };
  const changed = [...forged, JSON.stringify({ ...closing, end, sha256 })];
  expect(changed.at(-1)?.startsWith(closingStart)).toBe(true);
  await expect(readThrough(packed(changed))).rejects.toThrow(/its digest is wrong/);
});

it('an archive is refused at once with another sealing key', async () => {
  await expect(readThrough(archive, (data) => mac(`${data}!`))).rejects.toThrow(
    /belongs to another sealing key/,
  );
});

it('an archive of a newer version is refused, with the version in the error', async () => {
  const newer = (changes: object) =>
    packed([
      JSON.stringify({ ...(JSON.parse(lines[0] ?? '') as object), ...changes }),
      ...lines.slice(1),
    ]);
  for (const changes of [{ schema: migrations.length + 1 }, { format: 2 }])
    await expect(readThrough(newer(changes))).rejects.toThrow(/was written by a newer Keywright/);
});

it.each([
  ['nothing', ''],
  ['something else', 'PRAGMA foreign_keys=OFF;\n'],
  ['JSON of something else', '{"a":1}\n'],
  ['null', 'null\n'],
  ['a line without an end', '['],
])('an archive with %s is refused', async (_, text) => {
  await expect(readThrough(zstdCompressSync(text))).rejects.toThrow(ArchiveError);
  await expect(readThrough(Buffer.from(text))).rejects.toThrow(ArchiveError);
});

it('an archive with an endless line cannot fill the memory', async () => {
  const bomb = zstdCompressSync(Buffer.alloc(longestLine * 4, 0x5b));
  expect(bomb.length).toBeLessThan(100_000);
  await expect(readThrough(bomb)).rejects.toThrow(/a line has no end/);
});

it('a refused archive shows nothing of its content in the error', async () => {
  const row = lines.findIndex((line) => line.includes('Ada'));
  const broken = lines.with(row, (lines[row] ?? '').slice(0, -2));
  await expect(readThrough(packed(broken))).rejects.not.toThrow(/Ada/);
});
