import { type Client, registerClient, type Store } from '@keywright/core';
import { openSqliteStore } from '@keywright/store';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RefusalEntry } from './log-entry.ts';
import { loadState } from './state.ts';

const now = 1_800_000_000;
let store: Store;
let client: Client;

beforeEach(async () => {
  store = await openSqliteStore({ file: ':memory:' });
  const random = { bytes: (length: number) => Buffer.alloc(length, 1) };
  const registration = {
    kind: 'service',
    trust: 'first-party',
    client_name: 'Collector',
    client_id: 'collector',
  } as const;
  client = registerClient(registration, { now, random, apis: [], origin: 'config' }).client;
  await store.clients.save(client);
  await store.clients.save({ ...client, id: 'heatlens' });
  await store.accounts.add({
    id: 'usr_ada',
    email: 'a@b.example',
    emailKey: 'a@b.example',
    emailVerified: true,
    name: 'Ada',
    passwordHash: '',
    status: 'active',
    createdAt: now,
  });
  const agreement = {
    grantId: 'grt_1',
    accountId: 'usr_ada',
    clientId: 'heatlens',
    scopes: ['read'],
    declinedScopes: [],
    audiences: [],
  };
  await store.grants.agree(agreement, undefined, now);
  await store.families.start({
    id: 'fam_1',
    grantId: 'grt_1',
    accountId: 'usr_ada',
    clientId: 'heatlens',
    scopes: ['read'],
    audiences: [],
    authenticatedAt: now,
    createdAt: now,
    expiresAt: now + 100,
    absoluteExpiresAt: now + 1000,
  });
  const key = {
    id: 'k'.repeat(16),
    clientId: 'collector',
    environment: 'live',
    name: 'Night',
    audience: 'https://api.example',
    scopes: [],
    networks: [],
    digest: 'd',
    createdAt: now,
  };
  await store.apiKeys.add(key, 10, now);
});
afterEach(() => store.close());

async function findings(fields: RefusalEntry['fields'], at = now): Promise<readonly string[]> {
  const entry: RefusalEntry = {
    reason: 'token_ended',
    status: 401,
    at: undefined,
    fields,
    cause: undefined,
    file: 'a',
    line: 1,
  };
  return (await loadState(store, entry, at)).findings.map(
    ({ about, id, text }) => `${about} ${id} ${text}`,
  );
}

const ada = {
  clientId: 'heatlens',
  subject: 'usr_ada',
  tokenId: 'fam_1.serial',
  scope: 'read write',
};

describe('the database adds to a refusal', () => {
  it('that all is active, and which scope the user has not agreed to', async () => {
    expect(await findings(ada)).toEqual([
      'client heatlens is active',
      'account usr_ada is active',
      'grant grt_1 is active, with the scopes read, but without write',
      'family fam_1 is active',
    ]);
    expect((await findings(ada, now + 200)).at(-1)).toBe(
      'family fam_1 expired at 2027-01-15T08:01:40Z',
    );
  });

  it('that the user withdrew the consent, and has consented again', async () => {
    await store.grants.end('grt_1', 'usr_ada', now);
    expect(await findings({ ...ada, tokenId: 'grt_1.serial' })).toContain(
      'grant grt_1 has ended, or never existed. The user must agree (again)',
    );
    expect((await findings(ada)).at(-1)).toBe('family fam_1 ended at 2027-01-15T08:00:00Z');
    await store.grants.agree(
      {
        grantId: 'grt_2',
        accountId: 'usr_ada',
        clientId: 'heatlens',
        scopes: [],
        declinedScopes: [],
        audiences: [],
      },
      undefined,
      now,
    );
    expect(await findings({ ...ada, tokenId: 'grt_1.serial' })).toContain(
      'grant grt_1 has ended. The user has agreed again (grt_2)',
    );
  });

  it('that client and account are disabled, or unknown', async () => {
    await store.clients.disable('heatlens', now);
    await store.accounts.disable('usr_ada', now);
    expect((await findings(ada)).slice(0, 2)).toEqual([
      'client heatlens is disabled and refused everywhere',
      'account usr_ada is disabled',
    ]);
    expect(await findings({ clientId: 'nobody' })).toEqual(['client nobody is not known']);
    expect(await findings({})).toEqual([]);
  });

  it.each(['k'.repeat(16), `key_${'k'.repeat(16)}.serial`])(
    'that an API key was revoked, by %s',
    async (tokenId) => {
      const fields = { clientId: 'collector', subject: 'collector', tokenId };
      expect((await findings(fields)).at(-1)).toBe(
        `API key ${'k'.repeat(16)} is active, for https://api.example in live`,
      );
      await store.apiKeys.revoke('k'.repeat(16), 'found in a repository', now);
      expect((await findings(fields)).at(-1)).toBe(
        `API key ${'k'.repeat(16)} was revoked at 2027-01-15T08:00:00Z: found in a repository`,
      );
    },
  );
});
