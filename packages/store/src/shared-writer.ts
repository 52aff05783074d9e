/**
 * One writer for the stores of several processes on one SQLite file. Acts of one moment share one
 * commit, and no process waits for the lock of another. The writer runs in the process that started
 * the others. Each of them opens its store with a `writer` that sends its batches there
 * (docs/decisions/0014-workers.md).
 */
import type { ActFault, Answers, Call } from './sqlite-writer.ts';
import { StoreUnavailableError } from './unavailable.ts';
import { type BatchWriter, type StartWriter, WriterThread } from './writer-thread.ts';

interface Batch {
  readonly calls: readonly Call[];
  /** A time of `performance`. */
  readonly since: number;
  readonly resolve: (answers: Answers) => void;
  readonly reject: (error: Error) => void;
}

/** Keeps one transaction short. A batch is never split. */
const largestBatch = 500;
/** As long as a store with its own writer waits. */
const busyTimeoutMs = 4000;
/**
 * A batch that waited so long behind a batch that found the file locked does not wait as long again
 * for the lock.
 */
const longestBehindLockMs = 800;

const startThread: StartWriter = (file, events) =>
  new WriterThread({ file, busyTimeoutMs }, events);

export class SharedWriter {
  readonly #thread: BatchWriter;
  #waiting: Batch[] = [];
  #underway: readonly Batch[] = [];

  /** The tables must exist and be up to date. Opening a store ensures this. */
  constructor(file: string, start: StartWriter = startThread) {
    this.#thread = start(file, {
      onAnswers: (answers) => this.#settle(answers),
      onLost: (reason) => this.#lose(reason),
    });
  }

  /**
   * Rejects if it is not known whether the batch was committed. Each process has at most one batch
   * in progress.
   */
  write(calls: readonly Call[]): Promise<Answers> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ calls, since: performance.now(), resolve, reject });
      this.#flush();
    });
  }

  /** Call it when no process writes any more. */
  close(): Promise<void> {
    return this.#thread.close();
  }

  #flush(): void {
    if (this.#underway.length > 0 || this.#waiting.length === 0) return;
    this.#underway = this.#waiting.splice(0, this.#countFitting());
    try {
      this.#thread.send(this.#underway.flatMap(({ calls }) => calls));
    } catch (error) {
      // The thread could not be started. The queue must continue.
      this.#lose(error instanceof Error ? error.message : String(error));
    }
  }

  #countFitting(): number {
    let calls = 0;
    const end = this.#waiting.findIndex((batch) => (calls += batch.calls.length) > largestBatch);
    return end === -1 ? this.#waiting.length : Math.max(1, end);
  }

  #settle(answers: Answers): void {
    const settled = this.#underway;
    this.#underway = [];
    const [fault] = answers.faults?.values() ?? [];
    if (fault?.storage === 'busy') this.#refuseLate(fault);
    this.#flush();
    let from = 0;
    for (const { calls, resolve } of settled) {
      resolve(cut(answers, from, from + calls.length));
      from += calls.length;
    }
  }

  #refuseLate(fault: ActFault): void {
    const since = performance.now() - longestBehindLockMs;
    const [late, inTime] = [
      this.#waiting.filter((batch) => batch.since <= since),
      this.#waiting.filter((batch) => batch.since > since),
    ];
    this.#waiting = inTime;
    for (const { calls, resolve } of late)
      resolve({ values: [], faults: new Map(calls.map((_, place) => [place, fault])) });
  }

  #lose(reason: string): void {
    const lost = this.#underway;
    this.#underway = [];
    this.#flush();
    for (const { reject } of lost) reject(new StoreUnavailableError(reason));
  }
}

/** The answers of one batch, with positions counted from its beginning. */
function cut({ values, faults }: Answers, from: number, to: number): Answers {
  const own = values.slice(from, to);
  const ownFaults = [...(faults ?? [])].filter(([place]) => place >= from && place < to);
  if (ownFaults.length === 0) return { values: own };
  return { values: own, faults: new Map(ownFaults.map(([place, fault]) => [place - from, fault])) };
}
