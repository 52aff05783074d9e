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
  /** By force when it has not ended within its time. */
  stop(isReplaced: boolean): Promise<Ended>;
  /** By force, at once; what it did not say of its end itself is told with this reason. */
  kill(because: string): void;
  /** Undefined when it does not answer in time. */
  report(): Promise<Report | undefined>;
}

export interface Orders extends Pick<Start, 'text' | 'processes'> {
  /** Writes for all workers; undefined where each writes by itself. */
  readonly write: ((calls: readonly Call[]) => Promise<Answers>) | undefined;
  readonly gathered: Pick<Gathered, 'keep' | 'end'>;
  /** How long it may take to end, by force after that. */
  readonly endWithinMilliseconds: number;
}

const reportWithinMilliseconds = 2000;

/** Not before `cluster.setupPrimary` was called with `serialization: 'advanced'`. */
export function startMember(orders: Orders): Member {
  const worker = cluster.fork();
  if (hasProcess(worker)) endLostConnections(worker);
  const id = String(worker.id);
  const started = Promise.withResolvers<number>();
  // Whoever wants to know waits for it.
  started.promise.catch(() => undefined);
  const ended = Promise.withResolvers<Ended>();
  const reports = new Reports(worker, orders.gathered);
  let reason: string | undefined;
  let hasOrders = false;
  let force: NodeJS.Timeout | undefined;
  const end = (code: number | null, signal: string | null): void => {
    orders.gathered.end(id);
    started.reject(new WorkerError(reason ?? `The worker ended with ${signal ?? code} as it started.`));
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
    // Of a process that could not be made, Node tells no end.
    if (!hasProcess(worker)) end(null, null);
  });
  // Later than `exit`: what it has said last is read by then.
  worker.process.once('close', end);
  return {
    id,
    pid: worker.process.pid,
    started: started.promise,
    ended: ended.promise,
    stop(isReplaced) {
      // As long as it loads it would not hear it; and it has begun nothing.
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
  readonly #gathered: Orders['gathered'];
  readonly #asked = new Map<number, (report: Report) => void>();
  #last = 0;

  constructor(worker: Worker, gathered: Orders['gathered']) {
    this.#worker = worker;
    this.#gathered = gathered;
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
    // At once: whoever has asked for it waits for others too, and this one may be gone by then.
    if (report.snapshot !== undefined) this.#gathered.keep(report.snapshot);
    this.#asked.get(id)?.(report);
  }
}

/** One that is gone need not be told anything: that it has ended is told by itself. */
function send(worker: Worker, message: ToWorker): void {
  if (worker.isConnected()) worker.process.send(message, () => undefined);
}
