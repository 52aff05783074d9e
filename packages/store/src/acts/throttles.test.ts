import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { seed } from '../../../jwt/src/testing-parts/series.ts';
import { describeOnEveryEngine, now } from '../testing-parts/contract.ts';
import { makeId } from '../testing-parts/samples.ts';

const makeBucket = (intervalSeconds: number, burst: number) => ({
  key: makeId('bucket-'),
  intervalSeconds,
  burst,
});

describeOnEveryEngine('throttles', (store) => {
  it('allow a burst, then one for each interval', async () => {
    const buckets = [makeBucket(10, 3)];
    for (let taken = 0; taken < 3; taken++)
      expect(await store().throttles.take(buckets, now)).toBe(0);
    expect(await store().throttles.take(buckets, now)).toBe(10);
    expect(await store().throttles.take(buckets, now + 9)).toBe(1);
    expect(await store().throttles.take(buckets, now + 10)).toBe(0);
    expect(await store().throttles.take(buckets, now + 10)).toBe(10);
  });

  it('never hold more than the burst', async () => {
    const buckets = [makeBucket(10, 2)];
    await store().throttles.take(buckets, now);
    const later = now + 100_000;
    for (let taken = 0; taken < 2; taken++)
      expect(await store().throttles.take(buckets, later)).toBe(0);
    expect(await store().throttles.take(buckets, later)).toBe(10);
  });

  it('take from all buckets or from none, and answer the longest wait', async () => {
    const [wide, narrow, slow] = [makeBucket(1, 100), makeBucket(10, 1), makeBucket(60, 1)];
    expect(await store().throttles.take([narrow, slow], now)).toBe(0);
    for (let tried = 0; tried < 5; tried++)
      expect(await store().throttles.take([wide, narrow, slow], now)).toBe(60);
    for (let taken = 0; taken < 100; taken++)
      expect(await store().throttles.take([wide], now)).toBe(0);
    expect(await store().throttles.take([wide], now)).toBe(1);
  });

  it('are exact when many take at once', async () => {
    const buckets = [makeBucket(10, 7), makeBucket(1, 50)];
    const waits = await Promise.all(
      Array.from({ length: 40 }, () => store().throttles.take(buckets, now)),
    );
    expect(waits.filter((wait) => wait === 0)).toHaveLength(7);
  });

  it('count intervals shorter than a second', async () => {
    const buckets = [makeBucket(0.25, 2)];
    const waits = await Promise.all(
      Array.from({ length: 9 }, () => store().throttles.take(buckets, now)),
    );
    expect(waits.filter((wait) => wait === 0)).toHaveLength(2);
    expect(await store().throttles.take(buckets, now + 1)).toBe(0);
  });

  it('give back what was taken, and never more than the burst', async () => {
    const buckets = [makeBucket(10, 2), makeBucket(20, 2)];
    for (let tried = 0; tried < 5; tried++) {
      expect(await store().throttles.take(buckets, now)).toBe(0);
      await store().throttles.giveBack(buckets, now);
    }
    await store().throttles.giveBack(buckets, now);
    for (let taken = 0; taken < 2; taken++)
      expect(await store().throttles.take(buckets, now)).toBe(0);
    expect(await store().throttles.take(buckets, now)).toBe(20);
  });

  it('never allow more than burst and rate in any window', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 5 }),
        fc.integer({ min: 1, max: 4 }),
        fc.array(fc.integer({ min: 0, max: 6 }), { maxLength: 25 }),
        async (intervalSeconds, burst, pauses) => {
          const buckets = [makeBucket(intervalSeconds, burst)];
          const taken: number[] = [];
          let time = now;
          for (const pause of pauses) {
            time += pause;
            const wait = await store().throttles.take(buckets, time);
            if (wait === 0) taken.push(time);
          }
          for (const [index, start] of taken.entries())
            for (const [further, end] of taken.slice(index).entries())
              expect(further + 1).toBeLessThanOrEqual(
                burst + Math.floor((end - start) / intervalSeconds),
              );
        },
      ),
      { seed, numRuns: 25 },
    );
  });
});
