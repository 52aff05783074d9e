/**
 * Opaque access tokens, for an API that introspects each of them: they contain nothing, and a
 * revoked one ends at once.
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { TestPlatform } from '../src/index.ts';
import { createKey, postAs } from './proofs.ts';
import {
  ada,
  apis,
  billing,
  buildings,
  claimsOf,
  createSunrise,
  obtainCode,
  obtainTokens,
  redeem,
  refresh,
  tokensOf,
} from './sunrise.ts';

const withOpaque = {
  apis: apis.map((api) =>
    api.identifier === buildings
      ? { ...api, access_token_format: 'opaque', token_status: true }
      : api,
  ),
};

let platform: TestPlatform;
beforeEach(async () => {
  platform = await createSunrise(withOpaque);
});
afterEach(() => platform.close());

const introspect = async (token: string, by = 'buildings-api') =>
  (await platform.post('/introspect', { token }, by)).json;

describe('an access token for an API that takes opaque ones', () => {
  it('has 256 random bits, different each time', async () => {
    const first = await obtainTokens(platform);
    const second = tokensOf(await refresh(platform, first.refresh_token));
    for (const { access_token } of [first, second]) expect(access_token).toMatch(/^at_[\w-]{43}$/);
    expect(second.access_token).not.toBe(first.access_token);
    expect(first).toMatchObject({
      token_type: 'Bearer',
      expires_in: 600,
      scope: 'openid buildings:read',
    });
  });

  it('is stored only as a digest', async () => {
    const kept: string[] = [];
    await platform.close();
    platform = await createSunrise({
      ...withOpaque,
      ports: ({ store }) => ({
        store: {
          ...store,
          accessTokens: {
            ...store.accessTokens,
            keep: (token) => (kept.push(JSON.stringify(token)), store.accessTokens.keep(token)),
          },
        },
      }),
    });
    const { access_token } = await obtainTokens(platform);
    expect(kept).toHaveLength(1);
    expect(kept[0]).not.toContain(access_token.slice(3));
  });

  it('gets from introspection what a JWT would contain (RFC 7662 §2.2)', async () => {
    const { access_token } = await obtainTokens(platform);
    const now = platform.clock.nowSeconds();
    expect(await introspect(access_token)).toMatchObject({
      active: true,
      iss: platform.issuer,
      aud: buildings,
      sub: platform.accounts.get(ada)?.id,
      client_id: 'heatlens',
      scope: 'openid buildings:read',
      token_type: 'Bearer',
      iat: now,
      exp: now + 600,
      auth_time: now,
      status: { status_list: { idx: expect.any(Number), uri: expect.any(String) } },
    });
  });

  it('works at userinfo with the scope openid, as each of our tokens does', async () => {
    const { access_token } = await obtainTokens(platform, { scope: 'openid email buildings:read' });
    const answer = await platform.get('/userinfo', { authorization: `Bearer ${access_token}` });
    expect(answer.json['email']).toBe(ada);
  });

  it('is bound to a key like any other (RFC 9449 §6.2)', async () => {
    const key = createKey();
    const headers = { dpop: key.proof(platform) };
    const form = { grant_type: 'client_credentials', scope: 'buildings:read' };
    const { access_token } = tokensOf(await postAs(platform, '/token', form, 'collector', headers));
    expect(await introspect(access_token)).toMatchObject({
      active: true,
      token_type: 'DPoP',
      cnf: { jkt: key.thumbprint },
    });
  });

  it('is revoked at once, without other tokens, by its client (RFC 7009 §2.1)', async () => {
    const { access_token, refresh_token } = await obtainTokens(platform);
    const answer = await platform.post('/revoke', { token: access_token }, 'heatlens');
    expect([answer.status, answer.body]).toEqual([200, '']);
    expect(await introspect(access_token)).toEqual({ active: false });
    expect((await refresh(platform, refresh_token)).status).toBe(200);
    expect(platform.events).toContainEqual({
      type: 'access_token.revoked',
      clientId: 'heatlens',
      by: 'client',
    });
  });

  it.each([
    [
      'its family',
      async (refresh_token: string) => {
        await platform.post('/revoke', { token: refresh_token }, 'heatlens');
      },
    ],
    [
      'its grant',
      async () => {
        const account = platform.accounts.get(ada)?.id ?? '';
        const grant = await platform.store.grants.load(account, 'heatlens');
        await platform.store.grants.end(grant?.id ?? '', account, platform.clock.nowSeconds());
      },
    ],
    [
      'its account',
      async () => {
        const account = platform.accounts.get(ada)?.id ?? '';
        await platform.store.accounts.disable(account, platform.clock.nowSeconds());
      },
    ],
    [
      'its client',
      async () => {
        await platform.store.clients.disable('heatlens', platform.clock.nowSeconds());
      },
    ],
  ])('ends with %s', async (_name, end) => {
    const { access_token, refresh_token } = await obtainTokens(platform);
    await end(refresh_token);
    expect(await introspect(access_token)).toEqual({ active: false });
    const userinfo = await platform.get('/userinfo', { authorization: `Bearer ${access_token}` });
    expect(userinfo.status).toBe(401);
  });

  it('is also given to services, and ends when they are disabled', async () => {
    const form = { grant_type: 'client_credentials', scope: 'buildings:read' };
    const { access_token } = tokensOf(await platform.post('/token', form, 'collector'));
    expect(await introspect(access_token)).toMatchObject({ active: true, sub: 'collector' });
    await platform.store.clients.disable('collector', platform.clock.nowSeconds());
    expect(await introspect(access_token)).toEqual({ active: false });
  });
});

describe('other APIs, when one has opaque tokens,', () => {
  it('still get JWTs, and so does the server’s own API', async () => {
    const code = await obtainCode(platform, { scope: 'openid invoices:read' });
    const forBilling = tokensOf(await redeem(platform, code));
    expect(claimsOf(forBilling.access_token)['aud']).toBe(billing);
    const own = await obtainTokens(platform, { scope: 'openid' });
    expect(claimsOf(own.access_token)['aud']).toBe(platform.issuer);
  });
});
