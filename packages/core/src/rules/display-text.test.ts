import { expect, it } from 'vitest';
import { refuseDisplayText } from './display-text.ts';

it.each(['Heatlens', 'Nordwind & Söhne', '日本語', '<b>'])('%j may be shown', (text) => {
  expect(refuseDisplayText(text)).toBeUndefined();
});

it.each([
  ['a NUL', 'a\0b'],
  ['a line feed', 'a\nb'],
  ['a mark that turns text around', 'a\u202Eb'],
  ['a zero-width space', 'a\u200Bb'],
  ['a line separator', 'a\u2028b'],
  // Databases store it as another character: the answer would say what is not there.
  ['half of a character', 'a\uD800b'],
  ['a character of nobody’s', 'a\uF8FFb'],
])('a text with %s may not be shown', (_what, text) => {
  expect(refuseDisplayText(text)).toBe('must not have control or invisible characters');
});

it.each(['', '  ', 'a'.repeat(101)])('a text is 1 to 100 characters long: %j', (text) => {
  expect(refuseDisplayText(text)).toBe('must have 1 to 100 characters');
});
