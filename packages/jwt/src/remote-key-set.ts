/**
 * The published keys of an issuer. They are fetched at the first use, refreshed before they expire,
 * kept through outages, and fetched again when a token names an unknown key. A flood of tokens
 * cannot cause a flood of fetches.
 */
import { assertGiven, isTime } from './given.ts';
import { JwtError } from './jwt-error.ts';
import { importKeySet, type KeySet, type VerificationKey } from './key-set.ts';
import { createOutbound, type OutboundAnswer, type OutboundFetch } from './outbound.ts';

/** The address of the keys of an issuer, and how long they are used. */
export interface RemoteKeySetOptions {
  /** Address of the JWK set, or a function that finds it, which is called at each fetch. */
  readonly url: string | (() => Promise<string>);
  /** Default: `createOutbound()`, with 5 s, 1 MiB, no redirects, any address. */
  readonly fetch?: OutboundFetch;
  /** In milliseconds. */
  readonly clock?: () => number;
  /** How long a set is fresh. Default: the answer's max-age within 60 to 3600, or 300. */
  readonly freshSeconds?: number;
  /** How long a set is used if no newer one can be fetched. Default: 86400. */
  readonly staleSeconds?: number;
  /**
   * In this time, unknown keys cause at most one fetch. A token that names one before the next
   * fetch waits for that fetch. Default: 2.
   */
  readonly unknownKidIntervalSeconds?: number;
  /** How to wait for that. Default: a timer of the process. */
  readonly wait?: (milliseconds: number) => Promise<void>;
  /** Receives each failed fetch, for the log. */
  readonly onFetchFailed?: (error: unknown) => void;
}

/** An issuer's published keys. */
export interface RemoteKeySet {
  /**
   * The key, or undefined if the issuer has none of this name. Answers at once if the key is known.
   * @throws JwtError `keys_unavailable` (or rejects with it) if it cannot be found out
   */
  resolve(
    kid: string | undefined,
    algorithm: string,
  ): VerificationKey | undefined | Promise<VerificationKey | undefined>;
  /**
   * The known keys, if they may still be used. Starts a refresh in the background when one is due.
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
/** A refresh starts after this part of the fresh time, so that no request waits for it. */
const refreshAhead = 0.8;
/** A failed refresh is repeated after this time. Meanwhile the known keys are used. */
const retrySeconds = 10;
/** Without any keys, every request fails, so the next try comes sooner. */
const retryWithoutKeysSeconds = 1;
/** More callers that wait for one fetch are a flood, and are refused. */
const mostWaiting = 1000;

function waitByTimer(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/**
 * Follows the published keys of an issuer. They are fetched at the first use, refreshed before they
 * expire, kept through outages, and fetched again when a token names an unknown key. A flood of
 * invented key ids causes one fetch in 2 s.
 * @throws TypeError for an invalid time: with it, keys would never be too old
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
      // That fetch began before this request, so its keys may be older than the requested key.
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
 * A key that is not found while the set cannot be fetched may be a new one. Then the token is not
 * at fault.
 */
function assertReached(source: Source): void {
  if (source.usable() === undefined || source.hasFailed) throw new JwtError('keys_unavailable');
}

/** The fetches that unknown keys cause. */
interface UnknownKeys {
  /** Resolves at the end of a fetch that began no sooner than this call. */
  fetch(): Promise<void>;
}

/**
 * Invented key ids cause one fetch in each interval. An ordinary fetch just before does not delay a
 * new key. Tokens that arrive in between all wait for the next fetch. Otherwise an attacker could
 * cause the refusal of a new key with an invented one.
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
      // After the clock was set back, fetching must continue.
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
  /** Whether a fetch is in progress, or none was started for so long. */
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
      // After the clock was set back, fetching must continue.
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
