/** The thread that hashes passwords: one at a time, and behind everything else that wants the processor. */
import { readlinkSync } from 'node:fs';
import { setPriority } from 'node:os';
import { parentPort } from 'node:worker_threads';
import { computeTagHere, type Hashing } from './hashing.ts';

/**
 * About a third of the time that others get where there is not enough for all: sign-ins become slower then, and not every other
 * request. No lower, since whatever else runs on the machine counts as well.
 */
const niceness = 5;

/** Linux gives each thread a priority of its own. Elsewhere a number like this would mean some process. */
function stepBack(): void {
  if (process.platform !== 'linux') return;
  try {
    const thread = Number(readlinkSync('/proc/thread-self').split('/').at(-1));
    if (thread !== process.pid) setPriority(thread, niceness);
  } catch {
    // Without /proc, or where it is not allowed: it works all the same, only less politely.
  }
}

stepBack();
parentPort?.on('message', (hashing: Hashing) => {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
  parentPort?.postMessage(computeTagHere(hashing));
});
