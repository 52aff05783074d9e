import { expect, it } from 'vitest';
import { isYoung } from './staleness.ts';

it.each([
  [100, 100, true],
  [100, 104, true],
  [100, 105, false],
  [100, 99, false],
  [3700, 100, false],
])('a value that was stored at %i is fresh at %i: %s', (at, now, expected) => {
  expect(isYoung(at, now, 5)).toBe(expected);
});

it('no value is fresh if its maximum age is zero', () => {
  expect(isYoung(100, 100, 0)).toBe(false);
});
