/**
 * Gathers the acts that are requested within one turn of the event loop, or while a batch is in
 * progress, into the next batch. The queue has a bound: acts beyond it are refused at once, because
 * the disk cannot keep up.
 */
import type { ActFault, Answers, Call } from './sqlite-writer.ts';
import { StoreUnavailableError } from './unavailable.ts';

interface Pending {
  readonly call: Call;
  /** A time of `performance`. */
  readonly since: number;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** Keeps one transaction short, so that another process gets its turn. */
const largestBatch = 500;
/**
 * An act that waited so long behind a batch that found the file locked does not wait as long again
 * for the lock.
 */
const longestBehindLockMs = 800;

const nothing: readonly Pending[] = [];

export class ActQueue {
  readonly #send: (calls: readonly Call[]) => void;
  readonly #maxPending: number;
  #waiting: Pending[] = [];
  #underway: readonly Pending[] = nothing;
  #scheduled = false;
  #closed = false;
  #onDrained: (() => void) | undefined;

  constructor(send: (calls: readonly Call[]) => void, maxPending: number) {
    this.#send = send;
    this.#maxPending = maxPending;
  }

  get depth(): { readonly waiting: number; readonly underway: number } {
    return { waiting: this.#waiting.length, underway: this.#underway.length };
  }

  /** Rejects with `StoreUnavailableError` when too many acts wait, or after `close`. */
  add(call: Call): Promise<unknown> {
    if (this.#closed) return Promise.reject(new StoreUnavailableError('The store is closed.'));
    if (this.#waiting.length + this.#underway.length >= this.#maxPending)
      return Promise.reject(new StoreUnavailableError('Too many acts wait to be written.'));
    return new Promise((resolve, reject) => {
      this.#waiting.push({ call, since: performance.now(), resolve, reject });
      this.#schedule();
    });
  }

  /**
   * Takes the answers to the batch in progress. The next batch is sent first, so that the disk does
   * not wait.
   */
  settle({ values, faults }: Answers): void {
    const settled = this.#underway;
    this.#underway = nothing;
    const [fault] = faults?.values() ?? [];
    if (fault?.storage === 'busy') this.#rejectLate(toError(fault));
    this.#flush();
    for (let place = 0; place < settled.length; place++) {
      const fault = faults?.get(place);
      if (fault === undefined) settled[place]?.resolve(values[place]);
      else settled[place]?.reject(toError(fault));
    }
    this.#reportDrained();
  }

  /** It is not known whether the batch in progress was committed. */
  lose(reason: string): void {
    this.#rejectUnderway(new StoreUnavailableError(`The store lost its writer: ${reason}.`));
  }

  /** Refuses new acts. Resolves when the earlier acts are answered. */
  close(): Promise<void> {
    this.#closed = true;
    return new Promise((resolve) => {
      this.#onDrained = resolve;
      this.#reportDrained();
    });
  }

  #schedule(): void {
    if (this.#scheduled || this.#underway.length > 0 || this.#waiting.length === 0) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#flush();
    });
  }

  #flush(): void {
    if (this.#underway.length > 0 || this.#waiting.length === 0) return;
    this.#underway =
      this.#waiting.length > largestBatch ? this.#waiting.splice(0, largestBatch) : this.#waiting;
    if (this.#underway === this.#waiting) this.#waiting = [];
    try {
      this.#send(this.#underway.map((pending) => pending.call));
    } catch (error) {
      // An argument cannot be sent to a thread. This is a bug, but it must not stop the queue.
      this.#rejectUnderway(error instanceof Error ? error : new Error(String(error)));
    }
  }

  #rejectLate(error: Error): void {
    const since = performance.now() - longestBehindLockMs;
    const inTime = this.#waiting.findIndex((pending) => pending.since > since);
    for (const pending of this.#waiting.splice(0, inTime === -1 ? this.#waiting.length : inTime))
      pending.reject(error);
  }

  #rejectUnderway(error: Error): void {
    const rejected = this.#underway;
    this.#underway = nothing;
    this.#schedule();
    for (const pending of rejected) pending.reject(error);
    this.#reportDrained();
  }

  #reportDrained(): void {
    if (this.#underway.length === 0 && this.#waiting.length === 0) this.#onDrained?.();
  }
}

function toError(fault: ActFault): Error {
  return fault.storage === undefined
    ? new Error(fault.message)
    : new StoreUnavailableError(`The store cannot write (${fault.storage}): ${fault.message}.`, {
        isFrozen: fault.storage === 'frozen',
      });
}
