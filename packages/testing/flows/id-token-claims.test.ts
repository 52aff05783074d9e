/**
 * Claims of scopes in ID tokens (OpenID Connect Core §5.4), for clients that are registered for it.
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { TestPlatform } from '../src/index.ts';
import { call, tokenOf } from './permissions-service.ts';
import {
  ada,
  adaClaims,
  allClaimsScope,
  claimsOf,
  createOpenIdPlatform,
  redeem,
  signInTo,
  tokensOf,
  userinfo,
  web,
} from './openid-setting.ts';
import { allow, refresh } from './sunrise.ts';

const ownOfToken = [
  'iss',
  'sub',
  'aud',
  'iat',
  'exp',
  'auth_time',
  'amr',
  'nonce',
  'at_hash',
  'sid',
];
const plain = { ...web, client_id: 'plain', redirect_uris: ['https://plain.example/callback'] };
const hybrid = {
  ...web,
  client_id: 'hybrid',
  redirect_uris: ['https://hybrid.example/callback'],
  id_token_claims: 'from_scopes',
  response_types: ['code', 'code id_token'],
};
const operator = {
  client_id: 'operator',
  kind: 'service',
  trust: 'first-party',
  client_name: 'Operations',
  scope: 'clients:read clients:write buildings:read',
} as const;

let platform: TestPlatform;
beforeEach(async () => {
  platform = await createOpenIdPlatform(
    [{ ...web, id_token_claims: 'from_scopes' }, plain, hybrid, operator],
    { features: { hybrid: true } },
  );
});
afterEach(() => platform.close());

/** The claims that not every ID token has. */
function told(idToken: string): Record<string, unknown> {
  const claims = Object.entries(claimsOf(idToken)).filter(([name]) => !ownOfToken.includes(name));
  return Object.fromEntries(claims);
}

describe('a client that is registered for claims in the ID token', () => {
  it('gets there the claims that userinfo gives for the scopes', async () => {
    const { id_token, access_token } = await signInTo(platform, { scope: allClaimsScope });
    const { sub, ...expected } = (await userinfo(platform, access_token)).json;
    expect(expected).toEqual({ ...adaClaims, name: 'Ada Byron', email: ada, email_verified: true });
    expect(told(id_token)).toEqual(expected);
    expect(claimsOf(id_token)['sub']).toBe(sub);
  });

  it.each([
    ['openid', {}],
    ['openid email', { email: ada, email_verified: true }],
    ['openid phone', { phone_number: '+44 20 7946 0000', phone_number_verified: true }],
  ])('gets only these claims of the scope %s', async (scope, expected) => {
    expect(told((await signInTo(platform, { scope })).id_token)).toEqual(expected);
  });

  it('gets them again at refresh, for the scopes that are left', async () => {
    const { refresh_token } = await signInTo(platform, { scope: allClaimsScope });
    const again = tokensOf(await refresh(platform, refresh_token));
    expect(told(again.id_token)).toMatchObject({ email: ada, given_name: 'Ada' });
    const narrow = tokensOf(
      await refresh(platform, again.refresh_token, { scope: 'openid email' }),
    );
    expect(told(narrow.id_token)).toEqual({ email: ada, email_verified: true });
  });

  it('also gets the claims that it requested by name', async () => {
    const claims = JSON.stringify({ id_token: { given_name: null } });
    const { id_token } = await signInTo(platform, { scope: 'openid email', claims });
    expect(told(id_token)).toEqual({ email: ada, email_verified: true, given_name: 'Ada' });
  });

  it('gets them in both ID tokens of a hybrid flow', async () => {
    const words = {
      client_id: 'hybrid',
      redirect_uri: hybrid.redirect_uris[0],
      scope: 'openid email',
    };
    const back = await allow(platform, { ...words, response_type: 'code id_token' });
    const answer = new URLSearchParams(back.hash.slice(1));
    expect(told(answer.get('id_token') ?? '')).toMatchObject({ email: ada });
    const code = answer.get('code') ?? '';
    const redeemed = await redeem(platform, code, { redirect_uri: words.redirect_uri }, 'hybrid');
    expect(told(tokensOf(redeemed).id_token)).toMatchObject({ email: ada });
  });
});

it('a client that is not registered for claims in the ID token gets them only at userinfo', async () => {
  const words = { client_id: 'plain', redirect_uri: plain.redirect_uris[0], scope: allClaimsScope };
  expect(told((await signInTo(platform, words)).id_token)).toEqual({});
});

it('an administrator sets claims in the ID token by the admin API, which accepts no other value', async () => {
  const token = await tokenOf(platform, 'operator');
  const body = { ...plain, client_id: undefined, client_name: 'Dex', scope: 'openid email' };
  const add = (id_token_claims: string) =>
    call(platform, '/admin/v1/clients', token, { body: { ...body, id_token_claims } });
  expect((await add('all')).json['error_description']).toBe('id_token_claims must be from_scopes');
  const added = await add('from_scopes');
  expect([added.status, added.json['id_token_claims']]).toEqual([201, 'from_scopes']);
  const address = `/admin/v1/clients?client_id=${String(added.json['client_id'])}`;
  const headers = { 'if-match': String(added.headers['etag']) };
  const changed = await call(platform, address, token, {
    method: 'PATCH',
    body: { id_token_claims: null },
    headers,
  });
  expect(changed.status).toBe(200);
  expect(changed.json).not.toHaveProperty('id_token_claims');
});
