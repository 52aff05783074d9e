/**
 * A file of hashes of passwords that were stolen elsewhere, as the downloader of Have I Been Pwned
 * writes it: one SHA-1 in hex and `:count` on each line, sorted. It has 40 GB, so it is searched on
 * the disk, with some 40 short reads.
 */
import { type FileHandle, open } from 'node:fs/promises';
import { ConfigError } from '@keywright/core';
import { describeFileFault } from '../file-fault.ts';

const hashLength = 40;
/** Longer than a line: a hash, a colon, a count, a line end. */
const longestLine = 80;
/** What is left is read at once. */
const blockLength = 4096;
const line = /^([0-9a-f]{40})(?::\d{1,20})?\r?$/i;

/** Whether the file has this hash: SHA-1 in upper case hex. Rejects if it cannot be read. */
export async function isInFile(file: string, hash: string): Promise<boolean> {
  const handle = await open(file);
  try {
    const { size } = await handle.stat();
    return await search(handle, hash, size);
  } finally {
    await handle.close();
  }
}

async function search(handle: FileHandle, hash: string, size: number): Promise<boolean> {
  // The line of the hash, if there is one, begins between these two.
  let [from, to] = [0, size];
  while (to - from > blockLength) {
    const middle = Math.floor((from + to) / 2);
    const text = await readAt(handle, middle, 2 * longestLine);
    const start = text.indexOf('\n') + 1;
    const found = text.slice(start, start + hashLength).toUpperCase();
    if (found === hash) return true;
    if (found < hash) from = middle + start;
    else to = middle;
  }
  const rest = (await readAt(handle, from, to - from + longestLine)).toUpperCase();
  return rest.startsWith(hash) || rest.includes(`\n${hash}`);
}

async function readAt(handle: FileHandle, position: number, length: number): Promise<string> {
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, position);
  return buffer.toString('latin1', 0, bytesRead);
}

/** Throws ConfigError unless the file begins and ends as such a list. Does not read all of it. */
export async function assertHashFile(file: string, path: string): Promise<void> {
  const fail = (message: string) =>
    new ConfigError([{ path, message: `names ${file}, ${message}` }]);
  const { first, last } = await readEnds(file).catch((error: unknown) => {
    throw fail(`which ${describeFileFault(error, 'read')}`);
  });
  const [lowest, highest] = [line.exec(first)?.[1], line.exec(last)?.[1]];
  if (lowest === undefined || highest === undefined)
    throw fail('which must have a SHA-1 in hex on each line, with a colon and a count');
  if (lowest.toUpperCase() > highest.toUpperCase())
    throw fail('which must be sorted by the hashes');
}

async function readEnds(file: string): Promise<{ readonly first: string; readonly last: string }> {
  const handle = await open(file);
  try {
    const { size } = await handle.stat();
    const start = await readAt(handle, 0, longestLine);
    const end = await readAt(handle, Math.max(0, size - 2 * longestLine), 2 * longestLine);
    return {
      first: start.split('\n')[0] ?? '',
      last: end.replace(/\n$/, '').split('\n').at(-1) ?? '',
    };
  } finally {
    await handle.close();
  }
}
