import type { Account, AccountStore } from '@keywright/core';
import { describe, expect, test } from 'vitest';
import { addAccount, createAccounts } from './accounts.ts';

/** The two verbs that are used here; the real store has its own suite. */
function createStore() {
  const accounts = new Map<string, Account>();
  return {
    accounts,
    store: {
      loadByEmailKey: (key: string) => Promise.resolve(accounts.get(key)),
      add: (account: Account) => {
        if (accounts.has(account.emailKey)) return Promise.resolve(false);
        accounts.set(account.emailKey, account);
        return Promise.resolve(true);
      },
    } as AccountStore,
  };
}

const context = { now: 1000, random: { bytes: (length: number) => new Uint8Array(length).fill(7) } };
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

  test('refuses an address that has an account in any spelling', async () => {
    const { store } = createStore();
    await addAccount(store, ada, context);
    await expect(addAccount(store, { ...ada, email: 'ada@EXAMPLE.com' }, context)).rejects.toThrow(
      'email: already has an account',
    );
  });

  test('says everything that is wrong at once, with its path', async () => {
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

  test('takes a strong hash in place of a password, and not both', async () => {
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
    return { account, accounts, port: createAccounts(store) };
  }

  test('verifies the right password under any spelling of the address', async () => {
    const { account, port } = await createVerified();
    expect(await port.verifyPassword(' ADA@example.com', ada.password)).toEqual({
      outcome: 'verified',
      account,
    });
  });

  test('says the same for a wrong password, an unknown address and a disabled account', async () => {
    const { account, accounts, port } = await createVerified();
    expect(await port.verifyPassword(ada.email, 'wrong password')).toEqual({ outcome: 'wrong' });
    expect(await port.verifyPassword('eve@example.com', ada.password)).toEqual({ outcome: 'wrong' });
    accounts.set(account.emailKey, { ...account, status: 'disabled' });
    expect(await port.verifyPassword(ada.email, ada.password)).toEqual({ outcome: 'wrong' });
  });

  test('is busy when too many wait: nothing is tried', async () => {
    const { store } = createStore();
    const port = createAccounts(store, { pass: () => Promise.resolve(undefined) });
    expect(await port.verifyPassword(ada.email, ada.password)).toEqual({
      outcome: 'busy',
      retryAfterSeconds: 1,
    });
  });
});
