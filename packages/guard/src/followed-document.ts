/**
 * A signed document that is followed: asked for when it is needed, with its ETag, and never by a
 * timer, so that a quiet API asks for nothing. A copy younger than 2 s is used. One younger than 3
 * s is used while a newer one is fetched behind; an older one is waited for. While none can be had
 * the old copy serves for a stated time, and nobody waits for it twice.
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
  /** Its own end, in milliseconds. */
  readonly endsAt: number;
  /** When it was made, in milliseconds; NaN where it does not say. */
  readonly issuedAt: number;
}

export interface FollowOptions<Value> {
  readonly url: string;
  readonly request: OutboundRequest;
  readonly send: OutboundSend;
  /** Checks a new text and makes of it what is used. */
  readonly read: (text: string) => Promise<ReadDocument<Value>>;
  /** In milliseconds. */
  readonly clock: () => number;
  /** How long a copy serves when no newer one can be had; never past its own end. */
  readonly staleSeconds: number;
  /** What a request is refused with when there is no copy that may be used. */
  readonly unavailable: ResourceReason;
  /** Told of each fetch that failed. */
  readonly onFailed: (error: unknown) => void;
}

export interface FollowedDocument<Value> {
  /** The copy at hand while nobody need be asked. */
  young(): Value | undefined;
  /**
   * At once while the copy is young. @throws (or rejects with) GuardRefusal of the reason
   * `unavailable`
   */
  current(): Value | Promise<Value>;
  /** A copy of the last second, for who found the one at hand too old. Rejects as `current`. */
  renewed(): Promise<Value>;
}

interface Copy<Value> extends ReadDocument<Value> {
  readonly etag: string | undefined;
  /** When it was asked for, not when it came: what it says was so at this moment, or later. */
  readonly confirmedAt: number;
  readonly freshUntil: number;
}

interface Failure {
  readonly at: number;
  /** How many in a row. */
  readonly count: number;
  readonly note: string;
}

const second = 1000;
const freshFor = 2 * second;
const toleratedFor = 3 * second;
const renewedFor = second;
/**
 * After a failure no request waits while the last try is this near: an outage of minutes costs each
 * caller nothing.
 */
const believedFor = 10 * second;

/** How long to leave it after so many failures in a row. */
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

/** A clock that was set back makes a copy neither young nor old: then it is asked for anew. */
function isYoung({ confirmedAt }: Copy<unknown>, now: number, span: number): boolean {
  return now >= confirmedAt && now < confirmedAt + span;
}

interface Source<Value> {
  readonly copy: Copy<Value> | undefined;
  readonly failure: Failure | undefined;
  /** The copy, if it may still be used when no newer one can be had. */
  usable(now: number): Copy<Value> | undefined;
  /** Failed just now: too soon for another try. */
  isResting(now: number): boolean;
  /** Failed lately, and was not reached since. */
  isFailing(now: number): boolean;
  /** One at a time; never rejects. */
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
      // Refused is not away: whoever may not have the document any more must not go on with an old
      // copy of it.
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

/** In either direction: a clock that was set back does not stop fetching until it has caught up. */
function isWithin(at: number, now: number, span: number): boolean {
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
  // A copy past its end is of no use unchanged.
  const kept = known !== undefined && startedAt < known.endsAt ? known : undefined;
  const condition = kept?.etag === undefined ? {} : { 'if-none-match': kept.etag };
  const reply = await send(url, { ...request, headers: { ...request.headers, ...condition } });
  if (reply.status === 304 && kept !== undefined) return confirm(kept, kept.etag, startedAt);
  const next = await read(textOf(reply));
  return kept !== undefined && isOlder(next, kept, startedAt)
    ? confirm(kept, kept.etag, startedAt)
    : confirm(next, reply.etag, startedAt);
}

/** Nodes of one issuer whose clocks differ by ten seconds are still heard, each of them. */
const apart = 15 * second;

/**
 * What was ended stays ended, though an older document comes, from a cache or from somebody who
 * recorded it. A copy by a clock that went ahead has no say in it, or nothing would replace it
 * until its time has come.
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
 * For the log of refusals: errors of ours name a host or a reason, never an address or a secret.
 */
function noteOf(error: unknown): string {
  return error instanceof Error ? error.message : 'unknown';
}
