/**
 * The two grants that OAuth 2.1 removes: complete and correct, for the only client for which they
 * were switched on.
 */
import { createHash } from 'node:crypto';
import type { Family } from '@keywright/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { TestPlatform } from '../src/index.ts';
import {
  ada,
  allow,
  buildings,
  claimsOf,
  createSunrise,
  refresh,
  spaCallback,
  tokensOf,
  type Words,
} from './sunrise.ts';

let platform: TestPlatform;
beforeEach(async () => {
  platform = await createSunrise();
});
afterEach(() => platform.close());

const password = { grant_type: 'password', username: ada, password: 'correct horse' };

describe('resource owner password credentials (RFC 6749 §4.3)', () => {
  it('give tokens for the user, with a refresh token that rotates', async () => {
    const tokens = tokensOf(
      await platform.post('/token', { ...password, scope: 'openid buildings:read' }, 'portal'),
    );
    expect(claimsOf(tokens.access_token)).toMatchObject({
      sub: platform.accounts.get(ada)?.id,
      client_id: 'portal',
      aud: buildings,
    });
    expect(claimsOf(tokens.id_token)).toMatchObject({ aud: 'portal' });
    expect((await refresh(platform, tokens.refresh_token, {}, 'portal')).status).toBe(200);
  });

  it('are shown on the account page, where the user can withdraw the access', async () => {
    const tokens = tokensOf(await platform.post('/token', password, 'portal'));
    const accountId = platform.accounts.get(ada)?.id ?? '';
    const grant = await platform.store.grants.load(accountId, 'portal');
    expect(grant).toBeDefined();
    await platform.store.grants.end(grant?.id ?? '', accountId, platform.clock.nowSeconds());
    expect((await refresh(platform, tokens.refresh_token, {}, 'portal')).json['error']).toBe(
      'invalid_grant',
    );
  });

  it('are logged with the reason why this grant type should be replaced', async () => {
    await platform.post('/token', password, 'portal');
    expect(
      platform.events.find((event) => event.type === 'password_grant.used')?.['advice'],
    ).toContain('authorization code');
  });

  it.each([
    { username: ada, password: 'wrong' },
    { username: 'nobody@example.com', password: 'correct horse' },
  ])('give invalid_grant for %j', async (words) => {
    const answer = await platform.post('/token', { ...password, ...words }, 'portal');
    expect([answer.status, answer.json['error']]).toEqual([400, 'invalid_grant']);
  });

  it('are limited by the address of the user: 429 with Retry-After, before the password is checked', async () => {
    const secret = platform.secrets.get('portal') ?? '';
    const headers = {
      authorization: `Basic ${Buffer.from(`portal:${secret}`).toString('base64')}`,
      'x-fapi-customer-ip-address': '203.0.113.5',
    };
    const program = platform.browser();
    for (let guess = 0; guess < 10; guess++)
      await program.post('/token', { ...password, password: `guess ${guess}` }, headers);
    const answer = await program.post('/token', password, headers);
    expect(answer.status).toBe(429);
    expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
  });

  it.each(['heatlens', 'spa', 'native', 'collector', 'stranger'])(
    'are unauthorized_client for %s, and no password is checked',
    async (clientId) => {
      for (let guess = 0; guess < 12; guess++) {
        const answer = await platform.post('/token', { ...password, password: 'wrong' }, clientId);
        expect([answer.status, answer.json['error']]).toEqual([400, 'unauthorized_client']);
      }
      expect((await platform.post('/token', password, 'portal')).status).toBe(200);
    },
  );

  it('give nothing for a password that is changed during the check, also where all consents ended with it', async () => {
    const id = platform.accounts.get(ada)?.id ?? '';
    const { families } = platform.store;
    const { accounts } = platform.ports;
    const verify = accounts.verifyPassword.bind(accounts);
    // The password was right when it was checked. It changes before anything is stored.
    Object.assign(accounts, {
      verifyPassword: async (email: string, typed: string) => {
        const outcome = await verify(email, typed);
        const change = { passwordHash: 'another', endsGrants: true };
        await platform.store.accounts.changePassword(id, change, platform.clock.nowSeconds());
        return outcome;
      },
    });
    const started: string[] = [];
    Object.assign(platform.store, {
      families: {
        ...families,
        start: (family: Family, passwordHash?: string) => {
          started.push(family.id);
          return families.start(family, passwordHash);
        },
      },
    });
    const answer = await platform.post('/token', password, 'portal');
    expect([answer.status, answer.json['error']]).toEqual([400, 'invalid_grant']);
    for (const familyId of started) expect(await families.isAlive(familyId)).toBe(false);
    expect(platform.events.map(({ type }) => type)).not.toContain('password_grant.used');
  });

  it.each(['username', 'password'])('need %s', async (name) => {
    const answer = await platform.post('/token', { ...password, [name]: '' }, 'portal');
    expect(answer.json['error']).toBe('invalid_request');
  });
});

const implicit: Words = {
  response_type: 'token',
  client_id: 'spa',
  redirect_uri: spaCallback,
  code_challenge: undefined,
  code_challenge_method: undefined,
};

async function fragment(words: Words = {}): Promise<URLSearchParams> {
  const back = await allow(platform, { ...implicit, ...words });
  expect(back.search).toBe('');
  return new URLSearchParams(back.hash.slice(1));
}

describe('the implicit grant (RFC 6749 §4.2)', () => {
  it('answers in the fragment, without a refresh token, with state and iss', async () => {
    const answer = await fragment();
    expect(Object.fromEntries(answer)).toMatchObject({
      token_type: 'Bearer',
      expires_in: '600',
      scope: 'openid buildings:read',
      state: 'af0ifjsldkj',
      iss: platform.issuer,
    });
    expect(answer.has('refresh_token')).toBe(false);
    expect(claimsOf(answer.get('access_token') ?? '')).toMatchObject({
      client_id: 'spa',
      aud: buildings,
    });
  });

  it('gives an ID token with nonce and at_hash beside it (OpenID Connect Core §3.2.2.5)', async () => {
    const answer = await fragment({ response_type: 'token id_token' });
    const hash = createHash('sha256')
      .update(answer.get('access_token') ?? '')
      .digest()
      .subarray(0, 16)
      .toString('base64url');
    expect(claimsOf(answer.get('id_token') ?? '')).toMatchObject({
      nonce: 'n-0S6_WzA2Mj',
      at_hash: hash,
    });
  });

  it('gives the claims in the ID token where there is no access token for userinfo (§5.4)', async () => {
    const answer = await fragment({ response_type: 'id_token', scope: 'openid email' });
    expect(answer.has('access_token')).toBe(false);
    expect(claimsOf(answer.get('id_token') ?? '')).toMatchObject({
      email: ada,
      email_verified: true,
    });
  });

  it('needs a nonce and the scope openid for an ID token, and never answers in the query', async () => {
    expect((await fragment({ response_type: 'id_token', nonce: undefined })).get('error')).toBe(
      'invalid_request',
    );
    expect(
      (await fragment({ response_type: 'id_token', scope: 'buildings:read' })).get('error'),
    ).toBe('invalid_scope');
    // The fault is sent in the same way as the answer of this type.
    expect((await fragment({ response_mode: 'query' })).get('error')).toBe('invalid_request');
  });

  it('gives an access token that introspection refuses after its account is disabled', async () => {
    const answer = await fragment();
    const token = answer.get('access_token') ?? '';
    expect((await platform.post('/introspect', { token }, 'buildings-api')).json['active']).toBe(
      true,
    );
    await platform.store.accounts.disable(
      platform.accounts.get(ada)?.id ?? '',
      platform.clock.nowSeconds(),
    );
    expect((await platform.post('/introspect', { token }, 'buildings-api')).json).toEqual({
      active: false,
    });
  });

  it('gives an access token that userinfo refuses after its consent is withdrawn', async () => {
    const answer = await fragment();
    const authorization = `Bearer ${answer.get('access_token')}`;
    expect((await platform.get('/userinfo', { authorization })).status).toBe(200);
    const accountId = platform.accounts.get(ada)?.id ?? '';
    const grant = await platform.store.grants.load(accountId, 'spa');
    await platform.store.grants.end(grant?.id ?? '', accountId, platform.clock.nowSeconds());
    expect((await platform.get('/userinfo', { authorization })).status).toBe(401);
  });
});
