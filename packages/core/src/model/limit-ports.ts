/** Limits of requests that the server hands to core. */
export interface Limits {
  /** For every client that has none of its own, and authenticates. */
  readonly client?: Limiter;
  /**
   * For those that do not. Apart: whoever makes up callers of them must not use up the places of
   * the others.
   */
  readonly publicClient?: Limiter;
  readonly ofClients?: ReadonlyMap<string, Limiter>;
  /** For pages, and for requests whose authentication failed. */
  readonly network?: Limiter;
}

/**
 * What callers are told of a limit: the RateLimit header fields
 * (draft-ietf-httpapi-ratelimit-headers-11).
 */

export interface QuotaPolicy {
  /** Letters and dashes. */
  readonly name: string;
  /** How many requests may come within the window. */
  readonly quota: number;
  readonly windowSeconds: number;
}

export interface Rate {
  /** May be less than one. */
  readonly perSecond: number;
  /** How many may come at once, after a pause. At least 1. */
  readonly burst: number;
}

export interface Allowance {
  readonly policy: QuotaPolicy;
  readonly allowed: boolean;
  /** How many may come at once now. */
  readonly remaining: number;
  /** Until there is one more: whole seconds, at least one. */
  readonly waitSeconds: number;
}

export interface Limiter {
  /** One request of this caller. Where it is not allowed, nothing is taken. */
  take(key: string): Allowance;
}

/** What was taken for a turn, or after how many seconds there may be one. */
export type Taken<T> = { readonly taken: T } | { readonly waitSeconds: number };

export interface Asker {
  /** What its turns are counted under, from narrow to wide. */
  readonly networks: readonly string[];
  /** Whether only so many of the narrowest of them may wait at once. */
  readonly isBounded: boolean;
}

export interface Turns<T> {
  /**
   * A turn at `subject`, or when to come again: too many were before it, or too many of its own
   * network wait. Rejects when `take` does.
   */
  wait(subject: string, asker: Asker, take: () => Promise<Taken<T>>): Promise<Taken<T>>;
}

/**
 * Requests that wait for what this node does not do itself, or does beside all else: for the keys
 * or the document of a client, which may never come from somebody else's host, or for the accounts
 * to check a password, which has threads and a bound of its own. They hold a connection and no
 * more. Were they counted as work of this node, one host that does not answer would have everybody
 * else turned away for too much of it.
 */
export interface Elsewhere {
  enter(): void;
  /** Resolves when the request may go on: thousands may come back from one host together. */
  leave(): void | Promise<void>;
}
