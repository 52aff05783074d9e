/** One worker, as its supervisor sees it. */
import cluster, { type Worker } from 'node:cluster';
import type { Answers, Call } from '@keywright/store';
import type { Gathered } from '../metrics/gathered-snapshots.ts';
import type { Report } from '../wiring.ts';
import type { FromWorker, Start, ToWorker } from './messages.ts';
import { endLostConnections } from './lost-connections.ts';

export interface Ended {
  readonly code: number | null;
  readonly signal: string | null;
  /** What it said of it. */
  readonly reason: string | undefined;
}

/** A worker that ended before it served; the message is what it said. */
export class WorkerError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'WorkerError';
  }
}

export interface Member {
  readonly id: string;
  readonly pid: number | undefined;
  /** The port that it listens on; rejects with what it says when it ends before. */
  readonly started: Promise<number>;
  readonly ended: Promise<Ended>;
  /** By force when it has not ended within that time. */
  stop(isReplaced: boolean, withinMilliseconds: number): Promise<Ended>;
  /** Undefined when it does not answer in time. */
  report(): Promise<Report | undefined>;
}

export interface Orders extends Pick<Start, 'text' | 'processes'> {
  /** Writes for all workers; undefined where each writes by itself. */
  readonly write: ((calls: readonly Call[]) => Promise<Answers>) | undefined;
  readonly gathered: Pick<Gathered, 'keep' | 'end'>;
}

const reportWithinMilliseconds = 2000;

/** Not before `cluster.setupPrimary` was called with `serialization: 'advanced'`. */
export function startMember(orders: Orders): Member {
  const worker = cluster.fork();
  endLostConnections(worker);
  const id = String(worker.id);
  const started = Promise.withResolvers<number>();
  // Whoever wants to know waits for it.
  started.promise.catch(() => undefined);
  const reports = new Reports(worker);
  let reason: string | undefined;
  worker.on('message', (message: FromWorker) => {
    if (message.type === 'started') started.resolve(message.port);
    else if (message.type === 'failed') reason = message.message;
    else if (message.type === 'report') reports.answer(message.id, message.report);
    else serveWorker(worker, orders, message);
  });
  worker.on('error', (error) => {
    reason ??= error.message;
  });
  const ended = new Promise<Ended>((resolve) => {
    worker.on('exit', (code, signal) => {
      orders.gathered.end(id);
      started.reject(new WorkerError(reason ?? `The worker ended with ${signal ?? code} as it started.`));
      resolve({ code, signal, reason });
    });
  });
  return {
    id,
    pid: worker.process.pid,
    started: started.promise,
    ended,
    stop(isReplaced, withinMilliseconds) {
      send(worker, { type: 'stop', isReplaced });
      const force = setTimeout(() => worker.process.kill('SIGKILL'), withinMilliseconds);
      return ended.finally(() => clearTimeout(force));
    },
    report: () => reports.ask(),
  };
}

/** What it asks of its supervisor, and leaves there. */
function serveWorker(
  worker: Worker,
  { text, processes, write, gathered }: Orders,
  message: Extract<FromWorker, { readonly type: 'hello' | 'left' | 'batch' }>,
): void {
  if (message.type === 'hello') {
    const isWriting = write !== undefined;
    send(worker, { type: 'start', text, worker: String(worker.id), processes, isWriting });
  } else if (message.type === 'batch') void answerBatch(worker, write, message.calls);
  else if (message.snapshot !== undefined) gathered.keep(message.snapshot);
}

async function answerBatch(worker: Worker, write: Orders['write'], calls: readonly Call[]): Promise<void> {
  try {
    const answers = await write?.(calls);
    if (answers !== undefined) send(worker, { type: 'answers', answers });
  } catch (error) {
    send(worker, { type: 'lost', reason: (error as Error).message });
  }
}

/** Those that were asked for, by their number. */
class Reports {
  readonly #worker: Worker;
  readonly #asked = new Map<number, (report: Report) => void>();
  #last = 0;

  constructor(worker: Worker) {
    this.#worker = worker;
  }

  /** Undefined when there is no answer in time. */
  async ask(): Promise<Report | undefined> {
    const id = (this.#last += 1);
    const { promise, resolve } = Promise.withResolvers<Report | undefined>();
    const late = setTimeout(() => resolve(undefined), reportWithinMilliseconds);
    this.#asked.set(id, resolve);
    send(this.#worker, { type: 'report', id });
    const report = await promise;
    clearTimeout(late);
    this.#asked.delete(id);
    return report;
  }

  answer(id: number, report: Report): void {
    this.#asked.get(id)?.(report);
  }
}

/** One that is gone need not be told anything: that it has ended is told by itself. */
function send(worker: Worker, message: ToWorker): void {
  if (worker.isConnected()) worker.process.send(message, () => undefined);
}
