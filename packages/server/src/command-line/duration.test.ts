import { expect, it } from 'vitest';
import { parseDuration } from './duration.ts';

it.each([
  ['90d', 7_776_000],
  ['24h', 86_400],
  ['30m', 1800],
  ['45s', 45],
  ['0s', 0],
])('the duration %s is %i seconds', (text, seconds) => {
  expect(parseDuration(text, '--expires')).toBe(seconds);
});

it.each(['', '90', 'd', '1.5h', '-1d', '1w', '1 d', '1d2h', '1e3s', '1D', '9999999999s'])(
  'the text %j is no duration, and the error names the flag',
  (text) => {
    expect(() => parseDuration(text, '--expires')).toThrow(
      '--expires must be a time span such as 90d',
    );
  },
);
