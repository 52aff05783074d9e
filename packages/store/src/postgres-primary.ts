/**
 * Which of several servers is the primary, as far as this process has seen. A standby is never
 * worked with, nor is a primary of the past: each promotion begins a new timeline, and a server
 * that comes back on an older one was left behind.
 */
import { StoreUnavailableError } from './unavailable.ts';

export class PostgresPrimary {
  readonly #suspectBefore: number[];
  #place = 0;
  #timeline = 0;

  constructor(servers: number) {
    this.#suspectBefore = Array.from({ length: servers }, () => 0);
  }

  get servers(): number {
    return this.#suspectBefore.length;
  }

  /** The place of the server to be tried first. */
  get place(): number {
    return this.#place;
  }

  /** Whether several could be it, and none was found yet. */
  get isUnknown(): boolean {
    return this.servers > 1 && this.#timeline === 0;
  }

  /**
   * Whether the primary is another one than before. Throws `StoreUnavailableError` when the server
   * is one of the past.
   */
  find(place: number, timeline: number): boolean {
    if (timeline < this.#timeline)
      throw new StoreUnavailableError(
        `The server was the primary once, and another one has been promoted since (timeline ${timeline}, not ${this.#timeline}).`,
      );
    if (timeline === this.#timeline) return false;
    this.#timeline = timeline;
    this.#place = place;
    // Whoever was taken for the primary until now is one of the past.
    for (let other = 0; other < this.servers; other++)
      if (other !== place) this.suspect(other, performance.now());
    return true;
  }

  /**
   * It could not be worked with: the next one is tried, and what is still connected to this one is
   * not used again.
   */
  leave(place: number): void {
    this.suspect(place, performance.now());
    if (this.#place === place) this.#place = (place + 1) % this.servers;
  }

  /**
   * Connections that have not answered since that time (of `performance`) may be as dead as one
   * that was found to be.
   */
  suspect(place: number, since: number): void {
    this.#suspectBefore[place] = Math.max(since, this.#suspectBefore[place] ?? 0);
  }

  isSuspect(place: number, answeredAt: number): boolean {
    return answeredAt < (this.#suspectBefore[place] ?? 0);
  }
}
