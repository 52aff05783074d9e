/**
 * Follows a signed document. It is requested with its ETag when it is needed, and never by a timer,
 * so an API without calls requests nothing. A copy younger than 2 s is used. A copy younger than 3
 * s is used while a newer one is fetched in the background. A request waits for a newer copy if the
 * copy is older. If no newer copy can be fetched, the old one is used for a stated time, and no
 * request waits twice for it.
 */
import {
  OutboundError,
  type OutboundReply,
  type OutboundRequest,
  type OutboundSend,
} from '@keywright/jwt';
import type { ResourceReason } from '@keywright/wire';
import { GuardRefusal } from './guard-refusal.ts';

export interface ReadDocument<Value> {
  readonly value: Value;
  /** The end of the document, in milliseconds. */
  readonly endsAt: number;
  /** When the document was made, in milliseconds. NaN if it does not say. */
  readonly issuedAt: number;
}

export interface FollowOptions<Value> {
  readonly url: string;
  readonly request: OutboundRequest;
  readonly send: OutboundSend;
  /** Checks a new text and makes the value from it. */
  readonly read: (text: string) => Promise<ReadDocument<Value>>;
  /** In milliseconds. */
  readonly clock: () => number;
  /** How long a copy is used if no newer one can be fetched. Never past its own end. */
  readonly staleSeconds: number;
  /** The reason of the refusal if there is no copy that may be used. */
  readonly unavailable: ResourceReason;
  /** Receives the error of each failed fetch. */
  readonly onFailed: (error: unknown) => void;
}

export interface FollowedDocument<Value> {
  /** The copy, if it is young enough to be used without a request. */
  young(): Value | undefined;
  /**
   * Answers at once while the copy is young. @throws (or rejects with) GuardRefusal of the reason
   * `unavailable`
   */
  current(): Value | Promise<Value>;
  /**
   * A copy of the last second, for a caller for which the present copy is too old. Rejects like
   * `current`.
   */
  renewed(): Promise<Value>;
}

interface Copy<Value> extends ReadDocument<Value> {
  readonly etag: string | undefined;
  /**
   * When the copy was requested, not when it arrived: its content was true at this moment or later.
   */
  readonly confirmedAt: number;
  readonly freshUntil: number;
}

interface Failure {
  readonly at: number;
  /** How many failures in a row. */
  readonly count: number;
  readonly note: string;
}

const second = 1000;
const freshFor = 2 * second;
const toleratedFor = 3 * second;
const renewedFor = second;
/**
 * After a failure, no request waits while the last try is this recent. So an outage of minutes
 * costs each caller nothing.
 */
const believedFor = 10 * second;

/** How long to wait for the next try after so many failures in a row. */
function restOf({ count }: Failure): number {
  return Math.min(count, 5) * second;
}

export function followDocument<Value>(options: FollowOptions<Value>): FollowedDocument<Value> {
  const { clock } = options;
  const source = createSource(options);

  async function wait(): Promise<Value> {
    await source.refresh();
    const copy = source.usable(clock());
    if (copy === undefined) throw unavailable();
    return copy.value;
  }

  function unavailable(): GuardRefusal {
    return new GuardRefusal(options.unavailable, { note: source.failure?.note });
  }

  function young(): Value | undefined {
    const { copy } = source;
    const now = clock();
    const isFresh = copy !== undefined && now < copy.freshUntil && now >= copy.confirmedAt;
    return isFresh ? copy.value : undefined;
  }

  function whenOld(now: number): Value | Promise<Value> {
    const copy = source.usable(now);
    const isResting = source.isResting(now);
    if (copy === undefined) {
      if (isResting) throw unavailable();
      return wait();
    }
    if (!isYoung(copy, now, toleratedFor) && !source.isFailing(now)) return wait();
    if (!isResting) void source.refresh();
    return copy.value;
  }

  return {
    young,
    current: () => young() ?? whenOld(clock()),
    async renewed() {
      const now = clock();
      const copy = source.usable(now);
      if (copy === undefined || (!isYoung(copy, now, renewedFor) && !source.isFailing(now)))
        return wait();
      return copy.value;
    },
  };
}

/** If the clock was set back, a copy is neither young nor old, and is requested again. */
function isYoung({ confirmedAt }: Copy<unknown>, now: number, span: number): boolean {
  return now >= confirmedAt && now < confirmedAt + span;
}

interface Source<Value> {
  readonly copy: Copy<Value> | undefined;
  readonly failure: Failure | undefined;
  /** The copy, if it may still be used when no newer one can be fetched. */
  usable(now: number): Copy<Value> | undefined;
  /** Whether a fetch failed so recently that it is too soon for another try. */
  isResting(now: number): boolean;
  /** Whether a fetch failed recently and none has succeeded since. */
  isFailing(now: number): boolean;
  /** One fetch at a time. Never rejects. */
  refresh(): Promise<void>;
}

function createSource<Value>(options: FollowOptions<Value>): Source<Value> {
  const { clock } = options;
  let copy: Copy<Value> | undefined;
  let failure: Failure | undefined;
  let pending: Promise<void> | undefined;

  async function tryOnce(): Promise<void> {
    const startedAt = clock();
    try {
      copy = await fetchCopy(options, copy, startedAt);
      failure = undefined;
    } catch (error) {
      // A refusal is no outage: an API that may no longer have the document must not continue with
      // an old copy.
      if (isRefused(error)) copy = undefined;
      failure = { at: clock(), count: (failure?.count ?? 0) + 1, note: noteOf(error) };
      options.onFailed(error);
    }
  }

  return {
    get copy() {
      return copy;
    },
    get failure() {
      return failure;
    },
    usable: (now) =>
      copy !== undefined && isUsable(copy, now, options.staleSeconds) ? copy : undefined,
    isResting: (now) =>
      failure !== undefined && pending === undefined && isWithin(failure.at, now, restOf(failure)),
    isFailing: (now) =>
      failure !== undefined && (pending !== undefined || isWithin(failure.at, now, believedFor)),
    refresh() {
      pending ??= tryOnce().finally(() => {
        pending = undefined;
      });
      return pending;
    },
  };
}

function isRefused(error: unknown): boolean {
  return error instanceof OutboundError && (error.status === 401 || error.status === 403);
}

/** In both directions, so that a clock that was set back does not stop fetching. */
export function isWithin(at: number, now: number, span: number): boolean {
  return Math.abs(now - at) < span;
}

function isUsable(
  { confirmedAt, endsAt }: Copy<unknown>,
  now: number,
  staleSeconds: number,
): boolean {
  return now < endsAt && isWithin(confirmedAt, now, staleSeconds * second);
}

async function fetchCopy<Value>(
  { url, request, send, read }: FollowOptions<Value>,
  known: Copy<Value> | undefined,
  startedAt: number,
): Promise<Copy<Value>> {
  // A copy past its end is useless, so the answer "not modified" would not help.
  const kept = known !== undefined && startedAt < known.endsAt ? known : undefined;
  const condition = kept?.etag === undefined ? {} : { 'if-none-match': kept.etag };
  const reply = await send(url, { ...request, headers: { ...request.headers, ...condition } });
  if (reply.status === 304 && kept !== undefined) return confirm(kept, kept.etag, startedAt);
  const next = await read(textOf(reply));
  return kept !== undefined && isOlder(next, kept, startedAt)
    ? confirm(kept, kept.etag, startedAt)
    : confirm(next, reply.etag, startedAt);
}

/**
 * Documents of several nodes of one issuer are accepted, also if their clocks differ by ten
 * seconds.
 */
const apart = 15 * second;

/**
 * An ended token stays ended, also if an older document arrives, from a cache or from an attacker
 * who recorded it. A copy with a time in the future does not count here. Otherwise nothing could
 * replace it until that time.
 */
function isOlder(next: ReadDocument<unknown>, kept: ReadDocument<unknown>, now: number): boolean {
  return next.issuedAt < kept.issuedAt - apart && kept.issuedAt < now + apart;
}

function textOf({ status, text }: OutboundReply): string {
  if (status !== 200)
    throw new TypeError(`The answer was ${status} without having been asked for.`);
  return text;
}

function confirm<Value>(
  { value, endsAt, issuedAt }: ReadDocument<Value>,
  etag: string | undefined,
  confirmedAt: number,
): Copy<Value> {
  return {
    value,
    etag,
    endsAt,
    issuedAt,
    confirmedAt,
    freshUntil: Math.min(confirmedAt + freshFor, endsAt),
  };
}

/**
 * For the log of refusals. Our errors name a host or a reason, and never an address or a secret.
 */
function noteOf(error: unknown): string {
  return error instanceof Error ? error.message : 'unknown';
}
