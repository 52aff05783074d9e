/**
 * Browser sessions, kept here on the server. The browser only holds a random id in a cookie that
 * scripts cannot read, so tokens never leave this process.
 */
import { randomBytes } from 'node:crypto';
import type { PendingConnection, TokenSet } from './authorization.ts';

export interface Session {
  readonly subject: string;
  readonly name: string;
  tokens: TokenSet;
  /** A refresh under way: requests that come meanwhile wait for the same one. */
  refreshing?: Promise<void>;
}

interface Entry<T> {
  readonly value: T;
  readonly expiresAt: number;
}

/** A map that forgets: entries end by time, and the oldest goes when it is full. */
export class Shelf<T> {
  readonly #entries = new Map<string, Entry<T>>();
  readonly #ttlSeconds: number;
  readonly #limit: number;

  constructor(ttlSeconds: number, limit: number) {
    this.#ttlSeconds = ttlSeconds;
    this.#limit = limit;
  }

  /**
   * Always under a new id: an id that the browser brought along is never taken over (session
   * fixation).
   */
  put(value: T): string {
    for (const oldest of this.#entries.keys()) {
      if (this.#entries.size < this.#limit) break;
      this.#entries.delete(oldest);
    }
    const id = randomBytes(32).toString('base64url');
    this.#entries.set(id, { value, expiresAt: Date.now() + this.#ttlSeconds * 1000 });
    return id;
  }

  find(id: string | undefined): T | undefined {
    const entry = id === undefined ? undefined : this.#entries.get(id);
    if (entry === undefined || entry.expiresAt > Date.now()) return entry?.value;
    this.#entries.delete(id ?? '');
    return undefined;
  }

  remove(id: string | undefined): void {
    if (id !== undefined) this.#entries.delete(id);
  }
}

export const sessionSeconds = 8 * 3600;
/** How long somebody may take at the authorization server before we stop waiting. */
export const pendingSeconds = 900;

export const sessions = new Shelf<Session>(sessionSeconds, 1000);
export const pending = new Shelf<PendingConnection>(pendingSeconds, 1000);
