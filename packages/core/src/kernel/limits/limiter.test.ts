import { describe, expect, test } from 'vitest';
import { createLimiter } from './limiter.ts';

/** A limiter by a clock of its own, in milliseconds. */
function makeLimiter(over: Partial<Parameters<typeof createLimiter>[0]> = {}) {
  const clock = { now: 0 };
  const limiter = createLimiter({
    name: 'client',
    perSecond: 10,
    burst: 5,
    now: () => clock.now,
    ...over,
  });
  const allowed = (key: string, times: number) =>
    Array.from({ length: times }, () => limiter.take(key)).filter((each) => each.allowed).length;
  return { clock, limiter, allowed };
}

describe('a rate limiter', () => {
  test('allows a burst, and then as many requests as the rate allows', () => {
    const { clock, allowed } = makeLimiter();
    expect(allowed('a', 100)).toBe(5);
    clock.now = 300;
    expect(allowed('a', 100)).toBe(3);
    clock.now = 100_000;
    expect(allowed('a', 100)).toBe(5);
  });

  test('counts nothing for a refused request, so that asking often does not extend the wait', () => {
    const { clock, allowed } = makeLimiter();
    allowed('a', 1000);
    clock.now = 100;
    expect(allowed('a', 1)).toBe(1);
  });

  test('counts each caller separately', () => {
    const { allowed } = makeLimiter();
    expect([allowed('a', 9), allowed('b', 9)]).toEqual([5, 5]);
  });

  test('reports what is left, and after how many seconds there is more', () => {
    const { clock, limiter } = makeLimiter({ perSecond: 0.5, burst: 2 });
    expect(limiter.take('a')).toMatchObject({ allowed: true, remaining: 1, waitSeconds: 2 });
    clock.now = 1000;
    expect(limiter.take('a')).toMatchObject({ allowed: true, remaining: 0, waitSeconds: 1 });
    expect(limiter.take('a')).toMatchObject({ allowed: false, remaining: 0, waitSeconds: 1 });
    clock.now = 1999;
    expect(limiter.take('a')).toMatchObject({ allowed: false, waitSeconds: 1 });
    clock.now = 2000;
    expect(limiter.take('a')).toMatchObject({ allowed: true, remaining: 0, waitSeconds: 2 });
    expect(limiter.take('a').policy).toEqual({ name: 'client', quota: 2, windowSeconds: 4 });
  });

  test.each([3, 7, 0.3, 999])('has no rounding loss at %d a second', (perSecond) => {
    const { clock, allowed } = makeLimiter({ perSecond, burst: 1 });
    let passed = 0;
    for (let step = 0; step < 300; step += 1) {
      clock.now = (step * 1000) / perSecond;
      passed += allowed('a', 2);
    }
    expect(passed).toBe(300);
  });

  test('does not forget an empty bucket when others are made, and new callers share one when no bucket is free', () => {
    const { clock, limiter, allowed } = makeLimiter({ mostBuckets: 1000, burst: 2 });
    expect(allowed('victim', 9)).toBe(2);
    // All at one moment: none of them is full again.
    for (let network = 0; network < 5000; network += 1) limiter.take(`net-${network}`);
    expect(allowed('victim', 9)).toBe(0);
    // 4001 have shared one bucket by now, of 2000 at once and 10,000 a second.
    expect(limiter.take('somebody new').allowed).toBe(false);
    clock.now = 50;
    expect(limiter.take('somebody new').allowed).toBe(true);
  });

  test('forgets full buckets, so that there is space for new ones', () => {
    const { clock, limiter, allowed } = makeLimiter({ mostBuckets: 1000, burst: 2 });
    for (let network = 0; network < 100_000; network += 1) {
      clock.now += 1;
      expect(limiter.take(`net-${network}`).allowed).toBe(true);
    }
    // With a place of its own it has two; the shared bucket would give it many more.
    expect(allowed('somebody new', 9)).toBe(2);
  });
});
