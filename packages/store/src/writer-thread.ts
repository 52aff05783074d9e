// By its default export: an older Node lacks the name, and load-sqlite.ts is to say which Node is
// needed.
import module from 'node:module';
import { dirname } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { ConnectionOptions } from './sqlite-connection.ts';
import type { Answers, Call } from './sqlite-writer.ts';

export interface WriterEvents {
  readonly onAnswers: (answers: Answers) => void;
  /**
   * The thread died; whether its batch was committed is not known. The next batch starts another
   * one.
   */
  readonly onLost: (reason: string) => void;
}

/**
 * Who writes the batches of a store, one after the other: a thread of this process, or whoever
 * stands behind `writer`.
 */
export interface BatchWriter {
  send(calls: readonly Call[]): void;
  /** Call it when no batch is underway. */
  close(): Promise<void>;
}

export type StartWriter = (file: string, events: WriterEvents) => BatchWriter;

/** Spelled so that it travels along when this is built (tools/pack.ts). */
const script = new URL('./writer.ts', import.meta.url);

/**
 * A batch is at most a few hundred small acts: little memory is enough, and a small young space
 * keeps the server small.
 */
const resourceLimits = { maxYoungGenerationSizeMb: 4, maxOldGenerationSizeMb: 64 };

export class WriterThread implements BatchWriter {
  readonly #options: ConnectionOptions;
  readonly #events: WriterEvents;
  #worker: Worker | undefined;

  constructor(options: ConnectionOptions, events: WriterEvents) {
    this.#options = options;
    this.#events = events;
    this.#worker = this.#start();
  }

  send(calls: readonly Call[]): void {
    this.#worker ??= this.#start();
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
    this.#worker.postMessage(calls);
  }

  async close(): Promise<void> {
    const worker = this.#worker;
    if (worker === undefined) return;
    this.#worker = undefined;
    const exited = new Promise((resolve) => worker.once('exit', resolve));
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
    worker.postMessage('close');
    await exited;
  }

  #start(): Worker {
    const worker = new Worker(script, {
      workerData: this.#options,
      resourceLimits,
      execArgv: [],
      env: writerEnvironment(),
      name: 'keywright-store-writer',
    });
    let reason = 'the writer thread ended';
    worker.on('message', this.#events.onAnswers);
    worker.on('error', (error) => {
      reason = `the writer thread failed: ${error instanceof Error ? error.message : String(error)}`;
    });
    worker.on('exit', () => {
      if (this.#worker !== worker) return;
      this.#worker = undefined;
      this.#events.onLost(reason);
    });
    return worker;
  }
}

/**
 * The writer needs nothing of the environment, secrets least of all. A thread does not inherit a
 * compile cache that was switched on by call; with it, the thread is there in half the time and
 * takes 25 MB less, since no type is stripped again.
 */
function writerEnvironment(): Record<string, string> {
  const cache = module.getCompileCacheDir();
  return cache === undefined ? {} : { NODE_COMPILE_CACHE: dirname(cache) };
}
