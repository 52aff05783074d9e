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
  /** The message of the worker about its end. */
  readonly reason: string | undefined;
}

/** A worker ended before it served. The message comes from the worker. */
export class WorkerError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'WorkerError';
  }
}

export interface Member {
  readonly id: string;
  readonly pid: number | undefined;
  /** The port on which it listens. Rejects with the message of the worker if it ends before. */
  readonly started: Promise<number>;
  readonly ended: Promise<Ended>;
  /** By force if it has not ended within its time. */
  stop(isReplaced: boolean): Promise<Ended>;
  /** By force, at once. If it gave no message about its end, this reason is used. */
  kill(because: string): void;
  /** Undefined if it does not answer in time. */
  report(): Promise<Report | undefined>;
}

export interface Orders extends Pick<Start, 'text' | 'processes'> {
  /** Writes for all workers. Undefined if each worker writes itself. */
  readonly write: ((calls: readonly Call[]) => Promise<Answers>) | undefined;
  readonly gathered: Pick<Gathered, 'keep' | 'end'>;
  /** How long it may take to end. After that it is killed. */
  readonly endWithinMilliseconds: number;
}

const reportWithinMilliseconds = 2000;

/** Call `cluster.setupPrimary` with `serialization: 'advanced'` first. */
export function startMember(orders: Orders): Member {
  const worker = cluster.fork();
  if (hasProcess(worker)) endLostConnections(worker);
  const id = String(worker.id);
  const started = Promise.withResolvers<number>();
  // The callers that wait for the result handle its failure.
  started.promise.catch(() => undefined);
  const ended = Promise.withResolvers<Ended>();
  const reports = new Reports(worker, orders.gathered);
  let reason: string | undefined;
  let hasOrders = false;
  let force: NodeJS.Timeout | undefined;
  const end = (code: number | null, signal: string | null): void => {
    orders.gathered.end(id);
    started.reject(
      new WorkerError(reason ?? `The worker ended with ${signal ?? code} during its start.`),
    );
    ended.resolve({ code, signal, reason });
  };
  worker.on('message', (message: FromWorker) => {
    if (message.type === 'hello') hasOrders = true;
    if (message.type === 'started') started.resolve(message.port);
    else if (message.type === 'failed') reason = message.message;
    else if (message.type === 'report') reports.answer(message.id, message.report);
    else serveWorker(worker, orders, message);
  });
  worker.on('error', (error) => {
    reason ??= error.message;
    // If a process could not be created, Node reports no end.
    if (!hasProcess(worker)) end(null, null);
  });
  // After `exit`, so that its last message was read.
  worker.process.once('close', end);
  return {
    id,
    pid: worker.process.pid,
    started: started.promise,
    ended: ended.promise,
    stop(isReplaced) {
      // A loading worker cannot read the message, and it has started nothing.
      if (hasOrders) send(worker, { type: 'stop', isReplaced });
      else killNow(worker);
      force ??= setTimeout(() => killNow(worker), orders.endWithinMilliseconds);
      return ended.promise.finally(() => clearTimeout(force));
    },
    kill(because) {
      reason ??= because;
      killNow(worker);
    },
    report: () => reports.ask(),
  };
}

function hasProcess({ process: { pid } }: Worker): boolean {
  return pid !== undefined;
}

function killNow(worker: Worker): void {
  if (hasProcess(worker)) worker.process.kill('SIGKILL');
}

/** Requests and messages of the worker to its supervisor. */
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

async function answerBatch(
  worker: Worker,
  write: Orders['write'],
  calls: readonly Call[],
): Promise<void> {
  try {
    const answers = await write?.(calls);
    if (answers !== undefined) send(worker, { type: 'answers', answers });
  } catch (error) {
    send(worker, { type: 'lost', reason: (error as Error).message });
  }
}

/** Waiting requests by number. */
class Reports {
  readonly #worker: Worker;
  readonly #gathered: Orders['gathered'];
  readonly #asked = new Map<number, (report: Report) => void>();
  #last = 0;

  constructor(worker: Worker, gathered: Orders['gathered']) {
    this.#worker = worker;
    this.#gathered = gathered;
  }

  /** Undefined without an answer in time. */
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
    // At once, because the caller waits for others too, and this worker may be gone by then.
    if (report.snapshot !== undefined) this.#gathered.keep(report.snapshot);
    this.#asked.get(id)?.(report);
  }
}

/** A message to an ended worker is dropped. Its end is reported separately. */
function send(worker: Worker, message: ToWorker): void {
  if (worker.isConnected()) worker.process.send(message, () => undefined);
}
