import type { ConsentView } from '@keywright/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { TestPlatform } from '../src/index.ts';
import {
  ada,
  adaClaims,
  agree,
  allClaimsScope,
  callback,
  claimsOf,
  consentPage,
  createOpenIdPlatform,
  follow,
  redeem,
  signInTo,
  tokensOf,
  userinfo,
  web,
} from './openid-setting.ts';
import { headerOf, refresh } from './sunrise.ts';

let platform: TestPlatform;
beforeEach(async () => {
  platform = await createOpenIdPlatform();
});
afterEach(() => platform.close());

const names = (claims: Record<string, unknown>) => Object.keys(claims).sort();
const claimsParameter = (request: unknown) => JSON.stringify(request);

describe('userinfo gives the claims of the scopes (OpenID Connect Core §5.4):', () => {
  it.each([
    ['openid', []],
    ['openid profile', ['birthdate', 'family_name', 'given_name', 'locale', 'name', 'picture']],
    ['openid email', ['email', 'email_verified']],
    ['openid address', ['address']],
    ['openid phone', ['phone_number', 'phone_number_verified']],
  ])('%s', async (scope, released) => {
    const { access_token, id_token } = await signInTo(platform, { scope });
    const answer = await userinfo(platform, access_token);
    expect(names(answer.json)).toEqual([...released, 'sub'].sort());
    expect(answer.json['sub']).toBe(claimsOf(id_token)['sub']);
    expect(answer.headers['content-type']).toBe('application/json');
  });

  it('each claim as it is stored, without unknown ones: no null, no empty text (§5.3.2)', async () => {
    const { access_token } = await signInTo(platform, { scope: allClaimsScope });
    const told = (await userinfo(platform, access_token)).json;
    expect(told).toMatchObject({
      ...adaClaims,
      name: 'Ada Byron',
      email: ada,
      email_verified: true,
    });
    expect(told).not.toHaveProperty('nickname');
    expect(Object.values(told)).not.toContain(null);
  });

  it('and the ID token has none of them while there is an access token for userinfo', async () => {
    const { id_token } = await signInTo(platform, { scope: allClaimsScope });
    for (const name of [...Object.keys(adaClaims), 'name', 'email'])
      expect(claimsOf(id_token)).not.toHaveProperty(name);
  });
});

describe('the parameter claims (OpenID Connect Core §5.5)', () => {
  it('releases single claims at userinfo, and nothing else of their scope', async () => {
    const claims = claimsParameter({
      userinfo: { phone_number: { essential: true }, given_name: null },
    });
    const { access_token, scope } = await signInTo(platform, { scope: 'openid', claims });
    expect(scope).toBe('openid');
    expect(names((await userinfo(platform, access_token)).json)).toEqual([
      'given_name',
      'phone_number',
      'sub',
    ]);
    expect(claimsOf(access_token)['userinfo_claims']).toEqual(['phone_number', 'given_name']);
  });

  it('releases single claims in the ID token, at the code and at each refresh that asks for one', async () => {
    const claims = claimsParameter({ id_token: { email: null, picture: null, nickname: null } });
    const tokens = await signInTo(platform, { scope: 'openid', claims });
    expect(claimsOf(tokens.id_token)).toMatchObject({ email: ada, picture: adaClaims.picture });
    expect(claimsOf(tokens.id_token)).not.toHaveProperty('nickname');
    const again = tokensOf(await refresh(platform, tokens.refresh_token, { scope: 'openid' }));
    expect(claimsOf(again.id_token)).toMatchObject({ email: ada, picture: adaClaims.picture });
    expect(names((await userinfo(platform, again.access_token)).json)).toEqual(['sub']);
  });

  it('asks the user with the text of the scope that the claim belongs to', async () => {
    const claims = claimsParameter({ userinfo: { phone_number: null } });
    const page = await consentPage(platform, platform.browser(), { scope: 'openid', claims });
    const { groups } = page.json as unknown as ConsentView;
    expect(groups.flatMap((group) => group.scopes)).toMatchObject([
      { name: 'openid' },
      { name: 'phone', description: 'See your phone number', granted: false },
    ]);
  });

  it('asks again when a claim of another scope is requested, and not for one that was agreed to', async () => {
    const browser = platform.browser();
    const phone = {
      scope: 'openid',
      claims: claimsParameter({ userinfo: { phone_number: null } }),
    };
    const page = await consentPage(platform, browser, phone);
    await agree(browser, page);
    expect((await follow(browser, phone)).searchParams.get('code')).toBeTruthy();
    const more = { scope: 'openid', claims: claimsParameter({ id_token: { email: null } }) };
    expect((await follow(browser, more)).pathname).toBe('/consent');
  });

  it('does not give a claim of an optional scope that was unticked', async () => {
    await platform.close();
    platform = await createOpenIdPlatform([{ ...web, optional_scope: 'phone' }]);
    const browser = platform.browser();
    const claims = claimsParameter({ userinfo: { phone_number: null, email: null } });
    const page = await consentPage(platform, browser, { scope: 'openid', claims });
    // The form is sent without a ticked box.
    const back = (await agree(browser, page)).location;
    const { access_token } = tokensOf(await redeem(platform, back.searchParams.get('code') ?? ''));
    expect(names((await userinfo(platform, access_token)).json)).toEqual(['email', 'sub']);
  });

  it('ignores unknown claims, unknown members, and claims beyond the client’s scopes', async () => {
    await platform.close();
    platform = await createOpenIdPlatform([{ ...web, scope: 'openid email' }]);
    const claims = claimsParameter({
      userinfo: { phone_number: null, email: null, loyalty_points: null, 'name#de': null },
      id_token: JSON.parse('{"constructor":null,"__proto__":null}'),
      other: 7,
    });
    const { access_token } = await signInTo(platform, { scope: 'openid', claims });
    expect(names((await userinfo(platform, access_token)).json)).toEqual(['email', 'sub']);
  });

  it('is ignored where the feature is off, and the metadata says so', async () => {
    await platform.close();
    platform = await createOpenIdPlatform(undefined, { features: { claimsParameter: false } });
    const claims = claimsParameter({ userinfo: { email: null } });
    const { access_token } = await signInTo(platform, { scope: 'openid', claims });
    expect(names((await userinfo(platform, access_token)).json)).toEqual(['sub']);
    const metadata = (await platform.get('/.well-known/openid-configuration')).json;
    expect(metadata['claims_parameter_supported']).toBe(false);
  });
});

describe('an ID token at refresh (OpenID Connect Core §12.2)', () => {
  it('is given when the refresh names openid, with the same iss, sub, aud and auth_time, a new iat and no nonce', async () => {
    const first = await signInTo(platform, { scope: 'openid email' });
    platform.clock.advance(100);
    const again = tokensOf(await refresh(platform, first.refresh_token, { scope: 'openid' }));
    const [former, latter] = [claimsOf(first.id_token), claimsOf(again.id_token)];
    for (const name of ['iss', 'sub', 'aud', 'auth_time']) expect(latter[name]).toBe(former[name]);
    expect(latter['iat']).toBe(Number(former['iat']) + 100);
    expect(former['nonce']).toBe('n-0S6_WzA2Mj');
    expect(latter).not.toHaveProperty('nonce');
    expect(latter['at_hash']).not.toBe(former['at_hash']);
    expect(headerOf(again.id_token)).toMatchObject({ alg: 'RS256' });
  });

  it('is also given without scope in the refresh, which means all that was granted (RFC 6749 §6)', async () => {
    const first = await signInTo(platform, { scope: 'openid email' });
    const again = tokensOf(await refresh(platform, first.refresh_token));
    expect(claimsOf(again.id_token)['sub']).toBe(claimsOf(first.id_token)['sub']);
  });

  it('is not given when the refresh leaves openid out', async () => {
    const first = await signInTo(platform, { scope: 'openid email' });
    const again = tokensOf(await refresh(platform, first.refresh_token, { scope: 'email' }));
    expect(again).not.toHaveProperty('id_token');
  });
});

describe('accepted parameters (OpenID Connect Core §3.1.2.1):', () => {
  it('display, ui_locales and claims_locales change nothing', async () => {
    const words = {
      display: 'popup',
      ui_locales: 'fr-CA fr',
      claims_locales: 'de',
      scope: 'openid profile',
    };
    const { access_token } = await signInTo(platform, words);
    expect((await userinfo(platform, access_token)).json['name']).toBe('Ada Byron');
  });

  it('login_hint is shown in the sign-in page', async () => {
    const browser = platform.browser();
    const at = await follow(browser, { login_hint: 'grace@example.com', redirect_uri: callback });
    expect((await browser.get(at.href)).json['email']).toBe('grace@example.com');
  });
});
