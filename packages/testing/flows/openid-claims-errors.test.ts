import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Browser, TestPlatform } from '../src/index.ts';
import {
  ada,
  agree,
  claimsOf,
  createOpenIdPlatform,
  errorOf,
  follow,
  grace,
  signInAs,
  signInTo,
  tokensOf,
  userinfo,
} from './openid-setting.ts';
import { refresh } from './sunrise.ts';

let platform: TestPlatform;
let browser: Browser;
beforeEach(async () => {
  platform = await createOpenIdPlatform();
  browser = platform.browser();
});
afterEach(() => platform.close());

describe('a claims parameter of a wrong form is invalid_request (OpenID Connect Core §5.5):', () => {
  it.each([
    ['no JSON', 'email'],
    ['an array', '["email"]'],
    ['a member twice', '{"userinfo":{"email":null},"userinfo":{"name":null}}'],
    ['a claim twice', '{"userinfo":{"email":null,"email":{"essential":true}}}'],
    ['userinfo that is no object', '{"userinfo":["email"]}'],
    ['userinfo that is null', '{"userinfo":null}'],
    ['a claim that is a text', '{"userinfo":{"email":"yes"}}'],
    ['essential that is no boolean', '{"userinfo":{"email":{"essential":"yes"}}}'],
    ['values that are no list', '{"id_token":{"acr":{"values":"urn:x"}}}'],
    ['an empty list of values', '{"id_token":{"acr":{"values":[]}}}'],
    ['an acr that is no text', '{"id_token":{"acr":{"values":[1]}}}'],
    ['a sub that is no text', '{"id_token":{"sub":{"value":7}}}'],
    ['two persons', '{"id_token":{"sub":{"value":"a"}},"userinfo":{"sub":{"value":"b"}}}'],
    ['seventeen levels', `{"userinfo":${'{"a":'.repeat(17)}null${'}'.repeat(17)}}`],
    ['half a character', '{"userinfo":{"\\ud800":null}}'],
    [
      'more than 2048 bytes',
      JSON.stringify({ userinfo: { email: { purpose: 'x'.repeat(2048) } } }),
    ],
  ])('%s', async (_, claims) => {
    expect(await errorOf(browser, { claims })).toBe('invalid_request');
    expect(platform.events.filter((event) => event.type === 'fault')).toEqual([]);
  });
});

describe('a request for the claim sub with a value (OpenID Connect Core §3.1.2.2, §5.5.1)', () => {
  const forSubject = (sub: unknown) => ({
    claims: JSON.stringify({ id_token: { sub: { value: sub } } }),
  });

  it('is answered for that user', async () => {
    const adaId = platform.accounts.get(ada)?.id;
    await signInTo(platform, {}, browser);
    expect((await follow(browser, forSubject(adaId))).searchParams.get('code')).toBeTruthy();
  });

  it('is login_required for another user with prompt=none', async () => {
    await signInTo(platform, {}, browser);
    const graceId = platform.accounts.get(grace)?.id;
    expect(await errorOf(browser, { ...forSubject(graceId), prompt: 'none' })).toBe(
      'login_required',
    );
  });

  it('lets the named user sign in, and is never answered for another one', async () => {
    const graceId = platform.accounts.get(grace)?.id;
    await signInTo(platform, {}, browser);
    const refused = await signInAs(platform, browser, ada, forSubject(graceId));
    expect(refused.searchParams.get('error')).toBe('login_required');
    expect(refused.searchParams.get('code')).toBeNull();
    const other = platform.browser();
    const asked = await follow(other, forSubject(graceId));
    const after = await platform.signIn(other, grace, asked);
    const answer = await agree(other, await other.get(after.location.href));
    expect(answer.location.searchParams.get('code')).toBeTruthy();
  });
});

describe('a claim of a scope that the client has lost since', () => {
  it('is in no later token, neither for userinfo nor in an ID token', async () => {
    const claims = JSON.stringify({ userinfo: { phone_number: null }, id_token: { email: null } });
    const { refresh_token } = await signInTo(platform, { scope: 'openid', claims }, browser);
    const client = await platform.store.clients.load('heatlens');
    if (client === undefined) throw new Error('there is no client');
    await platform.store.clients.save({ ...client, scopes: ['openid'] });
    const again = tokensOf(await refresh(platform, refresh_token, { scope: 'openid' }));
    expect((await userinfo(platform, again.access_token)).json).toEqual({
      sub: claimsOf(again.id_token)['sub'],
    });
    expect(claimsOf(again.id_token)).not.toHaveProperty('email');
  });
});

describe('userinfo after the consent ended', () => {
  it('gives no claims for its token, whatever claims it names', async () => {
    const claims = JSON.stringify({ userinfo: { email: null } });
    const { access_token } = await signInTo(platform, { claims }, browser);
    const grant = await platform.store.grants.load(
      platform.accounts.get(ada)?.id ?? '',
      'heatlens',
    );
    await platform.store.grants.end(
      grant?.id ?? '',
      grant?.accountId ?? '',
      platform.clock.nowSeconds(),
    );
    expect((await userinfo(platform, access_token)).status).toBe(401);
  });
});
