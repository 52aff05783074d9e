/**
 * The exchange of an API key for a short-lived token at the token endpoint (docs/api-keys.md §3),
 * and what it refuses.
 */
import { inflateSync } from 'node:zlib';
import { addSecret, registerApi, rotateApiKey } from '@keywright/core';
import { makeApiKey } from '@keywright/jwt';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { TestPlatform } from '../src/index.ts';
import {
  basic,
  createKeyedSunrise,
  exchange,
  introspect,
  issue,
  lastUse,
} from './api-key-setting.ts';
import { billing, buildings, claimsOf, tokensOf } from './sunrise.ts';

let platform: TestPlatform;
beforeEach(async () => {
  platform = await createKeyedSunrise();
});
afterEach(() => platform.close());

describe('the exchange of an API key', () => {
  it('gives an access token of its client, for its API, with its scopes', async () => {
    const { key, text } = await issue(platform, { scope: 'buildings:read' });
    const answer = await exchange(platform, text);
    expect(answer.json).toMatchObject({
      token_type: 'Bearer',
      expires_in: 600,
      scope: 'buildings:read',
    });
    expect(answer.json).not.toHaveProperty('refresh_token');
    expect(answer.headers['cache-control']).toBe('no-store');
    const claims = claimsOf(tokensOf(answer).access_token);
    expect(claims).toMatchObject({ sub: 'collector', client_id: 'collector', aud: buildings });
    expect(claims['jti']).toMatch(new RegExp(`^key_${key.id}\\.[\\w-]{22}$`));
    await expect.poll(() => lastUse(platform, key.id)).toBe(platform.clock.nowSeconds());
  });

  it('takes a part of the scopes, the API by name, the client by name, and the scheme in upper or lower case', async () => {
    const { text } = await issue(platform);
    const words = { scope: 'measurements:read', resource: buildings, client_id: 'collector' };
    expect((await exchange(platform, text, words)).json['scope']).toBe('measurements:read');
    const form = { grant_type: 'client_credentials' };
    const authorization = `aPiKeY   ${text} `;
    expect((await platform.browser().post('/token', form, { authorization })).status).toBe(200);
  });

  it('never gives a token that outlives the key, although the lifetime of tokens is longer', async () => {
    const { text } = await issue(platform, { lifetimeSeconds: 90 });
    platform.clock.advance(30);
    const answer = await exchange(platform, text);
    expect(answer.json['expires_in']).toBe(60);
    expect(claimsOf(tokensOf(answer).access_token)['exp']).toBe(platform.clock.nowSeconds() + 60);
  });

  it('of a key that is being rotated gives a token that ends with the overlap', async () => {
    const { key, text } = await issue(platform);
    const successor = await rotateApiKey(platform.ports, key.id, { overlapSeconds: 120 });
    expect((await exchange(platform, text)).json['expires_in']).toBe(120);
    expect((await exchange(platform, successor.text)).json['expires_in']).toBe(600);
  });

  it('gives tokens that end with the key: they are inactive as soon as it is revoked', async () => {
    const { key, text } = await issue(platform);
    const { access_token } = tokensOf(await exchange(platform, text));
    expect((await introspect(platform, access_token))['active']).toBe(true);
    await platform.store.apiKeys.revoke(key.id, 'lost', platform.clock.nowSeconds());
    expect(await introspect(platform, access_token)).toEqual({ active: false });
  });

  it('shows in the API’s status list that the key of a token has ended, within a second', async () => {
    const apis = await platform.store.apis.list();
    const api = apis.find(({ identifier }) => identifier === buildings);
    if (api === undefined) throw new Error('no API');
    await platform.store.apis.save(
      registerApi({ ...api, token_status: true }, { apis, origin: 'config' }),
    );
    const [lost, kept] = [await issue(platform), await issue(platform)];
    const placeOf = async (text: string) => {
      const claims = claimsOf(tokensOf(await exchange(platform, text)).access_token);
      return (
        claims['status'] as { readonly status_list: { readonly idx: number; readonly uri: string } }
      ).status_list;
    };
    const [ended, living] = [await placeOf(lost.text), await placeOf(kept.text)];
    const isEnded = async ({ idx, uri }: typeof ended) => {
      const list = claimsOf((await platform.get(uri)).body)['status_list'] as {
        readonly lst: string;
      };
      return ((inflateSync(Buffer.from(list.lst, 'base64url'))[idx >> 3] ?? 0) >> (idx % 8)) & 1;
    };
    expect([await isEnded(ended), await isEnded(living)]).toEqual([0, 0]);
    await platform.store.apiKeys.revoke(lost.key.id, 'lost', platform.clock.nowSeconds());
    platform.clock.advance(1);
    expect([await isEnded(ended), await isEnded(living)]).toEqual([1, 0]);
    await rotateApiKey(platform.ports, kept.key.id, { overlapSeconds: 60 });
    platform.clock.advance(59);
    expect(await isEnded(living)).toBe(0);
    platform.clock.advance(1);
    expect(await isEnded(living)).toBe(1);
  });

  it('from one of its networks works, with both notations of the address', async () => {
    const { text } = await issue(platform, { networks: ['10.1.0.0/16', '2001:db8::/32'] });
    for (const address of ['10.1.2.3', '::ffff:10.1.2.3', '2001:db8::7'])
      expect((await exchange(platform, text, {}, address)).status).toBe(200);
  });
});

describe('the exchange of an API key is refused', () => {
  it('from another network with 403, because the caller is known', async () => {
    const { text } = await issue(platform, { networks: ['10.1.0.0/16'] });
    for (const address of ['10.2.0.1', '2001:db8::7', '', 'unknown']) {
      const answer = await exchange(platform, text, {}, address);
      expect([answer.status, answer.reason]).toEqual([403, 'api_key_network_forbidden']);
    }
    expect(
      await lastUse(platform, (await platform.store.apiKeys.list()).items[0]?.id ?? ''),
    ).toBeUndefined();
  });

  it('in the same way for a key that is malformed, unknown, revoked, expired or of a disabled client: 401 with a challenge', async () => {
    const [living, revoked, expired, orphan] = [
      await issue(platform),
      await issue(platform),
      await issue(platform, { lifetimeSeconds: 60 }),
      await issue(platform, {
        client_id: 'accountant',
        scope: 'buildings:read',
        networks: ['10.0.0.0/8'],
      }),
    ];
    const now = platform.clock.nowSeconds();
    await platform.store.apiKeys.revoke(revoked.key.id, 'lost', now);
    await platform.store.clients.disable('accountant', now);
    platform.clock.advance(60);
    const unknown = makeApiKey('live', (length) => platform.ports.random.bytes(length));
    const faults: readonly [string, string][] = [
      [unknown.text, 'unknown'],
      [revoked.text, 'revoked'],
      [expired.text, 'expired'],
      // Its keys ended with it.
      [orphan.text, 'revoked'],
      [living.text.slice(0, -1), 'malformed'],
      [`${living.text.slice(0, -1)}${living.text.endsWith('0') ? '1' : '0'}`, 'malformed'],
      [`${living.text}, Basic eDp5`, 'malformed'],
      [`${living.text} ${living.text}`, 'malformed'],
      ['x'.repeat(50_000), 'malformed'],
      ['', 'malformed'],
    ];
    for (const [text, apiKey] of faults) {
      const answer = await exchange(platform, text);
      expect([answer.status, answer.json['error']]).toEqual([401, 'invalid_client']);
      expect(answer.headers['www-authenticate']).toBe('ApiKey realm="https://as.example"');
      expect(answer.body).not.toContain('kwk_');
      expect(platform.events.at(-1)).toMatchObject({ type: 'refused', apiKey });
    }
    expect(JSON.stringify(platform.events)).not.toContain('kwk_');
  });

  it('where the profile of the client lists its authentication methods (FAPI 2.0 Security Profile §5.3.2.1)', async () => {
    const { key, text } = await issue(platform);
    expect((await exchange(platform, text)).status).toBe(200);
    const client = await platform.store.clients.load('collector');
    if (client === undefined) throw new Error('no client');
    await platform.store.clients.save({
      ...client,
      settings: { ...client.settings, profile: 'fapi-2' },
    });
    platform.clock.advance(5);
    const answer = await exchange(platform, text);
    expect([answer.status, answer.reason]).toEqual([401, 'client_authentication_failed']);
    expect(platform.events.at(-1)).toMatchObject({ apiKey: 'refused_by_profile', keyId: key.id });
  });

  it('without saying which of these it was, which only the log tells', async () => {
    const { key, text } = await issue(platform);
    await platform.store.apiKeys.revoke(key.id, 'lost', platform.clock.nowSeconds());
    await exchange(platform, text);
    expect(platform.events.at(-1)).toMatchObject({
      reason: 'client_authentication_failed',
      apiKey: 'revoked',
      keyId: key.id,
    });
  });

  it('with a second method beside the key, although both are correct (RFC 6749 §2.3)', async () => {
    const { text } = await issue(platform);
    const client_secret = platform.secrets.get('collector') ?? '';
    const posted = await exchange(platform, text, { client_id: 'collector', client_secret });
    expect([posted.status, posted.reason]).toEqual([400, 'client_authentication_twice']);
    const authorization = `${basic(platform, 'collector').authorization}, ApiKey ${text}`;
    const both = await platform
      .browser()
      .post('/token', { grant_type: 'client_credentials' }, { authorization });
    expect(both.status).toBe(401);
  });

  it('for a client that does not own the key', async () => {
    const { text } = await issue(platform);
    expect((await exchange(platform, text, { client_id: 'accountant' })).status).toBe(401);
  });

  it.each(['authorization_code', 'refresh_token', 'password', 'implicit', 'urn:x'])(
    'for the grant %s',
    async (grant_type) => {
      const { text } = await issue(platform);
      const answer = await exchange(platform, text, { grant_type, code: 'x', refresh_token: 'x' });
      expect(answer.status).toBe(400);
      expect(['client_not_permitted', 'grant_type_unsupported']).toContain(answer.reason);
    },
  );

  const beyond = (word: number) =>
    `Value ${word} of scope is unknown, or this client may not have it.`;
  const closed = 'resource is not an API that this client may use.';
  it.each([
    [{ scope: 'measurements:read' }, 'scope_invalid', beyond(1)],
    [{ scope: 'buildings:read invoices:read' }, 'scope_invalid', beyond(2)],
    [{ scope: 'openid' }, 'scope_invalid', beyond(1)],
    [{ resource: billing }, 'target_invalid', closed],
    [{ resource: 'https://unknown.example' }, 'target_invalid', closed],
    [{ resource: [buildings, billing] }, 'target_invalid', closed],
  ])('for more than the key allows: %j', async (words, reason, told) => {
    const { text } = await issue(platform, { client_id: 'accountant', scope: 'buildings:read' });
    const answer = await exchange(platform, text, words);
    expect([answer.status, answer.reason]).toEqual([400, reason]);
    expect(answer.json['error_description']).toBe(told);
  });

  it('at every other endpoint, where a key is no authentication', async () => {
    const { text } = await issue(platform);
    const headers = { authorization: `ApiKey ${text}` };
    for (const path of ['/introspect', '/revoke'])
      expect((await platform.browser().post(path, { token: text }, headers)).status).toBe(401);
    const query = await platform
      .browser()
      .post(`/token?x=1`, { grant_type: 'client_credentials' }, headers);
    expect(query.reason).toBe('credentials_in_query');
    const asSecret = {
      grant_type: 'client_credentials',
      client_id: 'collector',
      client_secret: text,
    };
    expect((await platform.post('/token', asSecret)).status).toBe(401);
  });

  it('and the secrets of the client stay as they were', async () => {
    const client = await platform.store.clients.load('collector');
    if (client === undefined) throw new Error('no client');
    const renewed = addSecret(client, platform.ports.random, platform.clock.nowSeconds(), 0);
    await platform.store.clients.save(renewed.client);
    const { text } = await issue(platform);
    expect((await exchange(platform, text)).status).toBe(200);
    expect(
      (await platform.post('/token', { grant_type: 'client_credentials' }, 'collector')).status,
    ).toBe(401);
  });
});
