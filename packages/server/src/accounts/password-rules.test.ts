import { describe, expect, test } from 'vitest';
import { findPasswordProblem } from './password-rules.ts';

const problem = (password: string) => findPasswordProblem(password, 'ada@example.com');

describe('a chosen password', () => {
  test('may be any long and uncommon text', async () => {
    expect(await problem('tangle ember orbit quill')).toBeUndefined();
    expect(await problem('ünüsüäl-пароль')).toBeUndefined();
  });

  test('is refused when it is shorter than 8 or longer than 1024 characters', async () => {
    expect(await problem('tangle7')).toContain('at least 8');
    expect(await problem('x'.repeat(1025))).toContain('at most 1024');
  });

  test.each(['password', 'Password', '12345678', 'iloveyou', 'qwertyuiop'])(
    'is refused when it is common: %s',
    async (password) => {
      expect(await problem(password)).toContain('attackers try first');
    },
  );

  test('is refused when it is the address or its first part', async () => {
    expect(await problem('Ada@Example.com')).toContain('e-mail');
    expect(await findPasswordProblem('ada.lovelace', 'ada.lovelace@example.com')).toContain(
      'e-mail',
    );
  });
});
