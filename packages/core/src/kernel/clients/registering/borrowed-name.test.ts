import { describe, expect, it } from 'vitest';
import { borrowsName, namesOfService } from './borrowed-name.ts';

const reserved = namesOfService('Sunrise Buildings');

describe('a client name that imitates the name of the service', () => {
  it.each([
    ['as it is', 'Sunrise Buildings'],
    ['its first word', 'Sunrise Security Check'],
    ['in another case', 'SUNRISE login'],
    ['within a word', 'MySunriseHelper'],
    ['with spaces between', 'S u n r i s e'],
    ['with signs between', 'Sun-rise.'],
    ['with digits for letters', '5unr1se Support'],
    ['with l for i', 'Sunrlse Support'],
    ['with a mark on a letter', 'Sunrisé'],
    ['in letters of mathematics', '𝐒𝐮𝐧𝐫𝐢𝐬𝐞'],
    ['in full width', 'Ｓｕｎｒｉｓｅ'],
    ['in circles', 'Ⓢⓤⓝⓡⓘⓢⓔ'],
    ['in flags', '🇸🇺🇳🇷🇮🇸🇪'],
    ['in Lisu', 'ꓢꓴꓠꓣꓲꓢꓰ'],
    ['with Cyrillic among it', 'Ѕunrіѕе'],
    ['in small capitals', 'ꜱᴜɴʀɪꜱᴇ'],
  ])('is detected: %s', (_, name) => {
    expect(borrowsName(name, reserved)).toBe(true);
  });

  it.each(['Heatlens', 'Sun Rice', 'Buildings at a Glance', 'Ünrise', '太陽', ''])(
    'is not detected in %j',
    (name) => {
      expect(borrowsName(name, reserved)).toBe(false);
    },
  );

  it('is detected only as a separate word when the reserved name is short', () => {
    expect(borrowsName('Acme Login', ['Acme'])).toBe(true);
    expect(borrowsName('Acmeology', ['Acme'])).toBe(false);
  });

  it('is never detected with an empty list, or with a reserved name without letters', () => {
    expect(borrowsName('Sunrise', [])).toBe(false);
    expect(borrowsName('Sunrise', ['…'])).toBe(false);
  });
});

it.each([
  ['Sunrise Buildings', ['Sunrise Buildings', 'Sunrise']],
  ['The Sunrise', ['The Sunrise', 'Sunrise']],
  ['Keywright', ['Keywright', 'Keywright']],
  ['X', ['X']],
])('for a service called %j, the reserved names are %j', (name, names) => {
  expect(namesOfService(name)).toEqual(names);
});
