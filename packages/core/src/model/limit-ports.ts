/** The rate limits that the server applies. A limit that is absent does not apply. */
export interface Limits {
  /** For every client that authenticates and has no own limit. */
  readonly client?: Limiter;
  /**
   * For clients that do not authenticate. Invented callers of such clients must not use up the
   * buckets of the others.
   */
  readonly publicClient?: Limiter;
  readonly ofClients?: ReadonlyMap<string, Limiter>;
  /** For pages, and for requests whose authentication failed. */
  readonly network?: Limiter;
}

/**
 * What callers learn about a limit: the RateLimit header fields
 * (draft-ietf-httpapi-ratelimit-headers-11).
 */

export interface QuotaPolicy {
  /** Letters and dashes. */
  readonly name: string;
  /** How many requests may come within the window. */
  readonly quota: number;
  readonly windowSeconds: number;
}

/** How many requests are allowed. */
export interface Rate {
  /** May be less than one. */
  readonly perSecond: number;
  /** How many may come at once, after a pause. At least 1. */
  readonly burst: number;
}

/** Whether a request is within a rate limit, and how many more are. */
export interface Allowance {
  readonly policy: QuotaPolicy;
  readonly allowed: boolean;
  /** How many requests are allowed at once now. */
  readonly remaining: number;
  /** Until there is one more: whole seconds, at least one. */
  readonly waitSeconds: number;
}

/** A rate limit with one bucket for each caller. */
export interface Limiter {
  /** Takes one request of this caller. Takes nothing if it is not allowed. */
  take(key: string): Allowance;
}

/** What a turn has taken, or after how many seconds to try again. */
export type Taken<T> = { readonly taken: T } | { readonly waitSeconds: number };

export interface Caller {
  /** The networks that its turns count for, from narrow to wide. */
  readonly networks: readonly string[];
  /** Whether only so many of the narrowest of them may wait at once. */
  readonly isBounded: boolean;
}

export interface Turns<T> {
  /**
   * Waits for a turn at `subject`, or returns after how many seconds to come again, because too
   * many callers wait in front or too many of its network wait. Rejects if `take` rejects.
   */
  wait(subject: string, caller: Caller, take: () => Promise<Taken<T>>): Promise<Taken<T>>;
}

/**
 * The port that learns which requests wait for something outside of this process: keys or
 * documents of a client, or a password check. Such a request only holds a connection, so overload
 * control need not count it.
 */
export interface ExternalWaits {
  enter(): void;
  /** Resolves when the request may go on. Many may return from one host at the same time. */
  leave(): void | Promise<void>;
}
