/**
 * GCRA, the generic cell rate algorithm (ITU-T I.371), in memory: of a bucket, only the time at which it is full again is kept.
 * One that is full is the same as one that is not there, so only full ones are ever forgotten: nobody empties a bucket and has it
 * forgotten by making others. What must be exact over several nodes is counted in the store (store/src/acts/throttles.ts).
 */
import type { Rate, Allowance, Limiter } from '../../model/limit-ports.ts';

export interface LimiterOptions extends Rate {
  /** What callers are told that the limit is called. */
  readonly name: string;
  /** Milliseconds by a clock that is never put back. */
  readonly now: () => number;
  /** How many buckets may be kept that are not full. Default 100,000. */
  readonly mostBuckets?: number;
}

/** With each new bucket so many of the others are looked at, so that the full ones go faster than new ones come. */
const sweptAtOnce = 4;
/** When no place is free, all newcomers share one bucket of so many times the size. */
const sharedBy = 1000;
/** Intervals may be fractions of a millisecond: their sum may fall short of a whole by this much. */
const rounding = 1e-6;

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
    return { policy, allowed, remaining, waitSeconds: Math.max(1, Math.ceil(wait / 1000 - rounding)) };
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
