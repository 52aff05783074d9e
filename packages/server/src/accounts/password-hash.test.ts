import { describe, expect, test } from 'vitest';
import { hashPassword, isStrongHash, verifyPasswordHash } from './password-hash.ts';

describe('password hashes', () => {
  test('are argon2id PHC strings with 19 MiB, two passes and one lane', async () => {
    const hash = await hashPassword('correct horse battery staple');
    expect(hash).toMatch(
      /^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/,
    );
    expect(await verifyPasswordHash(hash, 'correct horse battery staple')).toBe(true);
    expect(await verifyPasswordHash(hash, 'correct horse battery stapl')).toBe(false);
  });

  test('are different each time for one password', async () => {
    expect(await hashPassword('correct horse')).not.toBe(await hashPassword('correct horse'));
  });

  test('accept a password in any Unicode normal form, and use all of it', async () => {
    const hash = await hashPassword(`caf\u00e9${'x'.repeat(500)}`);
    expect(await verifyPasswordHash(hash, `cafe\u0301${'x'.repeat(500)}`)).toBe(true);
    expect(await verifyPasswordHash(hash, `caf\u00e9${'x'.repeat(501)}`)).toBe(false);
  });

  test('are verified with the parameters of the string', async () => {
    // Made by the reference implementation: echo -n password | argon2 somesalt -id -t 2 -k 65536 -p
    // 1 -l 24
    const reference =
      '$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc';
    expect(await verifyPasswordHash(reference, 'password')).toBe(true);
    expect(await verifyPasswordHash(reference, 'Password')).toBe(false);
  });

  test('take the same time without an account, and never match', async () => {
    expect(await verifyPasswordHash(undefined, '')).toBe(false);
  });

  test.each([
    [
      'another algorithm',
      '$argon2i$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2E$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc',
    ],
    [
      'too little work',
      '$argon2id$v=19$m=4096,t=1,p=1$c29tZXNhbHRzb21lc2E$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc',
    ],
    [
      'too much memory',
      '$argon2id$v=19$m=9999999,t=2,p=1$c29tZXNhbHRzb21lc2E$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc',
    ],
    ['no hash at all', 'password'],
  ])('are not strong enough for the configuration: %s', (_, text) => {
    expect(isStrongHash(text)).toBe(false);
  });
});
