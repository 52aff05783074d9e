import { describe, expect, it } from 'vitest';
import { headerPart, quoted, renderPolicy } from './header-value.ts';

describe('a content policy', () => {
  it('is its directives with their sources, without those that have none', () => {
    const policy = {
      'default-src': ["'none'"],
      'frame-src': [],
      'form-action': ["'self'", 'https:'],
    };
    expect(renderPolicy(policy)).toBe("default-src 'none'; form-action 'self' https:");
  });

  it.each([
    'https://x.example;frame-ancestors',
    'https://x.example,script-src',
    "https://x.example 'unsafe-inline'",
    'https://x.example\nx',
    'https://bücher.example',
  ])('holds no source that would be more than one: %j', (source) => {
    expect(() => renderPolicy({ 'frame-src': [source] })).toThrow('delimiter');
  });
});

it('a quoted string holds no quote, no backslash and no control character', () => {
  expect(quoted('https://as.example/a;b, c')).toBe('"https://as.example/a;b, c"');
  for (const text of ['a"b', 'a\\b', 'a\r\nb', 'a\0b', 'é'])
    expect(() => quoted(text)).toThrow('delimiter');
});

it('a part is given back as it is', () => {
  expect(headerPart('abc', ';')).toBe('abc');
});
