/**
 * API keys (docs/api-keys.md): issued, listed in a manifest for their API, introspected, rotated,
 * revoked.
 */
import { rotateApiKey, rotateKeys } from '@keywright/core';
import { digest } from '@keywright/jwt';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { TestPlatform } from '../src/index.ts';
import {
  createKeyedSunrise,
  fetchManifest,
  introspect,
  issue,
  lastUse,
  listedIds,
  readManifest,
} from './api-key-setting.ts';
import { billing, buildings, headerOf } from './sunrise.ts';

let platform: TestPlatform;
beforeEach(async () => {
  platform = await createKeyedSunrise();
});
afterEach(() => platform.close());

const inOrder = (...ids: readonly string[]) => ids.toSorted((one, other) => (one < other ? -1 : 1));

describe('an API key', () => {
  it('has a form that secret scanners find, and only its digest is stored', async () => {
    const { key, text } = await issue(platform);
    expect(text).toMatch(/^kwk_live_[A-Za-z0-9]{16}_[A-Za-z0-9]{49}$/);
    expect(text.split('_')[2]).toBe(key.id);
    const kept = await platform.store.apiKeys.load(key.id);
    expect(kept).toStrictEqual(key);
    expect(kept?.digest).toBe(digest(text));
    const secret = text.slice(text.lastIndexOf('_') + 1);
    expect(JSON.stringify([kept, platform.events])).not.toContain(secret);
  });

  it('is for the one API that its scopes belong to', async () => {
    expect((await issue(platform)).key.audience).toBe(buildings);
    const { key } = await issue(platform, { client_id: 'accountant', scope: 'invoices:read' });
    expect(key).toMatchObject({ audience: billing, scopes: ['invoices:read'] });
  });
});

describe('the manifest of API keys', () => {
  it('is signed by the published keys, and holds the active keys of its API as digests', async () => {
    const { key } = await issue(platform);
    const networks = ['10.0.0.0/8', '2001:db8::/32'];
    const narrow = {
      environment: 'test',
      scope: 'buildings:read',
      networks,
      lifetimeSeconds: 3600,
    };
    const bound = (await issue(platform, narrow)).key;
    await issue(platform, { client_id: 'accountant', scope: 'invoices:read' });
    const answer = await fetchManifest(platform);
    expect(answer.headers).toMatchObject({
      'content-type': 'application/api-keys+jwt',
      'cache-control': 'private, no-cache',
    });
    expect(answer.headers).not.toHaveProperty('access-control-allow-origin');
    const now = platform.clock.nowSeconds();
    const { iat, exp, keys } = await readManifest(platform, answer);
    expect([iat, exp]).toEqual([now, now + 300]);
    const plain = {
      id: key.id,
      sha256: key.digest,
      client_id: 'collector',
      env: 'live',
      scope: 'buildings:read measurements:read',
    };
    const full = { id: bound.id, sha256: bound.digest, client_id: 'collector', env: 'test' };
    expect(keys).toHaveLength(2);
    expect(keys).toEqual(
      expect.arrayContaining([
        plain,
        { ...full, scope: 'buildings:read', exp: now + 3600, networks },
      ]),
    );
  });

  it('is an empty list where there are no keys', async () => {
    expect(await listedIds(platform)).toEqual([]);
  });

  it('is answered with 304 while nothing changes (RFC 9110 §13.1.2)', async () => {
    await issue(platform);
    const { etag = '' } = (await fetchManifest(platform)).headers;
    platform.clock.advance(2);
    const again = await fetchManifest(platform, { 'if-none-match': etag });
    expect([again.status, again.body, again.headers['etag']]).toEqual([304, '', etag]);
    const { key } = await issue(platform);
    platform.clock.advance(1);
    const changed = await fetchManifest(platform, { 'if-none-match': etag });
    expect(changed.status).toBe(200);
    expect(changed.headers['etag']).not.toBe(etag);
    expect((await readManifest(platform, changed)).keys.map(({ id }) => id)).toContain(key.id);
  });

  it('is signed anew each minute, so that a copy is valid for long enough when the server stops', async () => {
    const { etag = '' } = (await fetchManifest(platform)).headers;
    platform.clock.advance(59);
    expect((await fetchManifest(platform, { 'if-none-match': etag })).status).toBe(304);
    platform.clock.advance(1);
    const { exp } = await readManifest(
      platform,
      await fetchManifest(platform, { 'if-none-match': etag }),
    );
    expect(exp).toBe(platform.clock.nowSeconds() + 300);
  });

  it('is signed anew when the signing key changed', async () => {
    const { etag = '' } = (await fetchManifest(platform)).headers;
    platform.clock.advance(1);
    await rotateKeys(platform.ports, { algorithms: ['ES256'], leadSeconds: 0 });
    const answer = await fetchManifest(platform, { 'if-none-match': etag });
    expect(answer.status).toBe(200);
    expect(headerOf(answer.body)).toMatchObject({ alg: 'ES256', typ: 'api-keys+jwt' });
    expect((await readManifest(platform, answer)).keys).toEqual([]);
  });

  it('reads the store at most once a second, regardless of the number of calls', async () => {
    let asked = 0;
    await platform.close();
    platform = await createKeyedSunrise({
      ports: ({ store }) => ({
        store: {
          ...store,
          apiKeys: {
            ...store.apiKeys,
            list: (...words) => {
              asked += 1;
              return store.apiKeys.list(...words);
            },
          },
        },
      }),
    });
    const answers = await Promise.all(Array.from({ length: 50 }, () => fetchManifest(platform)));
    expect(new Set(answers.map(({ body }) => body)).size).toBe(1);
    expect(asked).toBe(1);
    platform.clock.advance(1);
    await Promise.all(Array.from({ length: 50 }, () => fetchManifest(platform)));
    expect(asked).toBe(2);
  });

  it('is refused while the store cannot be read, and works again with the store', async () => {
    let broken = true;
    await platform.close();
    platform = await createKeyedSunrise({
      ports: ({ store }) => {
        const list: typeof store.apiKeys.list = (...words) =>
          broken
            ? Promise.reject(Object.assign(new Error('gone'), { name: 'StoreUnavailableError' }))
            : store.apiKeys.list(...words);
        return { store: { ...store, apiKeys: { ...store.apiKeys, list } } };
      },
    });
    const answers = await Promise.all([fetchManifest(platform), fetchManifest(platform)]);
    for (const answer of answers)
      expect([answer.status, answer.reason, answer.headers['retry-after']]).toEqual([
        503,
        'overloaded',
        '2',
      ]);
    broken = false;
    expect(await listedIds(platform)).toEqual([]);
  });

  it('no longer holds a revoked key one second later', async () => {
    const { key } = await issue(platform);
    expect(await listedIds(platform)).toEqual([key.id]);
    await platform.store.apiKeys.revoke(key.id, 'lost', platform.clock.nowSeconds());
    platform.clock.advance(1);
    expect(await listedIds(platform)).toEqual([]);
  });

  it('no longer holds the keys of a client that was disabled, nor those that have expired', async () => {
    const { key } = await issue(platform, { client_id: 'accountant', scope: 'buildings:read' });
    const expiring = await issue(platform, { lifetimeSeconds: 60 });
    expect(await listedIds(platform)).toEqual(inOrder(key.id, expiring.key.id));
    await platform.store.clients.disable('accountant', platform.clock.nowSeconds());
    platform.clock.advance(1);
    expect(await listedIds(platform)).toEqual([expiring.key.id]);
    platform.clock.advance(59);
    expect(await listedIds(platform)).toEqual([]);
  });

  it('is signed anew when the clock was put back: no copy is valid beyond five minutes', async () => {
    await issue(platform);
    platform.clock.advance(3600);
    await fetchManifest(platform);
    platform.clock.advance(-3600);
    const { iat, exp } = await readManifest(platform, await fetchManifest(platform));
    expect([iat, exp]).toEqual([platform.clock.nowSeconds(), platform.clock.nowSeconds() + 300]);
  });

  it('gives a key no more scopes than its client has now', async () => {
    await issue(platform);
    const client = await platform.store.clients.load('collector');
    if (client === undefined) throw new Error('no client');
    await platform.store.clients.save({ ...client, scopes: ['measurements:read'] });
    const { keys } = await readManifest(platform, await fetchManifest(platform));
    expect(keys.map(({ scope }) => scope)).toEqual(['measurements:read']);
    await platform.store.clients.save({ ...client, scopes: [] });
    platform.clock.advance(1);
    expect(await listedIds(platform)).toEqual([]);
  });
});

describe('the metadata of the server, with API keys on,', () => {
  it('names the endpoints where keys are listed, reported and exchanged (RFC 8414 §2)', async () => {
    const { json } = await platform.get('/.well-known/oauth-authorization-server');
    expect(json).toMatchObject({
      api_key_manifest_endpoint: 'https://as.example/api-keys/manifest',
      api_key_usage_endpoint: 'https://as.example/api-keys/usage',
      api_key_leak_endpoint: 'https://as.example/api-keys/leaks',
    });
    const methods = (name: string) => json[`${name}_endpoint_auth_methods_supported`];
    expect(methods('token')).toContain('api_key');
    expect(methods('introspection')).not.toContain('api_key');
    expect(methods('revocation')).not.toContain('api_key');
  });
});

describe('introspection of an API key (RFC 7662)', () => {
  it('tells the API’s own service and the key’s own client whether it is active and for what', async () => {
    const { key, text } = await issue(platform, {
      networks: ['10.0.0.0/8'],
      lifetimeSeconds: 3600,
    });
    const expected = {
      active: true,
      token_type: 'api_key',
      client_id: 'collector',
      sub: 'collector',
      scope: 'buildings:read measurements:read',
      aud: buildings,
      exp: platform.clock.nowSeconds() + 3600,
      jti: key.id,
      environment: 'live',
      networks: ['10.0.0.0/8'],
    };
    expect(await introspect(platform, text)).toEqual(expected);
    expect(await introspect(platform, text, 'collector')).toEqual(expected);
    const plain = await introspect(platform, (await issue(platform)).text);
    expect(plain).not.toHaveProperty('exp');
    expect(plain).not.toHaveProperty('networks');
  });

  it('records the use at the API, at most once a minute', async () => {
    const { key, text } = await issue(platform);
    await introspect(platform, text, 'collector');
    expect(await lastUse(platform, key.id)).toBeUndefined();
    const first = platform.clock.nowSeconds();
    await Promise.all(Array.from({ length: 50 }, () => introspect(platform, text)));
    // No request waits for the record, so it may be written after the answer. A record that is
    // written too early would prevent the last one.
    await expect.poll(() => lastUse(platform, key.id)).toBe(first);
    platform.clock.advance(59);
    await introspect(platform, text);
    expect(await lastUse(platform, key.id)).toBe(first);
    platform.clock.advance(1);
    await introspect(platform, text);
    await expect.poll(() => lastUse(platform, key.id)).toBe(first + 60);
  });
});

describe('the rotation of an API key', () => {
  it('makes a successor that differs only in its secret, and both work for a day', async () => {
    const former = await issue(platform, {
      networks: ['10.0.0.0/8'],
      lifetimeSeconds: 90 * 86_400,
    });
    platform.clock.advance(30 * 86_400);
    const now = platform.clock.nowSeconds();
    const { key, text } = await rotateApiKey(platform.ports, former.key.id);
    const { id, digest: _, createdAt, expiresAt, ...same } = former.key;
    expect(key).toMatchObject({
      ...same,
      replaces: id,
      createdAt: now,
      expiresAt: now + 90 * 86_400,
    });
    expect([createdAt, expiresAt]).toEqual([now - 30 * 86_400, now + 60 * 86_400]);
    expect((await platform.store.apiKeys.load(id))?.expiresAt).toBe(now + 86_400);
    const works = async (presented: string) => (await introspect(platform, presented))['active'];
    platform.clock.advance(86_399);
    expect([await works(former.text), await works(text)]).toEqual([true, true]);
    expect(await listedIds(platform)).toHaveLength(2);
    platform.clock.advance(1);
    expect([await works(former.text), await works(text)]).toEqual([false, true]);
    expect(await listedIds(platform)).toEqual([key.id]);
  });

  it('without an overlap ends the former key at once, and never extends its life', async () => {
    const [first, second] = [await issue(platform), await issue(platform, { lifetimeSeconds: 60 })];
    await rotateApiKey(platform.ports, first.key.id, { overlapSeconds: 0 });
    expect((await introspect(platform, first.text))['active']).toBe(false);
    await rotateApiKey(platform.ports, second.key.id);
    platform.clock.advance(60);
    expect((await introspect(platform, second.text))['active']).toBe(false);
  });

  it('that is asked fifty times at once makes one successor', async () => {
    const former = await issue(platform);
    const outcomes = await Promise.allSettled(
      Array.from({ length: 50 }, () => rotateApiKey(platform.ports, former.key.id)),
    );
    const made = outcomes.filter((outcome) => outcome.status === 'fulfilled');
    expect(made).toHaveLength(1);
    const successor = made[0]?.value;
    expect(await listedIds(platform)).toEqual(inOrder(former.key.id, successor?.key.id ?? ''));
    for (const outcome of outcomes)
      if (outcome.status === 'rejected')
        expect(String(outcome.reason)).toContain('has a successor already');
    expect((await introspect(platform, successor?.text ?? ''))['active']).toBe(true);
  });
});
