/**
 * Which of several servers is the primary, as far as this process knows. A standby is never used,
 * and neither is a former primary: each promotion starts a new timeline, so a server with an older
 * timeline is a former primary.
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

  /** The position of the server to try first. */
  get place(): number {
    return this.#place;
  }

  /** Whether there are several servers and no primary was found yet. */
  get isUnknown(): boolean {
    return this.servers > 1 && this.#timeline === 0;
  }

  /**
   * Answers whether the primary has changed. Throws `StoreUnavailableError` if the server is a
   * former primary.
   */
  find(place: number, timeline: number): boolean {
    if (timeline < this.#timeline)
      throw new StoreUnavailableError(
        `The server was the primary once, and another one has been promoted since (timeline ${timeline}, not ${this.#timeline}).`,
      );
    if (timeline === this.#timeline) return false;
    this.#timeline = timeline;
    this.#place = place;
    // The server that was known as the primary is a former primary now.
    for (let other = 0; other < this.servers; other++)
      if (other !== place) this.suspect(other, performance.now());
    return true;
  }

  /**
   * The server could not be used. The next one is tried, and open connections to this one are not
   * used again.
   */
  leave(place: number): void {
    this.suspect(place, performance.now());
    if (this.#place === place) this.#place = (place + 1) % this.servers;
  }

  /** Connections that have not answered since that time (of `performance`) may be broken too. */
  suspect(place: number, since: number): void {
    this.#suspectBefore[place] = Math.max(since, this.#suspectBefore[place] ?? 0);
  }

  isSuspect(place: number, answeredAt: number): boolean {
    return answeredAt < (this.#suspectBefore[place] ?? 0);
  }
}
