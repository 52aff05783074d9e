import { expect, test } from 'vitest';
import { nearest } from './nearest.ts';

test('a name that is nearly a known one is taken for it', () => {
  expect(nearest('isuer', ['issuer', 'database'])).toBe('; did you mean issuer?');
});

test('any other name is answered with the known ones', () => {
  expect(nearest('colour', ['issuer', 'database'])).toBe('; known are issuer, database');
});
