/**
 * Writes the chain of one process. New entries wait for the next batch. The next batch is chained
 * only after the store has answered. So at most one batch is in doubt, and it is sent again
 * unchanged. While the store cannot write, entries wait.
 */
import type { AuditEntry, AuditStore } from '@keywright/core';
import type { EventOf, EventType } from '@keywright/wire/events';
import { chainEntry, type Occurrence, type Place, type Signer, signedHead } from './chain.ts';

/** Called with the facts about the audit for the log. */
export type OnAuditFault = (event: EventOf<'audit.not_written' | 'audit.tampered'>) => void;

export interface ChainWriterOptions {
  readonly chain: string;
  readonly store: Pick<AuditStore, 'append'>;
  readonly signer: Signer;
  readonly nowMs: () => number;
  readonly maxWaiting: number;
  /** The first entry, and the action after it is stored. */
  readonly begin: () => Promise<{
    readonly body: Occurrence['body'];
    readonly onStored: () => Promise<void>;
  }>;
  readonly onFault: OnAuditFault;
  /** The end of this chain in the store differs from the end that was signed here. */
  readonly onForged: (chain: string) => void;
}

const flushWithinMs = 250;
const retryAfterMs = 1000;
const batch = 64;
/** Synchronised clocks are never set back by more than this. */
const setBackMs = 1000;

export class ChainWriter {
  readonly #options: ChainWriterOptions;
  readonly #waiting: Occurrence[] = [];
  /** Chained, and possibly stored. */
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

  /** The end of the chain in the store. Its position is 0 before the first entry. */
  get stored(): Place {
    return this.#stored;
  }

  /** The number of entries that a stop now would lose. */
  get unwritten(): number {
    return this.#waiting.length + this.#underway.length + this.#lost;
  }

  /** Entries that do not fit into the queue are lost, and counted. */
  offer(type: EventType, body: Occurrence['body']): void {
    if (this.#waiting.length < this.#options.maxWaiting) this.add(type, body);
    else this.#lost += 1;
  }

  /** Returns false after the end of the chain, where no entry can follow. */
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

  /** Begins the chain now, before there is something to write. */
  begin(): Promise<boolean> {
    this.#wanted.begin = true;
    return this.flush();
  }

  /** Signs the end again, even if there is nothing to write. */
  sign(): Promise<boolean> {
    this.#wanted.signature = true;
    return this.flush();
  }

  /** Closes the chain when nothing waits any more. */
  end(): Promise<boolean> {
    this.#wanted.end = true;
    return this.flush();
  }

  /**
   * Resolves when everything that was added before is stored. Returns false if it could not be
   * written.
   */
  async flush(): Promise<boolean> {
    // Runs again if something was added after the last batch.
    while (this.#hasWork()) if (!(await this.#flushOnce())) return false;
    return true;
  }

  /** Nothing is retried automatically. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => undefined, 0).unref();
  }

  /** If the clock is set back, the order of entries stays. */
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
   * Only this process writes this chain, one batch at a time. So a stored head that is ahead of
   * this one was forged.
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
