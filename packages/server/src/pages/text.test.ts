import { expect, test } from 'vitest';
import { initialOf, showCode, showName, showText } from './text.ts';

test('invisible characters in a text become visible ones', () => {
  expect(showText('a\0b\u202ec\u2066d\x7f')).toBe('a\ufffdb\ufffdc\ufffdd\ufffd');
});

test('white space of any kind in a text becomes one space', () => {
  expect(showText('  a\r\n\tb\u2028c ')).toBe('a b c');
});

test('half of a surrogate pair in a text is replaced', () => {
  expect(showText('a\ud83d')).toBe('a\ufffd');
});

test('right-to-left text is not changed', () => {
  expect(showText('שלום, عالم')).toBe('שלום, عالم');
});

test('a name is cut after 80 characters as a reader counts them', () => {
  expect(showName('x'.repeat(80))).toBe('x'.repeat(80));
  expect(showName('x'.repeat(81))).toBe(`${'x'.repeat(80)}…`);
  expect(showName('👩‍🚀'.repeat(81))).toBe(`${'👩‍🚀'.repeat(80)}…`);
});

test('many combining marks on one letter are removed', () => {
  expect(showName(`a${'\u0301'.repeat(500)}b`)).toBe(`a${'\u0301'.repeat(15)}b`);
});

test('a text for a developer shows each character, and its length is bounded', () => {
  expect(showCode('https://a.example/cb?x=1#y')).toBe('https://a.example/cb?x=1#y');
  expect(showCode('a b\u200b\u202eс\ud83d😀')).toBe(
    'a\\u{20}b\\u{200b}\\u{202e}\\u{441}\\u{d83d}\\u{1f600}',
  );
  expect(showCode('x'.repeat(301))).toBe(`${'x'.repeat(300)}… (301 characters in all)`);
});

test.each([
  ['Heatlens', 'H'],
  ['"><script>', 'S'],
  ['  été', 'É'],
  ['3D Print', '3'],
  ['שלום', 'ש'],
  ['🔥🔥', '?'],
  ['', '?'],
])('the initial of %j is %s', (name, initial) => {
  expect(initialOf(name)).toBe(initial);
});
