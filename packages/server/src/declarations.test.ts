import { type Client, registerApi, registerClient, type Store } from '@keywright/core';
import { openSqliteStore } from '@keywright/store';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { applyDeclarations } from './declarations.ts';

let counter = 0;
const random = {
  bytes: (length: number) => {
    counter += 1;
    return new Uint8Array(length).fill(counter);
  },
};
const context = { now: 1000, random };
const none = { apis: [], clients: [], accounts: [] };
const api = registerApi(
  { identifier: 'https://api.example', name: 'API', scopes: [{ name: 'read', description: 'See it' }] },
  { apis: [], origin: 'config' },
);

function client(origin: Client['origin'] = 'config', now = 1000): Client {
  const input = {
    client_id: 'service',
    client_secret: 's'.repeat(43),
    kind: 'service',
    trust: 'first-party',
    client_name: 'Service',
    scope: 'read',
  };
  return registerClient(input, { now, random, apis: [api], origin }).client;
}

const ada = { email: 'ada@example.com', name: 'Ada', password: 'tangle ember orbit', email_verified: true };

let store: Store;
beforeEach(async () => {
  store = await openSqliteStore({ file: ':memory:' });
});
afterEach(() => store.close());

describe('what the configuration declares', () => {
  test('stands in the store after a start', async () => {
    await applyDeclarations(store, { apis: [api], clients: [client()], accounts: [ada] }, context);
    expect(await store.apis.list()).toEqual([api]);
    expect(await store.clients.load('service')).toMatchObject({ status: 'active', origin: 'config' });
    expect(await store.accounts.loadByEmailKey('ada@example.com')).toMatchObject({
      name: 'Ada',
      emailVerified: true,
    });
  });

  test('keeps its history when it has not changed', async () => {
    await applyDeclarations(store, { ...none, clients: [client()] }, context);
    const first = await store.clients.load('service');
    await applyDeclarations(store, { ...none, clients: [client('config', 2000)] }, { ...context, now: 2000 });
    expect(await store.clients.load('service')).toEqual(first);
  });

  test('is disabled, or removed, when it is no longer declared', async () => {
    await applyDeclarations(store, { ...none, apis: [api], clients: [client()] }, context);
    await applyDeclarations(store, none, context);
    expect(await store.apis.list()).toEqual([]);
    expect(await store.clients.load('service')).toMatchObject({ status: 'disabled' });
  });

  test('never touches what was added by command', async () => {
    await store.clients.save(client('command'));
    await applyDeclarations(store, none, context);
    expect(await store.clients.load('service')).toMatchObject({ status: 'active' });
    const takeover = applyDeclarations(store, { ...none, clients: [client()] }, context);
    await expect(takeover).rejects.toThrow('was added by command');
  });

  test('never resets the password of an account that exists', async () => {
    await applyDeclarations(store, { ...none, accounts: [ada] }, context);
    const first = await store.accounts.loadByEmailKey('ada@example.com');
    await applyDeclarations(
      store,
      { ...none, accounts: [{ ...ada, password: 'another long one' }] },
      context,
    );
    expect(await store.accounts.loadByEmailKey('ada@example.com')).toEqual(first);
  });

  test('is refused with its place when an account cannot be added', async () => {
    const weak = applyDeclarations(
      store,
      { ...none, accounts: [ada, { ...ada, email: 'b@example.com', password: 'password' }] },
      context,
    );
    await expect(weak).rejects.toThrow('accounts[1].password');
  });
});
