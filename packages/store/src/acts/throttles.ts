/**
 * GCRA, the generic cell rate algorithm (ITU-T I.371). A bucket stores only the time at which it is
 * full again. Taking one moves that time by the interval. The time may be at most `burst` intervals
 * ahead of now. It is in milliseconds, because an interval may be shorter than a second.
 */
import type { Bucket, ThrottleStore } from '@keywright/core';
import { type Act, statement } from '../act.ts';
import { type Kept, locking } from '../kept.ts';
import { deleteEnded, marginSeconds } from '../pruning.ts';

export const throttles: Kept<ThrottleStore> = {
  tables: { throttles: deleteEnded('throttles', 'bucket', 'full_at_ms', marginSeconds, 1000) },
  verbs: {
    take: locking({ takeFromBuckets }),
    giveBack: locking({ giveBackToBuckets }),
  },
};

const takeOne = `INSERT INTO throttles (bucket, full_at_ms) VALUES ($1, $2)
  ON CONFLICT (bucket) DO UPDATE SET full_at_ms =
    CASE WHEN throttles.full_at_ms > $3 THEN throttles.full_at_ms + $4 ELSE $2 END
  WHERE throttles.full_at_ms <= $5`;

const giveBack = 'UPDATE throttles SET full_at_ms = full_at_ms - $2 WHERE bucket = $1';

/**
 * All or none. Each bucket is changed by a conditional write. When one bucket refuses, the act
 * gives back what it took from the others, before another act can see it.
 */
function* takeFromBuckets(buckets: readonly Bucket[], now: number): Act<number> {
  const sorted = sortByKey(buckets);
  for (const [index, bucket] of sorted.entries()) {
    if (yield* takeFromBucket(bucket, now)) continue;
    for (const taken of sorted.slice(0, index))
      yield statement(giveBack, taken.key, intervalMs(taken));
    return yield* longestWait(sorted, now);
  }
  return 0;
}

/** A full bucket stays full. The next taking starts from now. */
function* giveBackToBuckets(buckets: readonly Bucket[]): Act<void> {
  for (const bucket of sortByKey(buckets))
    yield statement(giveBack, bucket.key, intervalMs(bucket));
}

function* takeFromBucket(bucket: Bucket, now: number): Act<boolean> {
  if (bucket.burst < 1) return false;
  const [nowMs, interval] = [now * 1000, intervalMs(bucket)];
  const { changes } = yield statement(
    takeOne,
    bucket.key,
    nowMs + interval,
    nowMs,
    interval,
    nowMs + Math.round((bucket.burst - 1) * interval),
  );
  return changes === 1;
}

/** Whole seconds until all buckets could give one: at least one second. */
function* longestWait(buckets: readonly Bucket[], now: number): Act<number> {
  let waitMs = 1;
  for (const bucket of buckets) {
    const { rows } = yield statement(
      'SELECT full_at_ms FROM throttles WHERE bucket = $1',
      bucket.key,
    );
    const fullAtMs = (rows[0]?.full_at_ms ?? 0) as number;
    waitMs = Math.max(waitMs, fullAtMs - (now * 1000 + (bucket.burst - 1) * intervalMs(bucket)));
  }
  return Math.ceil(waitMs / 1000);
}

/** One order for all acts, so that two acts never wait for each other. */
function sortByKey(buckets: readonly Bucket[]): readonly Bucket[] {
  return buckets.toSorted((one, other) => (one.key < other.key ? -1 : 1));
}

function intervalMs(bucket: Bucket): number {
  return Math.max(1, Math.round(bucket.intervalSeconds * 1000));
}
