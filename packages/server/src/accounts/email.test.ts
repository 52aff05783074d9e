import { describe, expect, test } from 'vitest';
import { emailKey, findEmailProblem } from './email.ts';

describe('emailKey', () => {
  test('is the same for two spellings of one address', () => {
    expect(emailKey('  Ada@Example.COM ')).toBe('ada@example.com');
    expect(emailKey('ａｄａ@example.com')).toBe('ada@example.com');
    expect(emailKey('ada@bücher.example')).toBe(emailKey('ada@xn--bcher-kva.example'));
  });

  test('returns a key for any text', () => {
    expect(emailKey('Nobody')).toBe('nobody');
    expect(emailKey('a@b c')).toBe('a@b c');
  });

  test.each(['#', '/', '?', '\\', '\t', '%2E', '\u00AD'])(
    'takes no domain out of one that has %j in it',
    (character) => {
      const email = `boss@sunrise.example${character}.evil.example`;
      expect(emailKey(email)).not.toBe('boss@sunrise.example');
      expect(findEmailProblem(email)).toBeTypeOf('string');
    },
  );

  test('is an address that is not refused for a domain of any script', () => {
    for (const domain of ['bücher.example', 'BÜCHER.example', '例え.テスト', 'faß.example'])
      expect(findEmailProblem(`ada@${domain}`)).toBeUndefined();
  });
});

describe('findEmailProblem', () => {
  test.each(['ada@example.com', 'ada.l+tag@localhost', "o'hara@bücher.example"])(
    'accepts %s',
    (email) => {
      expect(findEmailProblem(email)).toBeUndefined();
    },
  );

  test.each([
    'ada',
    '@example.com',
    'ada@',
    'a b@example.com',
    'ada@exa mple',
    'ada@a..b',
    `${'a'.repeat(65)}@b.c`,
    'a\0@b.c',
    `ada@${' '.repeat(300)}b.c`,
    `${' '.repeat(60_000)}ada@example.com`,
  ])('refuses %j', (email) => {
    expect(findEmailProblem(email)).toBeTypeOf('string');
  });
});
