/**
 * GCRA, the generic cell rate algorithm (ITU-T I.371), in memory. A bucket stores only the time at
 * which it is full again. A full bucket equals a missing one, so only full buckets are removed:
 * nobody can reset a bucket by making others. Exact limits over several nodes are in the store
 * (store/src/acts/throttles.ts).
 */
import type { Rate, Allowance, Limiter } from '../../model/limit-ports.ts';

export interface LimiterOptions extends Rate {
  /** The name of the limit for callers. */
  readonly name: string;
  /** Milliseconds from a clock that never goes back. */
  readonly now: () => number;
  /** How many buckets that are not full may be stored. Default 100,000. */
  readonly mostBuckets?: number;
}

/**
 * Each new bucket checks this number of other buckets, so that full ones are removed faster than
 * new ones are added.
 */
const sweptAtOnce = 4;
/** If no bucket is free, all new keys share one bucket that is larger by this factor. */
const sharedBy = 1000;
/**
 * Intervals may be fractions of a millisecond, so their sum may be smaller than a whole number by
 * this much.
 */
const rounding = 1e-6;

/**
 * Makes a rate limit in the memory of this process (GCRA). When 100,000 callers are remembered,
 * all new ones share one bucket. Other processes do not know about it.
 */
export function createLimiter(options: LimiterOptions): Limiter {
  const { name, perSecond, burst, now, mostBuckets = 100_000 } = options;
  const interval = 1000 / perSecond;
  const policy = { name, quota: burst, windowSeconds: Math.max(1, Math.ceil(burst / perSecond)) };
  const buckets = new Map<string, number>();
  let sweeper = buckets.entries();
  let sharedFullAt = 0;

  const sweep = (time: number): void => {
    for (let looked = 0; looked < sweptAtOnce; looked += 1) {
      const { value, done } = sweeper.next();
      if (done === true) {
        sweeper = buckets.entries();
        return;
      }
      if (value[1] <= time) buckets.delete(value[0]);
    }
  };

  const answer = (allowed: boolean, room: number): Allowance => {
    const remaining = Math.max(0, Math.floor(room / interval + rounding));
    const wait = allowed ? (remaining + 1) * interval - room : -room;
    return {
      policy,
      allowed,
      remaining,
      waitSeconds: Math.max(1, Math.ceil(wait / 1000 - rounding)),
    };
  };

  const takeShared = (time: number): Allowance => {
    const from = Math.max(sharedFullAt, time);
    const room = time + (burst - 1 / sharedBy) * interval - from;
    if (room < -rounding) return answer(false, room);
    sharedFullAt = from + interval / sharedBy;
    return answer(true, room);
  };

  return {
    take(key) {
      const time = now();
      const fullAt = buckets.get(key);
      if (fullAt === undefined) {
        sweep(time);
        if (buckets.size >= mostBuckets) return takeShared(time);
      }
      const from = fullAt === undefined || fullAt < time ? time : fullAt;
      const room = time + (burst - 1) * interval - from;
      if (room < -rounding) return answer(false, room);
      buckets.set(key, from + interval);
      return answer(true, room);
    },
  };
}
