import { expect, it } from 'vitest';
import { refuseDisplayText } from './display-text.ts';

it.each(['Heatlens', 'Nordwind & Söhne', '日本語', '<b>', 'ก็', 'é', '❤️', '7', '!', '한글'])(
  'the text %j may be shown',
  (text) => {
    expect(refuseDisplayText(text)).toBeUndefined();
  },
);

it.each([
  ['a NUL', 'a\0b'],
  ['a line feed', 'a\nb'],
  ['a mark that turns text around', 'a\u202Eb'],
  ['a zero-width space', 'a\u200Bb'],
  ['a line separator', 'a\u2028b'],
  // Databases store it as another character: the answer would say what is not there.
  ['half of a character', 'a\uD800b'],
  ['a character of nobody’s', 'a\uF8FFb'],
  ['a Hangul filler', 'a\u3164b'],
  ['a Hangul Jungseong filler', 'a\u1160b'],
  ['a Hangul Choseong filler', 'a\u115Fb'],
  ['a halfwidth Hangul filler', 'a\uFFA0b'],
  ['a Braille blank', 'a\u2800b'],
  ['a grapheme joiner', 'a\u034Fb'],
  ['nothing but a Hangul filler', '\u3164'],
  ['nothing but a Braille blank', '\u2800'],
  ['nothing but a grapheme joiner', '\u034F'],
  ['nothing but tags', '\u{E0041}\u{E0042}'],
])('a text with %s may not be shown', (_what, text) => {
  expect(refuseDisplayText(text)).toBe('must not have control or invisible characters');
});

it.each([
  ['a mark without a letter', '\u0301'],
  ['variation selectors', '\uFE0F\u{E0100}'],
  ['spaces of other kinds and marks', '\u3000\u20DD\u2003'],
  ['an object that is not there', '\uFFFC'],
  ['a code point that has no meaning yet', '\u0378'],
])('a text of only %s may not be shown', (_what, text) => {
  expect(refuseDisplayText(text)).toBe('must have a visible character');
});

it.each(['', '  ', 'a'.repeat(101)])('a text must have 1 to 100 characters: %j', (text) => {
  expect(refuseDisplayText(text)).toBe('must have 1 to 100 characters');
});
