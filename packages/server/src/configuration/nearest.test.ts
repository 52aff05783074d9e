import { expect, test } from 'vitest';
import { nearest } from './nearest.ts';

test('a name that is similar to a known one gets that one as the suggestion', () => {
  expect(nearest('isuer', ['issuer', 'database'])).toBe('; did you mean issuer?');
});

test('any other unknown name is answered with the known ones', () => {
  expect(nearest('colour', ['issuer', 'database'])).toBe('; known are issuer, database');
});
