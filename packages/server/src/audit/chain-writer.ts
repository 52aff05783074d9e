/**
 * Writes the chain of one process: what is added waits for the next batch. The store's answer is
 * awaited before another batch is chained, so at most one is in doubt, and that is sent again as it
 * is. While the store cannot write, what was added waits.
 */
import type { AuditEntry, AuditStore } from '@keywright/core';
import type { EventOf, EventType } from '@keywright/wire/events';
import { chainEntry, type Occurrence, type Place, type Signer, signedHead } from './chain.ts';

/** Told what the log is to say of the audit. */
export type OnAuditFault = (event: EventOf<'audit.not_written' | 'audit.tampered'>) => void;

export interface ChainWriterOptions {
  readonly chain: string;
  readonly store: Pick<AuditStore, 'append'>;
  readonly signer: Signer;
  readonly nowMs: () => number;
  readonly maxWaiting: number;
  /** The first entry, and what is to be done once it is stored. */
  readonly begin: () => Promise<{
    readonly body: Occurrence['body'];
    readonly onStored: () => Promise<void>;
  }>;
  readonly onFault: OnAuditFault;
  /** The end of this chain in the store is not what was signed here. */
  readonly onForged: (chain: string) => void;
}

const flushWithinMs = 250;
const retryAfterMs = 1000;
const batch = 64;
/** Clocks are set back by less than this while they are kept in step. */
const setBackMs = 1000;

export class ChainWriter {
  readonly #options: ChainWriterOptions;
  readonly #waiting: Occurrence[] = [];
  /** Chained, and perhaps in the store. */
  #underway: readonly AuditEntry[] = [];
  #last: Place;
  #stored: Place;
  #lastAt = 0;
  #lost = 0;
  readonly #wanted = { begin: false, signature: false, end: false };
  #isEnded = false;
  #isFaulty = false;
  #flushing: Promise<boolean> | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: ChainWriterOptions) {
    this.#options = options;
    this.#last = { chain: options.chain, position: 0, hash: '' };
    this.#stored = this.#last;
  }

  /** The end of the chain as it is in the store; its position is 0 before there is one. */
  get stored(): Place {
    return this.#stored;
  }

  /** What a stop now would lose. */
  get unwritten(): number {
    return this.#waiting.length + this.#underway.length + this.#lost;
  }

  /** What the queue cannot hold is lost, and counted. */
  offer(type: EventType, body: Occurrence['body']): void {
    if (this.#waiting.length < this.#options.maxWaiting) this.add(type, body);
    else this.#lost += 1;
  }

  /** False behind the end of the chain, where nothing can stand. */
  add(type: EventType, body: Occurrence['body']): boolean {
    if (this.#isEnded) {
      this.#options.onFault({ type: 'audit.not_written', event: type });
      return false;
    }
    const clock = this.#options.nowMs();
    const at = this.#now();
    this.#waiting.push({ at, type, body: at - clock > setBackMs ? { ...body, clock } : body });
    this.#schedule(flushWithinMs);
    return true;
  }

  /** Begins the chain, and does not wait for something to be written. */
  begin(): Promise<boolean> {
    this.#wanted.begin = true;
    return this.flush();
  }

  /** Signs the end anew, also when there is nothing to write. */
  sign(): Promise<boolean> {
    this.#wanted.signature = true;
    return this.flush();
  }

  /** Closes the chain when nothing waits any more. */
  end(): Promise<boolean> {
    this.#wanted.end = true;
    return this.flush();
  }

  /** Everything that was added before is in the store; false when it could not be written. */
  async flush(): Promise<boolean> {
    // Once more when something was added behind the last batch.
    while (this.#hasWork()) if (!(await this.#flushOnce())) return false;
    return true;
  }

  /** Nothing is tried again by itself. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => undefined, 0).unref();
  }

  /** A clock that is set back does not turn the order round. */
  #now(): number {
    this.#lastAt = Math.max(this.#lastAt, this.#options.nowMs());
    return this.#lastAt;
  }

  #schedule(afterMs: number): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      void this.flush();
    }, afterMs).unref();
  }

  #hasEntries(): boolean {
    return this.#underway.length > 0 || this.#waiting.length > 0;
  }

  #hasWork(): boolean {
    if (this.#hasEntries()) return true;
    const { begin, signature, end } = this.#wanted;
    return this.#last.position === 0 ? begin : signature || (end && !this.#isEnded);
  }

  #flushOnce(): Promise<boolean> {
    this.#flushing ??= this.#writeAll().finally(() => {
      this.#flushing = undefined;
    });
    return this.#flushing;
  }

  async #writeAll(): Promise<boolean> {
    try {
      while (this.#hasWork()) {
        await this.#writeNext();
        this.#tellLost();
      }
    } catch (error) {
      if (!this.#isFaulty) this.#options.onFault({ type: 'audit.not_written', error });
      this.#isFaulty = true;
      this.#schedule(retryAfterMs);
      return false;
    }
    this.#isFaulty = false;
    return true;
  }

  #writeNext(): Promise<void> {
    if (this.#last.position === 0) return this.#writeFirst();
    if (this.#hasEntries()) return this.#writeBatch();
    return this.#wanted.end ? this.#writeEnd() : this.#append([]);
  }

  async #writeFirst(): Promise<void> {
    const { body, onStored } = await this.#options.begin();
    const at = Math.min(this.#waiting[0]?.at ?? this.#now(), this.#now());
    this.#waiting.unshift({ at, type: 'chain.started', body });
    await this.#writeBatch();
    await onStored();
  }

  async #writeBatch(): Promise<void> {
    if (this.#underway.length === 0) this.#underway = this.#chain(this.#waiting.splice(0, batch));
    await this.#append(this.#underway);
    this.#underway = [];
  }

  async #writeEnd(): Promise<void> {
    this.#underway = this.#chain([{ at: this.#now(), type: 'chain.closed', body: {} }]);
    this.#isEnded = true;
    await this.#writeBatch();
  }

  #chain(occurrences: readonly Occurrence[]): readonly AuditEntry[] {
    const { chain, signer } = this.#options;
    return occurrences.map((occurrence) => {
      const entry = chainEntry(signer, this.#last, occurrence);
      this.#last = { chain, position: entry.position, hash: entry.hash };
      return entry;
    });
  }

  /**
   * Nobody else writes this chain, and nothing is written twice at a time: a head that is ahead of
   * this one was made up.
   */
  async #append(entries: readonly AuditEntry[]): Promise<void> {
    const { chain, store, signer, onForged } = this.#options;
    const place = this.#last;
    const moved = await store.append(
      entries,
      signedHead(signer, place, this.#now(), this.#isEnded),
    );
    this.#wanted.signature = false;
    this.#stored = place;
    if (!moved) onForged(chain);
  }

  #tellLost(): void {
    if (this.#lost === 0 || !this.add('audit.lost', { count: this.#lost })) return;
    this.#lost = 0;
  }
}
