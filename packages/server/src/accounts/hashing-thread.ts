/** The thread that hashes passwords. It hashes one at a time, with a low priority. */
import { readlinkSync } from 'node:fs';
import { setPriority } from 'node:os';
import { parentPort } from 'node:worker_threads';
import { computeTagHere, type Hashing } from './hashing.ts';

/**
 * With this priority the thread gets about a third of the time of other threads if there is not
 * enough for all. Then sign-ins become slower, but not all requests. A lower priority would make
 * the thread wait for other programs of the machine too.
 */
const niceness = 5;

/**
 * On Linux each thread has its own priority. On other systems this number could mean any process.
 */
function stepBack(): void {
  if (process.platform !== 'linux') return;
  try {
    const thread = Number(readlinkSync('/proc/thread-self').split('/').at(-1));
    if (thread !== process.pid) setPriority(thread, niceness);
  } catch {
    // Without /proc, or without permission. The thread still works, but with the normal priority.
  }
}

async function answer(hashing: Hashing): Promise<void> {
  const tag = await computeTagHere(hashing);
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
  parentPort?.postMessage(tag);
}

stepBack();
// An error ends the thread, which the owner of the thread notices.
parentPort?.on('message', (hashing: Hashing) => void answer(hashing));
