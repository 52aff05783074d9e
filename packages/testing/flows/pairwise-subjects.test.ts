import type { ClientRegistration } from '@keywright/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { TestPlatform } from '../src/index.ts';
import {
  ada,
  agree,
  authorizeLink,
  buildingsApi,
  claimsOf,
  consentPage,
  createOpenIdPlatform,
  follow,
  grace,
  redeem,
  signInTo,
  tokensOf,
  userinfo,
  web,
} from './openid-setting.ts';
import { refresh } from './sunrise.ts';

const second = 'https://second.example/callback';
const third = 'https://heatlens.example/other';
const spaCallback = 'https://spa.example/callback';

const pairwise = (client_id: string, uri: string): ClientRegistration => ({
  ...web,
  client_id,
  redirect_uris: [uri],
  subject_type: 'pairwise',
});

const spa: ClientRegistration = {
  client_id: 'spa',
  kind: 'browser',
  trust: 'third-party',
  client_name: 'Roof Planner',
  redirect_uris: [spaCallback],
  grant_types: ['authorization_code', 'refresh_token', 'implicit'],
  scope: 'openid email buildings:read',
  subject_type: 'pairwise',
};

const clients = [
  { ...web, subject_type: 'pairwise' },
  pairwise('other-sector', second),
  pairwise('same-sector', third),
  { ...web, client_id: 'public', redirect_uris: ['https://public.example/callback'] },
  spa,
  buildingsApi,
];

let platform: TestPlatform;
let adaId: string;
beforeEach(async () => {
  platform = await createOpenIdPlatform(clients);
  adaId = platform.accounts.get(ada)?.id ?? '';
});
afterEach(() => platform.close());

const subjectFor = async (client_id: string, redirect_uri: string) =>
  String(claimsOf((await signInTo(platform, { client_id, redirect_uri })).id_token)['sub']);
const introspect = (token: string, as: string) => platform.post('/introspect', { token }, as);

describe('a pairwise subject (OpenID Connect Core §8.1)', () => {
  it('is different for each sector, the same in one sector, and reveals nothing about the account', async () => {
    const first = await subjectFor('heatlens', web.redirect_uris?.[0] ?? '');
    const others = await Promise.all([
      subjectFor('other-sector', second),
      subjectFor('same-sector', third),
      subjectFor('public', 'https://public.example/callback'),
    ]);
    expect(first).toMatch(/^[A-Za-z0-9_-]{43}$/);
    expect(others).toEqual([expect.not.stringMatching(first), first, adaId]);
  });

  it('is the same at each sign-in, and different for each user', async () => {
    const first = await subjectFor('heatlens', web.redirect_uris?.[0] ?? '');
    expect(await subjectFor('heatlens', web.redirect_uris?.[0] ?? '')).toBe(first);
    const browser = platform.browser();
    const asked = await follow(browser, {});
    const after = await platform.signIn(browser, grace, asked);
    const back = (await agree(browser, await browser.get(after.location.href))).location;
    const graces = tokensOf(await redeem(platform, back.searchParams.get('code') ?? ''));
    expect(claimsOf(graces.id_token)['sub']).not.toBe(first);
  });

  it('is in everything that the client gets: ID token, access token, userinfo, introspection, refresh', async () => {
    const tokens = await signInTo(platform, { scope: 'openid email buildings:read' });
    const { sub } = claimsOf(tokens.id_token);
    expect(claimsOf(tokens.access_token)['sub']).toBe(sub);
    expect((await userinfo(platform, tokens.access_token)).json).toMatchObject({ sub, email: ada });
    expect((await introspect(tokens.access_token, 'heatlens')).json['sub']).toBe(sub);
    expect((await introspect(tokens.refresh_token, 'heatlens')).json['sub']).toBe(sub);
    const again = tokensOf(await refresh(platform, tokens.refresh_token, { scope: 'openid' }));
    expect(claimsOf(again.id_token)['sub']).toBe(sub);
    expect(claimsOf(again.access_token)['sub']).toBe(sub);
    expect(
      JSON.stringify([claimsOf(tokens.access_token), claimsOf(tokens.id_token)]),
    ).not.toContain(adaId);
  });

  it('is given to an API by introspection and in the token', async () => {
    const tokens = await signInTo(platform, { scope: 'openid buildings:read' });
    const { json } = await introspect(tokens.access_token, 'buildings-api');
    expect(json).toMatchObject({ active: true, sub: claimsOf(tokens.access_token)['sub'] });
  });

  it('lets userinfo and introspection find the account where there is no family, as for implicit tokens', async () => {
    const browser = platform.browser();
    const words = {
      client_id: 'spa',
      redirect_uri: spaCallback,
      response_type: 'id_token token',
      scope: 'openid email buildings:read',
      code_challenge: undefined,
      code_challenge_method: undefined,
    };
    const page = await consentPage(platform, browser, words);
    const answer = new URLSearchParams((await agree(browser, page)).location.hash.slice(1));
    const accessToken = answer.get('access_token') ?? '';
    const { sub, jti } = claimsOf(accessToken);
    expect(sub).toBe(claimsOf(answer.get('id_token') ?? '')['sub']);
    expect(sub).not.toBe(adaId);
    expect((await userinfo(platform, accessToken)).json).toEqual({
      sub,
      email: ada,
      email_verified: true,
    });
    expect((await introspect(accessToken, 'buildings-api')).json).toMatchObject({
      active: true,
      sub,
    });
    expect(
      Buffer.from(String(jti).split('.')[1] ?? '', 'base64url').toString('latin1'),
    ).not.toContain(adaId);
    // Ended with its grant.
    const grant = await platform.store.grants.load(adaId, 'spa');
    await platform.store.grants.end(grant?.id ?? '', adaId, platform.clock.nowSeconds());
    expect((await userinfo(platform, accessToken)).status).toBe(401);
    expect((await introspect(accessToken, 'buildings-api')).json).toEqual({ active: false });
  });

  it('is accepted in id_token_hint and in the claim sub', async () => {
    const browser = platform.browser();
    const { id_token } = await signInTo(platform, {}, browser);
    const { sub } = claimsOf(id_token);
    const claims = (value: unknown) => JSON.stringify({ id_token: { sub: { value } } });
    const asked = (words: Record<string, string>) =>
      browser.get(authorizeLink({ prompt: 'none', ...words }));
    expect(
      (await asked({ id_token_hint: id_token })).location.searchParams.get('code'),
    ).toBeTruthy();
    expect((await asked({ claims: claims(sub) })).location.searchParams.get('code')).toBeTruthy();
    expect((await asked({ claims: claims(adaId) })).location.searchParams.get('error')).toBe(
      'login_required',
    );
  });

  it('is in the metadata beside public', async () => {
    const metadata = (await platform.get('/.well-known/openid-configuration')).json;
    expect(metadata['subject_types_supported']).toEqual(['public', 'pairwise']);
  });
});
