/**
 * Threads for hashing passwords alone. On libuv's pool a flood of sign-ins would stand before every file, name and TLS handshake,
 * and compete with the event loop for its core (docs/decisions/0015-overload.md).
 */
import { getCompileCacheDir } from 'node:module';
import { dirname } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { ComputeTag, Hashing } from './hashing.ts';

/** Spelled so that it travels along when this is built (tools/pack.ts). */
const script = new URL('./hashing-thread.ts', import.meta.url);

/** Argon2's memory is not JavaScript's. */
const resourceLimits = { maxYoungGenerationSizeMb: 2, maxOldGenerationSizeMb: 24 };

interface Thread {
  compute(hashing: Hashing): Promise<Uint8Array>;
}

/** The thread needs nothing of the environment, secrets least of all. */
function threadEnvironment(): Record<string, string> {
  const cache = getCompileCacheDir();
  return cache === undefined ? {} : { NODE_COMPILE_CACHE: dirname(cache) };
}

/** Takes one hashing at a time. `onLost` is called once, when the thread has ended for whatever reason. */
function startThread(onLost: () => void): Thread {
  const worker = new Worker(script, {
    resourceLimits,
    execArgv: [],
    env: threadEnvironment(),
    name: 'keywright-password',
  });
  let waiting: PromiseWithResolvers<Uint8Array> | undefined;
  let reason = new Error('the thread for passwords ended');
  const settle = (): PromiseWithResolvers<Uint8Array> | undefined => {
    const settled = waiting;
    waiting = undefined;
    // What does nothing keeps no process alive.
    worker.unref();
    return settled;
  };
  worker.unref();
  worker.on('message', (tag: Uint8Array) => settle()?.resolve(tag));
  worker.on('error', (error) => {
    reason = new Error('the thread for passwords failed', { cause: error });
  });
  worker.on('exit', () => {
    onLost();
    settle()?.reject(reason);
  });
  return {
    compute(hashing) {
      waiting = Promise.withResolvers();
      worker.ref();
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
      worker.postMessage(hashing);
      return waiting.promise;
    },
  };
}

/** Starts a thread when one is needed and none is free: whoever uses this bounds how many that are. */
export function createHashingThreads(): ComputeTag {
  const free: Thread[] = [];
  const lost = new Set<Thread>();
  const start = (): Thread => {
    const thread = startThread(() => lost.add(thread));
    return thread;
  };
  const take = (): Thread => {
    for (let thread = free.pop(); thread !== undefined; thread = free.pop())
      if (!lost.delete(thread)) return thread;
    return start();
  };
  return async (hashing) => {
    const thread = take();
    try {
      return await thread.compute(hashing);
    } finally {
      if (!lost.delete(thread)) free.push(thread);
    }
  };
}
