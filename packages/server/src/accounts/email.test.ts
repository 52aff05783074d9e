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
  ])('refuses %j', (email) => {
    expect(findEmailProblem(email)).toBeTypeOf('string');
  });
});
