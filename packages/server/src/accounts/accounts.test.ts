import type { Account, AccountStore, Paging } from '@keywright/core';
import { createHmac } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { addAccount, createAccounts } from './accounts.ts';
import { computeTagInPool, type Hashing } from './hashing.ts';
import { hashPassword, isOutdated } from './password-hash.ts';

/** The verbs that are used here; the real store has its own suite. */
function createStore() {
  const accounts = new Map<string, Account>();
  return {
    accounts,
    store: {
      loadByEmailKey: (key: string) => Promise.resolve(accounts.get(key)),
      list: ({ after = '' }: Paging = {}) => {
        const items = [...accounts.values()].sort((one, other) => (one.id < other.id ? -1 : 1));
        return Promise.resolve({ items: items.filter(({ id }) => id > after).slice(0, 1) });
      },
      renewPasswordHash: (id: string, formerHash: string, passwordHash: string) => {
        const account = [...accounts.values()].find((one) => one.id === id);
        if (account?.passwordHash !== formerHash) return Promise.resolve(false);
        accounts.set(account.emailKey, { ...account, passwordHash });
        return Promise.resolve(true);
      },
      add: (account: Account) => {
        if (accounts.has(account.emailKey)) return Promise.resolve(false);
        accounts.set(account.emailKey, account);
        return Promise.resolve(true);
      },
    } satisfies Partial<AccountStore> as unknown as AccountStore,
  };
}

const context = {
  now: 1000,
  random: { bytes: (length: number) => new Uint8Array(length).fill(7) },
};
const vault = {
  mac: (purpose: string, data: string) =>
    createHmac('sha256', purpose).update(data).digest('base64url'),
};
const ada = { email: 'Ada@Example.com', name: 'Ada', password: 'tangle ember orbit' };

describe('addAccount', () => {
  test('stores a digest of the password and an id that no client can have', async () => {
    const { store } = createStore();
    const account = await addAccount(store, ada, context);
    expect(account.id).toMatch(/^usr_/);
    expect(account).toMatchObject({
      email: 'Ada@Example.com',
      emailKey: 'ada@example.com',
      emailVerified: false,
    });
    expect(JSON.stringify(account)).not.toContain('tangle');
  });

  test('refuses an address that has an account in another spelling', async () => {
    const { store } = createStore();
    await addAccount(store, ada, context);
    await expect(addAccount(store, { ...ada, email: 'ada@EXAMPLE.com' }, context)).rejects.toThrow(
      'email: already has an account',
    );
  });

  test('reports each problem at once, with its path', async () => {
    const { store } = createStore();
    const wrong = addAccount(
      store,
      { email: 'ada', name: '', password: 'short' },
      { ...context, path: 'accounts[2]' },
    );
    await expect(wrong).rejects.toMatchObject({
      problems: [
        { path: 'accounts[2].email' },
        { path: 'accounts[2].name' },
        { path: 'accounts[2].password' },
      ],
    });
  });

  test('accepts a strong hash or a password, and not both', async () => {
    const { store, accounts } = createStore();
    const { passwordHash } = await addAccount(store, ada, context);
    accounts.clear();
    await addAccount(store, { email: 'ada@example.com', name: 'Ada', passwordHash }, context);
    const both = addAccount(store, { ...ada, email: 'b@example.com', passwordHash }, context);
    await expect(both).rejects.toThrow('give only one');
  });
});

describe('verifyPassword', () => {
  async function createVerified() {
    const { store, accounts } = createStore();
    const account = await addAccount(store, ada, context);
    return { account, accounts, port: createAccounts(store, vault) };
  }

  test('accepts the right password with any spelling of the address', async () => {
    const { account, port } = await createVerified();
    expect(await port.verifyPassword(' ADA@example.com', ada.password)).toEqual({
      outcome: 'verified',
      account,
    });
  });

  test('gives the same answer for a wrong password, an unknown address and a disabled account', async () => {
    const { account, accounts, port } = await createVerified();
    expect(await port.verifyPassword(ada.email, 'wrong password')).toEqual({ outcome: 'wrong' });
    expect(await port.verifyPassword('eve@example.com', ada.password)).toEqual({
      outcome: 'wrong',
    });
    accounts.set(account.emailKey, { ...account, status: 'disabled' });
    expect(await port.verifyPassword(ada.email, ada.password)).toEqual({ outcome: 'wrong' });
  });

  test('answers busy when too many callers wait, without a check', async () => {
    const { store } = createStore();
    const port = createAccounts(store, vault, { pass: () => Promise.resolve(undefined) });
    expect(await port.verifyPassword(ada.email, ada.password)).toEqual({
      outcome: 'busy',
      retryAfterSeconds: 1,
    });
  });
});

describe('accounts that were imported with other hash parameters', () => {
  // Made by the reference implementation: echo -n password | argon2 somesalt -id -t 2 -k 65536 -p 1
  // -l 24
  const imported =
    '$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc';

  /**
   * As many with imported hashes as with current ones; `costs` are what the hasher was asked for.
   */
  async function createBoth() {
    const { store, accounts } = createStore();
    const current = await hashPassword('password');
    for (let n = 0; n < 20; n += 1) {
      const id = `usr_${vault.mac('id', String(n)).slice(0, 22)}`;
      const email = `person${n}@example.com`;
      const passwordHash = n % 2 === 0 ? imported : current;
      await addAccount(store, { email, name: 'A person', passwordHash }, context);
      accounts.set(email, { ...(accounts.get(email) as Account), id });
    }
    const costs: string[] = [];
    const watch = (hashing: Hashing) => {
      if (hashing.algorithm !== 'argon2id') throw new Error('another algorithm');
      costs.push(`${hashing.memory} ${hashing.passes} ${hashing.parallelism}`);
      return computeTagInPool({ ...hashing, memory: 8192, passes: 1 });
    };
    const pass = <T>(work: () => Promise<T>) => work();
    return { store, accounts, costs, cheap: createAccounts(store, vault, { pass }, watch) };
  }

  test('cannot be distinguished from unknown addresses by the hash, and each address keeps its parameters', async () => {
    const { costs, cheap } = await createBoth();
    const ask = async () => {
      costs.length = 0;
      for (let n = 0; n < 60; n += 1)
        await cheap.verifyPassword(`nobody${n}@example.com`, 'password');
      return [...costs];
    };
    const first = await ask();
    expect(first).toHaveLength(60);
    expect(new Set(first)).toEqual(new Set(['65536 2 1', '19456 2 1']));
    for (const cost of new Set(first))
      expect(first.filter((one) => one === cost).length).toBeGreaterThan(10);
    expect(await ask()).toEqual(first);
  });

  test('get a new hash at the first right sign-in, and not at a wrong one', async () => {
    const { store, accounts } = await createBoth();
    const costs: number[] = [];
    const watch = (hashing: Hashing) => {
      if (hashing.algorithm !== 'argon2id') throw new Error('another algorithm');
      costs.push(hashing.memory);
      return computeTagInPool(hashing);
    };
    const port = createAccounts(store, vault, { pass: (work) => work() }, watch);
    const email = 'person0@example.com';
    expect(await port.verifyPassword(email, 'Password')).toEqual({ outcome: 'wrong' });
    expect(accounts.get(email)?.passwordHash).toBe(imported);
    const both = await Promise.all([
      port.verifyPassword(email, 'password'),
      port.verifyPassword(email, 'password'),
    ]);
    const account = accounts.get(email);
    expect(isOutdated(account?.passwordHash ?? '')).toBe(false);
    // Who signs in twice at the same time has one hash, and both know it.
    expect(both).toEqual([
      { outcome: 'verified', account },
      { outcome: 'verified', account },
    ]);
    costs.length = 0;
    expect(await port.verifyPassword(email, 'password')).toEqual({ outcome: 'verified', account });
    expect(costs).toEqual([19_456]);
  });
});
