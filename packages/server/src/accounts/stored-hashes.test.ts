import { describe, expect, test } from 'vitest';
import { hashPassword, isOutdated, isStrongHash, verifyPasswordHash } from './password-hash.ts';
import { parseStoredHash } from './stored-hashes.ts';

const password = 'grünes Moos 7';

/** Made by the programs in the names, or published by the projects that use the form. */
const hashes: readonly (readonly [name: string, hash: string, password: string])[] = [
  [
    'argon2i of the reference implementation',
    '$argon2i$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$wWKIMhR9lyDFvRz9YTZweHKfbftvj+qf+YFY4NeBbtA',
    'password',
  ],
  ['bcrypt of libxcrypt', '$2b$05$abcdefghijklmnopqrstuuf4BiuN78kmygoBTk7OMgGnRt4eMt5wi', password],
  ['bcrypt $2a$', '$2a$05$abcdefghijklmnopqrstuuf4BiuN78kmygoBTk7OMgGnRt4eMt5wi', password],
  ['bcrypt of htpasswd', '$2y$05$Gc24rpGHCYdv1/llV49dlOUKqYjobcTMaB/jnsJvHpNl60j6uDk.u', password],
  [
    'scrypt of Python',
    '$scrypt$ln=10,r=8,p=2$cGVwcGVybGVzcyBzYWx0$GepIrMlpbfw9vpYNtYIiRAxA9Yrn9SBHemrxLWeAwy4',
    password,
  ],
  [
    'the example of Firebase scrypt',
    '$firescrypt$ln=14,r=8,p=1$42xEC+ixf3L2lw==$lSrfV15cpx95/sZS2W9c9Kp6i/LVgQNDNC/qzrCnh1SAyZvqmZqAjTdn3aoItz+VHjoZilo78198JAdRuid5lQ==$Bw==$jxspr8Ki0RYycVU8zykbdLGjFQ3McFUH0uiiTvC8pVMXAn210wjLNmdZJzxUECKbm0QsEmYUSDzZvpjeJ9WmXA==',
    'user1password',
  ],
  ['PBKDF2 with SHA-1', '$pbkdf2$1200$c29tZSBzYWx0$y/hXohPGIea6.5MRP1fxqDrtdJ0', password],
  [
    'PBKDF2 with SHA-256',
    '$pbkdf2-sha256$1200$c29tZSBzYWx0$uz0GCSRrqaoMWdxd/VgJvB0BZT7Nn2TGOEWpdggpQAg',
    password,
  ],
  [
    'PBKDF2 with SHA-512',
    '$pbkdf2-sha512$1200$c29tZSBzYWx0$HUZ3db6UgV162iBSiZ5h8lsHFxK2XL9Rq3yfml0Crt9DRLAHNROcC.v6CtQVnRkSjxqd.3zgT6PO.TFtdqCvUg',
    password,
  ],
  [
    'PBKDF2 as a PHC string',
    '$pbkdf2-sha512$i=1200,l=32$c29tZSBzYWx0$HUZ3db6UgV162iBSiZ5h8lsHFxK2XL9Rq3yfml0Crt8',
    password,
  ],
  [
    'PBKDF2 of Django',
    'pbkdf2_sha256$1200$textsalt$52TLBt21RpxMHGW6lMu/6sdh7ap7iOVXX0N0qrtIH0g=',
    password,
  ],
  ['the example of phpass', '$P$9IQRaTwmfeRo7ud9Fh4E2PdI0S3r.L0', 'test12345'],
  ['phpass of phpBB', '$H$9IQRaTwmfeRo7ud9Fh4E2PdI0S3r.L0', 'test12345'],
  ['salted SHA-1', '{SSHA}itZUPirSkPjvd7qixxyOeg00JE9zYWx0c2FsdA==', password],
  ['salted SHA-256', '{SSHA256}KkZwsbJQYUfMLS2X/BLF3KWrnX66UEtlksUBMUt3h0hzYWx0c2FsdA==', password],
  [
    'salted SHA-512',
    '{SSHA512}vXIa/cQH5ouGskF81SAmW6C1erXVOPkEeMmGw+ekT0p+Qi9UWb2Fd4hRxNnUMD+gjrzILDyzViErmgnWjx0i2nNhbHRzYWx0',
    password,
  ],
];

describe('a password hash of another system', () => {
  test.each(hashes)('takes its password and no other: %s', async (_, hash, right) => {
    expect(await verifyPasswordHash(hash, right)).toBe(true);
    expect(await verifyPasswordHash(hash, `${right} `)).toBe(false);
    expect(await verifyPasswordHash(hash, '')).toBe(false);
    expect(await verifyPasswordHash(hash, `${right}\0`)).toBe(false);
  });

  test.each(hashes)('is replaced at the first right sign-in: %s', (_, hash) => {
    expect(isOutdated(hash)).toBe(true);
    expect(isStrongHash(hash)).toBe(false);
  });

  test('is not an own one', async () => {
    const hash = await hashPassword(password);
    expect([isOutdated(hash), isStrongHash(hash)]).toEqual([false, true]);
  });

  test.each([
    [
      'bcrypt with a cost that takes seconds',
      '$2b$15$abcdefghijklmnopqrstuuf4BiuN78kmygoBTk7OMgGnRt4eMt5wi',
    ],
    [
      'bcrypt of the implementation with a fault',
      '$2x$05$abcdefghijklmnopqrstuuf4BiuN78kmygoBTk7OMgGnRt4eMt5wi',
    ],
    ['bcrypt that is cut', '$2b$05$abcdefghijklmnopqrstuuf4BiuN78kmygoBTk7OMgGnRt4eMt5w'],
    [
      'scrypt with a gigabyte',
      '$scrypt$ln=20,r=8,p=1$cGVwcGVybGVzcyBzYWx0$GepIrMlpbfw9vpYNtYIiRAxA9Yrn9SBHemrxLWeAwy4',
    ],
    [
      'scrypt without rounds',
      '$scrypt$ln=0,r=8,p=1$cGVwcGVybGVzcyBzYWx0$GepIrMlpbfw9vpYNtYIiRAxA9Yrn9SBHemrxLWeAwy4',
    ],
    [
      'PBKDF2 with more than two million rounds',
      '$pbkdf2-sha256$2000001$c29tZSBzYWx0$uz0GCSRrqaoMWdxd/VgJvB0BZT7Nn2TGOEWpdggpQAg',
    ],
    [
      'PBKDF2 without rounds',
      '$pbkdf2-sha256$0$c29tZSBzYWx0$uz0GCSRrqaoMWdxd/VgJvB0BZT7Nn2TGOEWpdggpQAg',
    ],
    ['a PBKDF2 of a few bytes', 'pbkdf2_sha256$1200$textsalt$52TLBt21RpxMHGW6'],
    ['phpass with a million rounds', '$P$IIQRaTwmfeRo7ud9Fh4E2PdI0S3r.L0'],
    ['a SHA-1 without a salt', '{SSHA}itZUPirSkPjvd7qixxyOeg00JE8='],
    ['a plain SHA-1', '{SHA}itZUPirSkPjvd7qixxyOeg00JE8='],
    [
      'argon2id with too much memory',
      '$argon2id$v=19$m=9999999,t=2,p=1$c29tZXNhbHRzb21lc2E$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc',
    ],
    [
      'argon2id with less memory than it works with',
      '$argon2id$v=19$m=7,t=2,p=1$c29tZXNhbHRzb21lc2E$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc',
    ],
    ['a password', 'password'],
    ['nothing', ''],
    ['two lines', '$2b$05$abcdefghijklmnopqrstuuf4BiuN78kmygoBTk7OMgGnRt4eMt5wi\n'],
  ])('is refused: %s', (_, text) => {
    expect(parseStoredHash(text)).toBeUndefined();
  });
});
