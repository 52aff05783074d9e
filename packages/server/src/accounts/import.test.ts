import { createHmac, randomBytes } from 'node:crypto';
import { openStore } from '@keywright/store';
import type { Store } from '@keywright/core';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createAccounts } from './accounts.ts';
import type { Hashing } from './hashing.ts';
import { importAccounts, type LineFault } from './import.ts';
import { isOutdated } from './password-hash.ts';

const now = 1_800_000_000;
const context = { now, random: { bytes: (length: number) => randomBytes(length) } };
const bcrypt = '$2y$05$Gc24rpGHCYdv1/llV49dlOUKqYjobcTMaB/jnsJvHpNl60j6uDk.u';

const vault = {
  mac: (purpose: string, data: string) =>
    createHmac('sha256', purpose).update(data).digest('base64url'),
};

let store: Store;
beforeEach(async () => {
  store = await openStore({ database: ':memory:', clock: { nowSeconds: () => now } });
});
afterEach(() => store.close());

async function* inChunks(text: string, size: number): AsyncGenerator<Buffer> {
  const bytes = Buffer.from(text);
  for (let start = 0; start < bytes.length; start += size)
    yield await Promise.resolve(bytes.subarray(start, start + size));
}

/** An object is a line of JSON. */
async function bring(lines: readonly (object | string)[], size = 1000) {
  const text = lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line)));
  const faults: LineFault[] = [];
  const chunks = inChunks(text.join('\n'), size);
  const outcome = await importAccounts(chunks, store, context, (fault) => faults.push(fault));
  return { outcome, faults };
}

describe('the import of accounts', () => {
  test('adds each account with its password, which signs the user in and is hashed again', async () => {
    const ada = {
      email: 'Ada@Example.com',
      name: 'Ada Lovelace',
      email_verified: true,
      password_hash: bcrypt,
      claims: { given_name: 'Ada' },
      created_at: 1_500_000_000,
    };
    const { outcome, faults } = await bring([ada]);
    expect([outcome, faults]).toEqual([{ added: 1, known: 0, faults: 0 }, []]);
    expect(await store.accounts.loadByEmailKey('ada@example.com')).toEqual({
      id: expect.stringMatching(/^usr_[\w-]{22}$/),
      email: 'Ada@Example.com',
      emailKey: 'ada@example.com',
      emailVerified: true,
      name: 'Ada Lovelace',
      passwordHash: bcrypt,
      status: 'active',
      createdAt: 1_500_000_000,
      claims: { given_name: 'Ada' },
    });
    const accounts = createAccounts(store.accounts, vault);
    const wrong = await accounts.verifyPassword('ada@example.com', 'grünes Moos 8');
    expect(wrong.outcome).toBe('wrong');
    const right = await accounts.verifyPassword('ada@example.com', 'grünes Moos 7');
    expect(right.outcome).toBe('verified');
    const { passwordHash = '' } = (await store.accounts.loadByEmailKey('ada@example.com')) ?? {};
    expect([passwordHash.slice(0, 10), isOutdated(passwordHash)]).toEqual(['$argon2id$', false]);
    const again = await accounts.verifyPassword('ada@example.com', 'grünes Moos 7');
    expect(again.outcome).toBe('verified');
  });

  test('takes accounts without a password, without a name, and disabled ones', async () => {
    await bring([
      { email: 'joan@example.com' },
      { email: 'old@example.com', disabled: true },
      '',
      ' ',
    ]);
    const joan = await store.accounts.loadByEmailKey('joan@example.com');
    expect([joan?.name, joan?.passwordHash]).toEqual(['joan@example.com', '']);
    expect((await store.accounts.loadByEmailKey('old@example.com'))?.status).toBe('disabled');
  });

  test('says the line and the reason of every fault, and adds all other lines', async () => {
    const { outcome, faults } = await bring([
      { email: 'one@example.com' },
      'no JSON',
      '[]',
      { email: 'two' },
      { email: 'three@example.com', password: 'plain text' },
      { email: 'four@example.com', password_hash: '5f4dcc3b5aa765d61d8327deb882cf99', name: '\n' },
      { email: 'five@example.com', created_at: 1_800_000_000_000 },
      { email: 'six@example.com', id: 'usr_6' },
      { email: 'seven@example.com', claims: { email: 'eight@example.com' } },
      { email: 'x'.repeat(70_000) },
      { email: 'last@example.com' },
    ]);
    expect(outcome).toEqual({ added: 2, known: 0, faults: 9 });
    expect(faults.map(({ line, message }) => `${line}: ${message}`)).toEqual([
      '2: must be a JSON object',
      '3: must be a JSON object',
      '4: email must be an e-mail address: name@domain',
      '5: password: an account has no such member here',
      expect.stringMatching(/^6: name must be .*; password_hash must be a hash of argon2id/),
      '7: created_at must be in seconds since 1970, and not in the future',
      '8: id: an account has no such member here',
      expect.stringMatching(/^9: claims.email must be one of given_name/),
      '10: is longer than 65536 bytes',
    ]);
    expect(await store.accounts.loadByEmailKey('last@example.com')).toBeDefined();
  });

  test.each([1, 7, 64, 5000])('reads the same lines from pieces of %i bytes', async (size) => {
    const lines = Array.from({ length: 20 }, (_, n) => ({ email: `p${n}@example.com`, name: 'Ü' }));
    const { outcome } = await bring(
      [...lines.slice(0, 10), 'x'.repeat(66_000), ...lines.slice(10)],
      size,
    );
    expect(outcome).toEqual({ added: 20, known: 0, faults: 1 });
    expect((await store.accounts.loadByEmailKey('p19@example.com'))?.name).toBe('Ü');
  });

  test('can be repeated: an account that exists stays as it is', async () => {
    const lines = Array.from({ length: 2500 }, (_, n) => ({ email: `person${n}@example.com` }));
    expect((await bring(lines.slice(0, 1700))).outcome).toEqual({
      added: 1700,
      known: 0,
      faults: 0,
    });
    const before = await store.accounts.loadByEmailKey('person3@example.com');
    const again = await bring([...lines, { email: 'PERSON3@example.com', name: 'Another' }]);
    expect(again.outcome).toEqual({ added: 800, known: 1701, faults: 0 });
    expect(await store.accounts.loadByEmailKey('person3@example.com')).toEqual(before);
  });

  test('leaves unknown addresses the same mix of hashes as known ones, so that no time tells them apart', async () => {
    const argon2 =
      '$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2E$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc';
    await bring(
      Array.from({ length: 200 }, (_, n) => ({
        email: `person${n}@example.com`,
        password_hash: n % 2 === 0 ? bcrypt : argon2,
      })),
    );
    const used: string[] = [];
    const watch = async ({ algorithm }: Hashing) => {
      used.push(algorithm);
      return Promise.resolve(new Uint8Array(algorithm === 'bcrypt' ? 31 : 32));
    };
    const accounts = createAccounts(store.accounts, vault, { pass: (work) => work() }, watch);
    for (let n = 0; n < 60; n += 1) await accounts.verifyPassword(`nobody${n}@example.com`, 'x');
    for (const algorithm of ['bcrypt', 'argon2id'])
      expect(used.filter((one) => one === algorithm).length).toBeGreaterThan(10);
  });

  test('takes a file that begins with a byte order mark, and refuses a line that is not UTF-8', async () => {
    async function* chunks() {
      yield await Promise.resolve(Buffer.from('\uFEFF{"email":"one@example.com"}\r\n'));
      yield Buffer.from('{"email":"two@example.com","name":"Andr\xe9"}', 'latin1');
    }
    const faults: LineFault[] = [];
    const outcome = await importAccounts(chunks(), store, context, (fault) => faults.push(fault));
    expect(outcome).toEqual({ added: 1, known: 0, faults: 1 });
    expect(faults).toEqual([{ line: 2, message: 'is not UTF-8' }]);
  });

  test('stores nothing when it only checks', async () => {
    const chunks = inChunks('{"email":"one@example.com"}\n{}', 10);
    const outcome = await importAccounts(chunks, undefined, context, () => undefined);
    expect(outcome).toEqual({ added: 1, known: 0, faults: 1 });
    expect((await store.accounts.list()).items).toEqual([]);
  });
});
