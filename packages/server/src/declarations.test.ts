import { type Client, registerApi, registerClient, type Store } from '@keywright/core';
import { createVault } from '@keywright/jwt';
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
const vault = createVault(new Uint8Array(32).fill(1));
const context = { now: 1000, random, vault };
const none = { apis: [], clients: [], accounts: [] };
const api = registerApi(
  {
    identifier: 'https://api.example',
    name: 'API',
    scopes: [{ name: 'read', description: 'See it' }],
  },
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

const ada = {
  email: 'ada@example.com',
  name: 'Ada',
  password: 'tangle ember orbit',
  email_verified: true,
};

let store: Store;
beforeEach(async () => {
  store = await openSqliteStore({ file: ':memory:' });
});
afterEach(() => store.close());

describe('an object that the configuration declares', () => {
  test('is in the store after a start', async () => {
    await applyDeclarations(store, { apis: [api], clients: [client()], accounts: [ada] }, context);
    expect(await store.apis.list()).toEqual([api]);
    expect(await store.clients.load('service')).toMatchObject({
      status: 'active',
      origin: 'config',
    });
    expect(await store.accounts.loadByEmailKey('ada@example.com')).toMatchObject({
      name: 'Ada',
      emailVerified: true,
    });
  });

  test('keeps its history when it has not changed', async () => {
    await applyDeclarations(store, { ...none, clients: [client()] }, context);
    const first = await store.clients.load('service');
    await applyDeclarations(
      store,
      { ...none, clients: [client('config', 2000)] },
      { ...context, now: 2000 },
    );
    expect(await store.clients.load('service')).toEqual(first);
  });

  test('has the secret of a client that signs with it sealed, the same at each start, and only while it signs', async () => {
    const signing = { ...client(), authenticationMethods: ['client_secret_jwt'] as const };
    const clientSecrets = new Map([['service', 's'.repeat(43)]]);
    const load = async () => (await store.clients.load('service'))?.secrets[0]?.sealed;
    await applyDeclarations(store, { ...none, clients: [client()] }, context);
    expect(await load()).toBeUndefined();
    await applyDeclarations(store, { ...none, clients: [signing], clientSecrets }, context);
    const sealed = await load();
    expect(sealed).toEqual(expect.any(String));
    await applyDeclarations(store, { ...none, clients: [signing], clientSecrets }, context);
    expect(await load()).toBe(sealed);
    const another = { ...context, vault: createVault(new Uint8Array(32).fill(2)) };
    await applyDeclarations(store, { ...none, clients: [signing], clientSecrets }, another);
    expect(await load()).not.toBe(sealed);
    await applyDeclarations(store, { ...none, clients: [client()] }, context);
    expect(await load()).toBeUndefined();
  });

  test('is disabled, or removed, when it is no longer declared', async () => {
    await applyDeclarations(store, { ...none, apis: [api], clients: [client()] }, context);
    await applyDeclarations(store, none, context);
    expect(await store.apis.list()).toEqual([]);
    expect(await store.clients.load('service')).toMatchObject({ status: 'disabled' });
  });

  test('does not change what was added by command', async () => {
    await store.clients.save(client('command'));
    await applyDeclarations(store, none, context);
    expect(await store.clients.load('service')).toMatchObject({ status: 'active' });
    const takeover = applyDeclarations(store, { ...none, clients: [client()] }, context);
    await expect(takeover).rejects.toThrow('was added by command');
  });

  test('replaces what was added by command where the file says so, with its secrets and consents', async () => {
    const added = client('command', 500);
    await store.clients.save(added);
    const adopting = {
      ...none,
      clients: [{ ...client(), name: 'Renamed' }],
      adopted: new Set(['service']),
    };
    // Another secret in the file counts; without one, those in the store go on.
    await applyDeclarations(store, { ...adopting, keptSecrets: new Set(['service']) }, context);
    const kept = await store.clients.load('service');
    expect(kept).toEqual({ ...added, origin: 'config', name: 'Renamed' });
    await applyDeclarations(store, { ...adopting, keptSecrets: new Set(['service']) }, context);
    expect(await store.clients.load('service')).toEqual(kept);
  });

  describe('when it is changed at the same time,', () => {
    const keeping = { adopted: new Set(['service']), keptSecrets: new Set(['service']) };
    /** Something else happens once the start has read the clients, and before it writes one. */
    const meanwhile = (act: () => Promise<unknown>): Store => ({
      ...store,
      apis: { ...store.apis, list: () => act().then(() => store.apis.list()) },
    });
    const load = () => store.clients.load('service');
    const secret = (id: string) => ({ id, digest: id.repeat(43), createdAt: 1000 });

    test('keeps a secret that was renewed, and ends the consents of a client that becomes third-party', async () => {
      const former = {
        ...client('command'),
        kind: 'web',
        grantTypes: ['authorization_code'],
      } as Client;
      await store.clients.save(former);
      await applyDeclarations(store, { ...none, accounts: [ada] }, context);
      const accountId = (await store.accounts.loadByEmailKey('ada@example.com'))?.id ?? '';
      const given = { grantId: 'grt_1', accountId, clientId: 'service', scopes: ['read'] };
      await store.grants.agree({ ...given, declinedScopes: [], audiences: [] }, undefined, 1000);
      const secrets = [...former.secrets, secret('n')];
      const renewed = meanwhile(() =>
        store.clients.replaceSecrets('service', former.secrets, secrets),
      );
      const wanted: Client = { ...former, origin: 'config', trust: 'third-party' };
      await applyDeclarations(renewed, { ...none, clients: [wanted], ...keeping }, context);
      expect(await load()).toEqual({ ...wanted, secrets });
      expect(await store.grants.load(accountId, 'service')).toBeUndefined();
    });

    test('does not restore a secret that was ended', async () => {
      const former = { ...client('command'), secrets: [secret('a'), secret('b')] };
      await store.clients.save(former);
      const ended = meanwhile(() =>
        store.clients.replaceSecrets('service', former.secrets, [secret('b')]),
      );
      const wanted = { ...client(), name: 'Renamed' };
      await applyDeclarations(ended, { ...none, clients: [wanted], ...keeping }, context);
      expect(await load()).toMatchObject({ name: 'Renamed', secrets: [secret('b')] });
    });

    test.each([
      ['keeps its secrets', keeping],
      ['has its secret in the file', {}],
    ])('keeps a client disabled that was disabled and %s', async (_, how) => {
      await store.clients.save(client());
      const disabled = meanwhile(() => store.clients.disable('service', 1000));
      const wanted = { ...client(), name: 'Renamed' };
      await applyDeclarations(disabled, { ...none, clients: [wanted], ...how }, context);
      expect(await load()).toMatchObject({ name: 'Renamed', status: 'disabled' });
    });

    test('replaces no client that was added with the same id', async () => {
      const added = meanwhile(() => store.clients.save(client('command')));
      const started = applyDeclarations(added, { ...none, clients: [client()] }, context);
      await expect(started).rejects.toThrow('clients[0].client_id: service was added by command');
      expect(await load()).toMatchObject({ origin: 'command' });
    });

    test('stops with an error when a client changes again and again', async () => {
      await store.clients.save(client());
      const { clients } = store;
      let count = 0;
      const update: typeof clients.update = async (...parts) => {
        count += 1;
        await clients.save({ ...client(), name: `Name ${count}` });
        return clients.update(...parts);
      };
      const wanted = { ...client(), name: 'Renamed' };
      const restless = { ...store, clients: { ...clients, update } };
      const started = applyDeclarations(restless, { ...none, clients: [wanted] }, context);
      await expect(started).rejects.toThrow('clients[0]: is being changed by somebody else');
    });
  });

  test('is active again when it is declared again, unless the secrets are in the store', async () => {
    const [mine, adopted] = [client(), { ...client(), id: 'adopted' }];
    const both = { ...none, clients: [mine, adopted] };
    await applyDeclarations(store, both, context);
    await applyDeclarations(store, none, context);
    const ids = new Set(['adopted']);
    await applyDeclarations(store, { ...both, adopted: ids, keptSecrets: ids }, context);
    expect(await store.clients.load('service')).toMatchObject({
      status: 'active',
      tokensEndedAt: 1000,
    });
    expect(await store.clients.load('adopted')).toMatchObject({ status: 'disabled' });
  });

  test('cannot use a secret of the store that does not exist', async () => {
    const adopting = { ...none, clients: [client()], adopted: new Set(['service']) };
    const started = applyDeclarations(
      store,
      { ...adopting, keptSecrets: new Set(['service']) },
      context,
    );
    await expect(started).rejects.toThrow('clients[0].client_secret: is required');
    expect(await store.clients.load('service')).toBeUndefined();
  });

  test('replaces no client that registered itself, unless the file says so', async () => {
    await store.clients.save(client('registration'));
    const taken = applyDeclarations(store, { ...none, clients: [client()] }, context);
    await expect(taken).rejects.toThrow('registered itself');
    await applyDeclarations(
      store,
      { ...none, clients: [client()], adopted: new Set(['service']) },
      context,
    );
    expect(await store.clients.load('service')).toMatchObject({ origin: 'config' });
  });

  test('ends the consents of a client without a page, when it becomes one of another kind', async () => {
    const web = (trust: string) =>
      registerClient(
        {
          client_id: 'app',
          client_secret: 's'.repeat(43),
          kind: 'web',
          trust,
          client_name: 'App',
          redirect_uris: ['https://app.example/cb'],
        },
        { now: 1000, random, apis: [api], origin: 'config' },
      ).client;
    const told: unknown[] = [];
    const telling = { ...context, events: { emit: (event: unknown) => void told.push(event) } };
    await applyDeclarations(
      store,
      { ...none, clients: [web('first-party')], accounts: [ada] },
      telling,
    );
    const account = await store.accounts.loadByEmailKey('ada@example.com');
    const accountId = account?.id ?? '';
    const agreement = {
      grantId: 'grt_1',
      accountId,
      clientId: 'app',
      scopes: ['openid'],
      declinedScopes: [],
      audiences: [],
    };
    await store.grants.agree(agreement, undefined, 1000);
    expect(await store.grants.load(accountId, 'app')).toBeDefined();
    await applyDeclarations(store, { ...none, clients: [web('third-party')] }, telling);
    expect(await store.grants.load(accountId, 'app')).toBeUndefined();
    expect(told.at(-1)).toMatchObject({
      type: 'client.changed',
      changed: expect.arrayContaining(['trust']) as unknown,
      endsGrants: true,
    });
  });

  test('does not reset the password of an existing account', async () => {
    await applyDeclarations(store, { ...none, accounts: [ada] }, context);
    const first = await store.accounts.loadByEmailKey('ada@example.com');
    await applyDeclarations(
      store,
      { ...none, accounts: [{ ...ada, password: 'another long one' }] },
      context,
    );
    expect(await store.accounts.loadByEmailKey('ada@example.com')).toEqual(first);
  });

  test('sets the claims of a user, and the log has their names without values', async () => {
    const told: unknown[] = [];
    const telling = { ...context, events: { emit: (event: unknown) => void told.push(event) } };
    const says = (claims: Record<string, unknown> | undefined) =>
      applyDeclarations(
        store,
        { ...none, accounts: [{ ...ada, ...(claims && { claims }) }] },
        telling,
      );
    const kept = async () => (await store.accounts.loadByEmailKey('ada@example.com'))?.claims;
    await says({ given_name: 'Ada', address: { locality: 'London' } });
    expect(await kept()).toEqual({ given_name: 'Ada', address: { locality: 'London' } });
    await says({ given_name: 'Augusta' });
    expect(await kept()).toEqual({ given_name: 'Augusta' });
    // A file that says nothing leaves things as they are; one that says that there is nothing, does
    // not.
    await says(undefined);
    expect(await kept()).toEqual({ given_name: 'Augusta' });
    await says({});
    expect(await kept()).toBeUndefined();
    await says({});
    const changes = told.filter((event) => (event as { type: string }).type === 'account.changed');
    expect(changes).toHaveLength(2);
    expect(JSON.stringify(changes)).not.toContain('Augusta');
  });

  test.each([
    ['added', []],
    ['there already', [ada]],
  ])('is refused with the name of the wrong claim of an account that is %s', async (_, before) => {
    await applyDeclarations(store, { ...none, accounts: before }, context);
    const wrong = applyDeclarations(
      store,
      { ...none, accounts: [{ ...ada, claims: { birthdate: 'soon', shoe_size: 41 } }] },
      context,
    );
    await expect(wrong).rejects.toMatchObject({
      problems: [
        { path: 'accounts[0].claims.birthdate' },
        { path: 'accounts[0].claims.shoe_size' },
      ],
    });
  });

  test('is refused with its path when an account cannot be added', async () => {
    const weak = applyDeclarations(
      store,
      { ...none, accounts: [ada, { ...ada, email: 'b@example.com', password: 'password' }] },
      context,
    );
    await expect(weak).rejects.toThrow('accounts[1].password');
  });
});
