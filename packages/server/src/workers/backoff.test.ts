import { expect, it } from 'vitest';
import { createBackoff } from './backoff.ts';

it('a worker that had served is restarted at once, and then after pauses that double, up to ten seconds', () => {
  const backoff = createBackoff();
  expect(backoff.next(5000)).toBe(0);
  expect([backoff.next(10), backoff.next(10), backoff.next(0), backoff.next(0)]).toEqual([
    200, 400, 800, 1600,
  ]);
  expect(Array.from({ length: 5 }, () => backoff.next(0)).at(-1)).toBe(10_000);
});

it('the pauses start anew after a worker that served for half a minute', () => {
  const backoff = createBackoff();
  for (let failures = 0; failures < 10; failures += 1) backoff.next(0);
  expect(backoff.next(30_000)).toBe(0);
});

it('the pauses apply from the start to a worker that never served', () => {
  expect(createBackoff().next(0)).toBe(100);
});
