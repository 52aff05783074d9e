/**
 * Open-loop load: a fixed number of requests a second, whether or not earlier ones were answered,
 * as from many independent callers. The time of a request begins when it is due.
 */
import { createHistogram } from 'node:perf_hooks';

export interface LoadPlan {
  readonly perSecond: number;
  /** Sends one request. Its result is counted by its status, and its error by the code. */
  readonly send: (index: number) => Promise<{ readonly status: number }>;
  /** Default: until `stop` is called. */
  readonly seconds?: number;
  /**
   * The largest number of requests in progress. Further ones are counted as `not sent`. Default
   * 5,000.
   */
  readonly most?: number;
}

export interface LoadResult {
  readonly sent: number;
  /** By status, like `200`, or by the code of an error, like `ECONNREFUSED`. */
  readonly outcomes: Readonly<Record<string, number>>;
  readonly perSecond: number;
  readonly p50Milliseconds: number;
  readonly p99Milliseconds: number;
  readonly longestMilliseconds: number;
}

export interface Load {
  /** Ends after `seconds` if set. */
  readonly done: Promise<LoadResult>;
  /** Sends no more, waits for requests in progress, and returns `done`. */
  stop(): Promise<LoadResult>;
  underWay(): number;
}

const tickMilliseconds = 5;

export function startLoad({ perSecond, send, seconds, most = 5000 }: LoadPlan): Load {
  const times = createHistogram();
  const outcomes: Record<string, number> = {};
  const pending = new Set<Promise<void>>();
  const startedAt = performance.now();
  const count = (outcome: string): void => {
    outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
  };
  let due = 0;
  let sent = 0;

  const sendOne = (index: number): void => {
    if (pending.size >= most) return count('not sent');
    sent += 1;
    const dueAt = startedAt + (index * 1000) / perSecond;
    const sending = send(index)
      .then(
        ({ status }) => count(String(status)),
        (error: unknown) => count(codeOfError(error)),
      )
      .finally(() => {
        times.record(Math.max(1, Math.round((performance.now() - dueAt) * 1000)));
        pending.delete(sending);
      });
    pending.add(sending);
  };

  const { promise: done, resolve } = Promise.withResolvers<LoadResult>();
  const end = async (): Promise<void> => {
    const elapsed = (performance.now() - startedAt) / 1000;
    clearInterval(timer);
    await Promise.all(pending);
    resolve({
      sent,
      outcomes,
      perSecond: sent / elapsed,
      p50Milliseconds: times.percentile(50) / 1000,
      p99Milliseconds: times.percentile(99) / 1000,
      longestMilliseconds: times.max / 1000,
    });
  };
  const timer = setInterval(() => {
    const elapsed = (performance.now() - startedAt) / 1000;
    for (const until = Math.min(elapsed, seconds ?? elapsed) * perSecond; due < until; due += 1)
      sendOne(due);
    if (seconds !== undefined && elapsed >= seconds) void end();
  }, tickMilliseconds);
  return {
    done,
    stop: () => {
      void end();
      return done;
    },
    underWay: () => pending.size,
  };
}

function codeOfError(error: unknown): string {
  const { code, name } = error as { readonly code?: unknown; readonly name?: string };
  return typeof code === 'string' ? code : (name ?? 'Error');
}

/** `200 × 990, 503 × 10`, the most frequent first. */
export function describeOutcomes({ outcomes }: Pick<LoadResult, 'outcomes'>): string {
  return Object.entries(outcomes)
    .toSorted(([, one], [, other]) => other - one)
    .map(([outcome, count]) => `${outcome} × ${count}`)
    .join(', ');
}
