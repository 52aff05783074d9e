import { describe, expect, it } from 'vitest';
import { headerPart, quoted, renderPolicy } from './header-value.ts';

describe('the value of a content security policy', () => {
  it('has the directives with their sources, and leaves out directives without sources', () => {
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
  ])('cannot have a source that would be read as several: %j', (source) => {
    expect(() => renderPolicy({ 'frame-src': [source] })).toThrow('delimiter');
  });
});

it('a quoted string cannot contain a quote, a backslash or a control character', () => {
  expect(quoted('https://as.example/a;b, c')).toBe('"https://as.example/a;b, c"');
  for (const text of ['a"b', 'a\\b', 'a\r\nb', 'a\0b', 'é'])
    expect(() => quoted(text)).toThrow('delimiter');
});

it('a safe part of a header value is returned unchanged', () => {
  expect(headerPart('abc', ';')).toBe('abc');
});
