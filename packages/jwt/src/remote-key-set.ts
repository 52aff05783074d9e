/**
 * An issuer's published keys, kept near. Fetched on first use, refreshed ahead of need, kept
 * through outages, and asked for again when a token names a key that is not among them: but never
 * in a way that a flood of tokens could steer.
 */
import { assertGiven, isTime } from './given.ts';
import { JwtError } from './jwt-error.ts';
import { importKeySet, type KeySet, type VerificationKey } from './key-set.ts';
import { createOutbound, type OutboundAnswer, type OutboundFetch } from './outbound.ts';

/** Where the keys of an issuer are, and how long they serve. */
export interface RemoteKeySetOptions {
  /** Address of the JWK set, or how to find it; a finder is asked at each fetch. */
  readonly url: string | (() => Promise<string>);
  /** By default `createOutbound()`: 5 s, 1 MiB, no redirects, any address. */
  readonly fetch?: OutboundFetch;
  /** In milliseconds. */
  readonly clock?: () => number;
  /** How long a set is fresh. Without it the answer's max-age within 60..3600, or 300. */
  readonly freshSeconds?: number;
  /** How long a set is used when no newer one can be had. 86400 by default. */
  readonly staleSeconds?: number;
  /**
   * At most one fetch in this time for the sake of unknown keys; who names one before the next is
   * due waits for it. 2 by default.
   */
  readonly unknownKidIntervalSeconds?: number;
  /** How that is waited for: a timer of the process by default. */
  readonly wait?: (milliseconds: number) => Promise<void>;
  /** Told of each fetch that failed, for the log. */
  readonly onFetchFailed?: (error: unknown) => void;
}

/** An issuer's published keys. */
export interface RemoteKeySet {
  /**
   * The key, or undefined when the issuer has none of this name. At once when it is at hand.
   * @throws JwtError `keys_unavailable` (or rejects with it) when it cannot be found out
   */
  resolve(
    kid: string | undefined,
    algorithm: string,
  ): VerificationKey | undefined | Promise<VerificationKey | undefined>;
  /**
   * The keys at hand, if they may still be used; starts a refresh in the background when one is
   * due.
   */
  current(): KeySet | undefined;
}

interface Held {
  readonly keys: KeySet;
  readonly refreshAt: number;
  readonly unusableAt: number;
}

const seconds = 1000;
const freshByDefault = 300;
/**
 * A refresh starts when this much of the fresh time has passed, so that no request waits for it.
 */
const refreshAhead = 0.8;
/** A refresh that failed is tried again after this time, while the keys at hand serve. */
const retrySeconds = 10;
/** With no keys at all every request fails: then it is tried sooner. */
const retryWithoutKeysSeconds = 1;
/** More who wait for one fetch are a flood. */
const mostWaiting = 1000;

function waitByTimer(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/**
 * Follows an issuer's published keys: fetched on first use, refreshed ahead of need, kept through
 * outages, and asked for again when a token names a key that is not among them. A flood of made-up
 * key ids causes one fetch in 2 s.
 * @throws TypeError for a time that is none: such keys would never be too old
 * @example
 * ```ts
 * import { createRemoteKeySet } from '@keywright/jwt';
 *
 * const keys = createRemoteKeySet({ url: 'https://login.example.com/jwks' });
 * console.log(await keys.resolve('key-1', 'ES256'));
 * ```
 */
export function createRemoteKeySet(options: RemoteKeySetOptions): RemoteKeySet {
  const { freshSeconds = 0, staleSeconds = 0, unknownKidIntervalSeconds = 0 } = options;
  assertGiven({
    freshSeconds: isTime(freshSeconds),
    staleSeconds: isTime(staleSeconds),
    unknownKidIntervalSeconds: isTime(unknownKidIntervalSeconds),
  });
  const { clock = Date.now } = options;
  const source = createSource(options, clock);
  const unknown = createUnknownKeys(source, options, clock);

  function current(): KeySet | undefined {
    const { held } = source;
    if (held !== undefined && clock() >= held.refreshAt && source.mayFetch(retrySeconds)) {
      void source.refresh();
    }
    return source.usable();
  }

  async function resolveAfter(fetched: Promise<void>, kid: string | undefined, algorithm: string) {
    await fetched;
    const key = source.usable()?.find(kid, algorithm);
    if (key === undefined) assertReached(source);
    return key;
  }

  async function resolveUnknown(kid: string | undefined, algorithm: string) {
    if (source.isFetching) {
      const key = await resolveAfter(source.refresh(), kid, algorithm);
      if (key !== undefined) return key;
      // It began before this was asked: what it brought may be older than the key.
    }
    return resolveAfter(unknown.fetch(), kid, algorithm);
  }

  function resolve(kid: string | undefined, algorithm: string) {
    const keys = current();
    const key = keys?.find(kid, algorithm);
    if (key !== undefined) return key;
    if (keys !== undefined) return resolveUnknown(kid, algorithm);
    if (source.mayFetch(retryWithoutKeysSeconds))
      return resolveAfter(source.refresh(), kid, algorithm);
    throw new JwtError('keys_unavailable');
  }

  return { resolve, current };
}

/**
 * A key that is not found where the set cannot be reached may be a new one: the token is not to
 * blame.
 */
function assertReached(source: Source): void {
  if (source.usable() === undefined || source.hasFailed) throw new JwtError('keys_unavailable');
}

/** The fetches for the sake of unknown keys. */
interface UnknownKeys {
  /** Ends when a fetch has ended that began no sooner than this was asked for. */
  fetch(): Promise<void>;
}

/**
 * Made-up key ids cause one fetch an interval, and an ordinary fetch just before does not stand in
 * a new key's way. Who comes in between waits for the next one with all the others: else whoever
 * makes up a name could have a new key refused.
 */
function createUnknownKeys(
  source: Source,
  { wait = waitByTimer, unknownKidIntervalSeconds = 2 }: RemoteKeySetOptions,
  clock: () => number,
): UnknownKeys {
  let askedAt = Number.NEGATIVE_INFINITY;
  let next: Promise<void> | undefined;
  let waiting = 0;

  function refresh(): Promise<void> {
    askedAt = clock();
    next = undefined;
    return source.isFetching ? source.refresh().then(() => source.refresh()) : source.refresh();
  }

  async function waitForNext(milliseconds: number): Promise<void> {
    assertReached(source);
    if (waiting >= mostWaiting) throw new JwtError('keys_unavailable', 'too many unknown keys');
    waiting += 1;
    next ??= wait(milliseconds).then(refresh);
    try {
      await next;
    } finally {
      waiting -= 1;
    }
  }

  return {
    fetch() {
      const elapsed = clock() - askedAt;
      const left = unknownKidIntervalSeconds * seconds - elapsed;
      // A clock that was set back must not stop fetching until it has caught up.
      const isDue = elapsed < 0 || left <= 0;
      return isDue && next === undefined ? refresh() : waitForNext(left);
    },
  };
}

interface Source {
  readonly held: Held | undefined;
  readonly isFetching: boolean;
  /** Whether the last fetch failed. */
  readonly hasFailed: boolean;
  usable(): KeySet | undefined;
  /** One at a time; never rejects. */
  refresh(): Promise<void>;
  /** Whether one is under way, or none was started for so long. */
  mayFetch(intervalSeconds: number): boolean;
}

function createSource(options: RemoteKeySetOptions, clock: () => number): Source {
  const fetch = options.fetch ?? createOutbound().fetchJson;
  let held: Held | undefined;
  let pending: Promise<void> | undefined;
  let lastFetchAt = Number.NEGATIVE_INFINITY;
  let hasFailed = false;

  async function fetchKeys(): Promise<void> {
    try {
      const { url } = options;
      held = hold(await fetch(typeof url === 'string' ? url : await url()), options, clock());
      hasFailed = false;
    } catch (error) {
      hasFailed = true;
      options.onFetchFailed?.(error);
    }
  }

  return {
    get held() {
      return held;
    },
    get hasFailed() {
      return hasFailed;
    },
    get isFetching() {
      return pending !== undefined;
    },
    usable: () => (held !== undefined && clock() < held.unusableAt ? held.keys : undefined),
    refresh() {
      if (pending !== undefined) return pending;
      lastFetchAt = clock();
      pending = fetchKeys().finally(() => {
        pending = undefined;
      });
      return pending;
    },
    mayFetch(intervalSeconds) {
      const elapsed = clock() - lastFetchAt;
      // A clock that was set back must not stop fetching until it has caught up.
      return pending !== undefined || elapsed < 0 || elapsed >= intervalSeconds * seconds;
    },
  };
}

function hold(
  { body, maxAgeSeconds }: OutboundAnswer,
  options: RemoteKeySetOptions,
  now: number,
): Held {
  const fresh = (options.freshSeconds ?? boundMaxAge(maxAgeSeconds)) * seconds;
  const stale = (options.staleSeconds ?? 86_400) * seconds;
  return {
    keys: importKeySet(body),
    refreshAt: now + fresh * refreshAhead,
    unusableAt: now + stale,
  };
}

function boundMaxAge(maxAgeSeconds: number | undefined): number {
  return maxAgeSeconds === undefined ? freshByDefault : Math.min(Math.max(maxAgeSeconds, 60), 3600);
}
