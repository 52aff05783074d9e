import fc, { assert as assertProperty } from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Accent,
  accentPath,
  accentRules,
  accentSheetAt,
  accentTokens,
  type Colour,
  contrastOf,
} from './accent.ts';

const colours = fc
  .integer({ min: 0, max: 0xffffff })
  .map((value): Colour => `#${value.toString(16).padStart(6, '0')}`);
const accents: fc.Arbitrary<Accent> = fc.record({
  light: colours,
  dark: fc.option(colours, { nil: undefined }),
});
const schemes = ['light', 'dark'] as const;

/** WCAG 2.2: 4.5 for text (1.4.3), 3 for what can be pressed and for the focus (1.4.11). */
const pairs: readonly (readonly [front: string, back: string, least: number])[] = [
  ...['surface', 'paper', 'accent-tint'].flatMap((ground) => [
    ['ink', ground, 4.5] as const,
    ['ink-soft', ground, 4.5] as const,
    ['accent', ground, 4.5] as const,
    ['accent-strong', ground, 4.5] as const,
    ['focus', ground, 3] as const,
  ]),
  ['control', 'surface', 3],
  ['on-button', 'button', 4.5],
  ['on-button', 'button-strong', 4.5],
  ['button-line', 'surface', 3],
  ['brass', 'plate', 3],
];

function poorPairs(accent: Accent, scheme: 'light' | 'dark') {
  const tokens = accentTokens(accent, scheme);
  return pairs.filter(
    ([front, back, least]) => contrastOf(tokens[front] ?? '#', tokens[back] ?? '#') < least,
  );
}

describe('the colours that follow from an accent', () => {
  it.each(['#ffffff', '#000000', '#ffd400', '#635bff', '#0a2540', '#767676', '#ff0000'] as const)(
    'are readable for %s, in light and dark',
    (light) => {
      for (const scheme of schemes) expect(poorPairs({ light }, scheme)).toEqual([]);
    },
  );

  it('are readable for any colours', () => {
    assertProperty(
      fc.property(accents, fc.constantFrom(...schemes), (accent, scheme) => {
        expect(poorPairs(accent, scheme)).toEqual([]);
      }),
    );
  });

  it('keep a colour that is readable, and choose black or white for the text on it', () => {
    expect(accentTokens({ light: '#0d5c4a' }, 'light')).toMatchObject({
      accent: '#0d5c4a',
      button: '#0d5c4a',
      'on-button': '#ffffff',
    });
    expect(accentTokens({ light: '#ffd400' }, 'light')).toMatchObject({
      button: '#ffd400',
      'on-button': '#000000',
    });
  });

  it('are the given ones in a dark page, if there is a dark colour', () => {
    expect(accentTokens({ light: '#0d5c4a', dark: '#8ed8be' }, 'dark')).toMatchObject({
      button: '#8ed8be',
      accent: '#8ed8be',
    });
  });

  it('are compared as the recommendation defines it', () => {
    expect(contrastOf('#000000', '#ffffff')).toBe(21);
    expect(contrastOf('#777777', '#ffffff')).toBeCloseTo(4.478, 3);
  });
});

describe('the style sheet of an accent', () => {
  it('is found by the path that it is linked by, and has nothing else', () => {
    assertProperty(
      fc.property(accents, (accent) => {
        const sheet = accentSheetAt(accentPath(accent)) ?? '';
        expect(sheet).toBe(accentRules(accent));
        expect(sheet).toMatch(
          /^:root\{(--[a-z-]+:#[0-9a-f]{6};)+\}\n@media \(prefers-color-scheme:dark\)\{:root\{(--[a-z-]+:#[0-9a-f]{6};)+\}\}\n$/,
        );
      }),
    );
  });

  it.each([
    ['a colour with a rule', '#fff}body{x'],
    ['a colour with an address', 'url(//x)'],
    ['a long colour', '#0d5c4a00'],
    ['capitals', '#0D5C4A'],
  ])('is not found for %s', (_, light) => {
    expect(accentSheetAt(accentPath({ light: light as Colour }))).toBeUndefined();
  });

  it('is not found by the path of another release', () => {
    const path = accentPath({ light: '#0d5c4a' }).replace(/\.[0-9a-f]{8}\./, '.00000000.');
    expect(accentSheetAt(path)).toBeUndefined();
  });
});
