import { expect, it } from 'vitest';
import { nearestName } from './given.ts';

const names = ['issuer', 'audience', 'keys', 'keysStaleSeconds', 'clockToleranceSeconds', 'dpop'];

it.each([
  ['isuer', 'issuer'],
  ['issuers', 'issuer'],
  ['Audience', 'audience'],
  ['key', 'keys'],
  ['keyStaleSeconds', 'keysStaleSeconds'],
  ['clockTolerance', 'clockToleranceSeconds'],
  ['clock_tolerance_seconds', 'clockToleranceSeconds'],
  ['dpops', 'dpop'],
])('the name that is nearest to %s is %s', (name, nearest) => {
  expect(nearestName(name, names)).toBe(nearest);
});

it('some name is the nearest to one that is like none', () => {
  expect(names).toContain(nearestName('', names));
  expect(names).toContain(nearestName('zzz', names));
});
