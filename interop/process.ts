/** Processes that tests start: waiting for them, what they said, and their end. */
import type { ChildProcess } from 'node:child_process';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

export const root = path.resolve(import.meta.dirname, '..');
/** Starting takes a second or two; a busy machine is given more. */
const startSeconds = 110;
const lookEveryMilliseconds = 50;

/** The last of what the process wrote. */
export function collectOutput(child: ChildProcess): () => string {
  let text = '';
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (chunk: Buffer) => {
      text = (text + chunk.toString('utf8')).slice(-8000);
    });
  return () => text;
}

/** Looks until there is something. Throws when the process ends before, or after a time. */
export async function waitFor<T>(
  child: ChildProcess,
  look: () => T | undefined | Promise<T | undefined>,
): Promise<T> {
  for (let tries = 0; tries < (startSeconds * 1000) / lookEveryMilliseconds; tries += 1) {
    if (hasEnded(child)) throw new Error('the process has ended');
    const found = await look();
    if (found !== undefined) return found;
    await wait(lookEveryMilliseconds);
  }
  throw new Error(`nothing after ${startSeconds} seconds`);
}

/** Waits until the address is answered, with whatever status below 500. */
export function waitForAnswer(
  child: ChildProcess,
  address: string,
  send: typeof fetch = fetch,
): Promise<true> {
  return waitFor(child, async () => {
    const response = await send(address).catch(() => undefined);
    await response?.body?.cancel();
    return response !== undefined && response.status < 500 ? true : undefined;
  });
}

/** Signals the process and waits until it has ended; after ten seconds it is killed. */
export async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (hasEnded(child)) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill(signal);
  const timer = setTimeout(() => child.kill('SIGKILL'), 10_000);
  await ended;
  clearTimeout(timer);
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}
