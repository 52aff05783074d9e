/**
 * Threads that only hash passwords. On the pool of libuv, many sign-ins would delay every file,
 * name and TLS handshake, and would compete with the event loop for its core
 * (docs/decisions/0015-overload.md).
 */
import { getCompileCacheDir } from 'node:module';
import { dirname } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { ComputeTag, Hashing } from './hashing.ts';

/** Written in this form so that the build includes the file (tools/pack.ts). */
const script = new URL('./hashing-thread.ts', import.meta.url);

/** The memory of argon2 is not part of the JavaScript heap. */
const resourceLimits = { maxYoungGenerationSizeMb: 2, maxOldGenerationSizeMb: 24 };

interface Thread {
  compute(hashing: Hashing): Promise<Uint8Array>;
}

/** The thread needs no environment variables, and must not get secrets. */
function threadEnvironment(): Record<string, string> {
  const cache = getCompileCacheDir();
  return cache === undefined ? {} : { NODE_COMPILE_CACHE: dirname(cache) };
}

/**
 * Hashes one password at a time. `onLost` is called once when the thread has ended for any reason.
 */
function startThread(onLost: () => void): Thread {
  const worker = new Worker(script, {
    resourceLimits,
    execArgv: [],
    env: threadEnvironment(),
    name: 'keywright-password',
  });
  let waiting: PromiseWithResolvers<Uint8Array> | undefined;
  let reason = new Error('the password thread ended');
  const settle = (): PromiseWithResolvers<Uint8Array> | undefined => {
    const settled = waiting;
    waiting = undefined;
    // An idle thread must not keep the process running.
    worker.unref();
    return settled;
  };
  worker.unref();
  worker.on('message', (tag: Uint8Array) => settle()?.resolve(tag));
  worker.on('error', (error) => {
    reason = new Error('the password thread failed', { cause: error });
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

/** Starts a thread if one is needed and none is free. The caller limits the number of threads. */
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
