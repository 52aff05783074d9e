/**
 * Opens the file to which an archive is written or from which it is read. `-` is standard output or
 * input.
 */
import { randomBytes } from 'node:crypto';
import { createReadStream, createWriteStream, existsSync } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ArchiveOutput } from '@keywright/store';
import { CommandError } from './output.ts';

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Throws CommandError if the archive cannot be written there. */
export function openOutput(place: string): ArchiveOutput {
  if (place === '-') {
    if (process.stdout.isTTY)
      throw new CommandError(
        'An archive is not text: send standard output to a file or a program.',
      );
    return { isSeenEarly: true, keep: (archive) => send(archive, process.stdout) };
  }
  assertFree(place);
  return { isSeenEarly: false, keep: (archive) => keepFile(archive, place) };
}

function assertFree(place: string): void {
  if (existsSync(place))
    throw new CommandError(
      `${place} exists already: give another name. An archive never overwrites another one.`,
    );
}

export function openInput(place: string): Readable {
  return place === '-' ? process.stdin : createReadStream(place);
}

/**
 * Writes a temporary file next to it. The archive gets its name only when it is complete and on the
 * disk.
 */
async function keepFile(archive: Readable, place: string): Promise<void> {
  const part = `${place}.${randomBytes(6).toString('hex')}.part`;
  try {
    await send(archive, createWriteStream(part, { flags: 'wx', mode: 0o600, flush: true }));
    // Another process may have created the file meanwhile. Not every file system has links, which
    // would close this gap.
    assertFree(place);
    await rename(part, place);
    await keepEntry(path.dirname(place));
  } catch (error) {
    await rm(part, { force: true });
    throw asSentence(error, place);
  }
}

/** The name must also survive a loss of power. */
async function keepEntry(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/**
 * A signal ends it like any other fault: the incomplete archive is deleted, and an export unfreezes
 * its database.
 */
async function send(archive: Readable, output: NodeJS.WritableStream): Promise<void> {
  const stop = () =>
    archive.destroy(new CommandError('Stopped by a signal. No archive was written.'));
  for (const signal of signals) process.once(signal, stop);
  try {
    await pipeline(archive, output);
  } finally {
    for (const signal of signals) process.removeListener(signal, stop);
  }
}

export function asSentence(error: unknown, place: string): unknown {
  const { code, syscall } = error as NodeJS.ErrnoException;
  if (syscall === undefined || code === undefined) return error;
  const named = place === '-' ? 'The other end of the pipe' : place;
  return new CommandError(`${named} cannot be used (${code}).`);
}
