import { expect, it } from 'vitest';
import { unknownNames } from './given.ts';

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
])('an unknown name is reported with the nearest known one: %s, %s', (name, nearest) => {
  expect(unknownNames({ issuer: 1, [name]: 1 }, names)).toEqual([[name, nearest]]);
});

it('some name is the nearest to one that is like none', () => {
  for (const [, nearest] of unknownNames({ '': 1, zzz: 1 }, names))
    expect(names).toContain(nearest);
});
