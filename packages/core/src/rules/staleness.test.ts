import { expect, it } from 'vitest';
import { isYoung } from './staleness.ts';

it.each([
  [100, 100, true],
  [100, 104, true],
  [100, 105, false],
  [100, 99, false],
  [3700, 100, false],
])('what was remembered at %i is young at %i: %s', (at, now, expected) => {
  expect(isYoung(at, now, 5)).toBe(expected);
});

it('nothing is young that may not be remembered at all', () => {
  expect(isYoung(100, 100, 0)).toBe(false);
});
