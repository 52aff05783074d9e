import { createHash } from 'node:crypto';
import { importKeySet, verifyJwt } from '@keywright/jwt';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readForm, type TestPlatform } from '../src/index.ts';
import {
  ada,
  allow,
  authorizeLink,
  buildings,
  callback,
  claimsOf,
  createSunrise,
  headerOf,
  obtainCode,
  obtainTokens,
  redeem,
  tokensOf,
  verifier,
} from './sunrise.ts';

let platform: TestPlatform;
beforeEach(async () => {
  platform = await createSunrise();
});
afterEach(() => platform.close());

describe('the authorization endpoint', () => {
  it('sends a user without a session to the sign-in page, and from there to the consent page', async () => {
    const browser = platform.browser();
    const asked = await browser.get(authorizeLink());
    expect(asked.status).toBe(303);
    expect(asked.location.pathname).toBe('/sign-in');
    const signedIn = await platform.signIn(browser, ada, asked.location);
    expect(signedIn.location.pathname).toBe('/consent');
    expect((await browser.get(signedIn.location.href)).json).toMatchObject({
      page: 'consent',
      client: { name: 'Heatlens' },
    });
  });

  it('carries the request sealed: no part of it is readable in an address of the server', async () => {
    const asked = await platform.browser().get(authorizeLink({ state: 'very-secret-state' }));
    expect(asked.location.href).not.toContain('very-secret-state');
    expect(
      Buffer.from(asked.location.searchParams.get('request') ?? '', 'base64url').toString('latin1'),
    ).not.toContain('very-secret');
  });

  it('answers with code, state exactly as it came, and iss (RFC 6749 §4.1.2, RFC 9207 §2)', async () => {
    const back = await allow(platform, { state: 'a b&c=d/é' });
    expect(back.origin + back.pathname).toBe(callback);
    expect(back.searchParams.get('state')).toBe('a b&c=d/é');
    expect(back.searchParams.get('iss')).toBe(platform.issuer);
    expect(back.searchParams.get('code')).toMatch(/^[A-Za-z0-9_-]{43}$/);
  });

  it('also takes the request by POST (OpenID Connect Core §3.1.2.1)', async () => {
    const browser = platform.browser();
    await platform.signIn(browser, ada);
    const request = authorizeLink().split('?')[1] ?? '';
    // A post from another site carries no cookie of ours; the visit that follows it does.
    const posted = await platform.browser().post('/authorize', request);
    expect((await browser.get(posted.location.href)).json['page']).toBe('consent');
    const refused = await platform
      .browser()
      .post('/authorize', request.replace('openid', 'nonsense'));
    expect(refused.location.searchParams.get('error')).toBe('invalid_scope');
  });

  it('answers in the fragment where response_mode asks for it', async () => {
    const back = await allow(platform, { response_mode: 'fragment' });
    expect(new URLSearchParams(back.hash.slice(1)).get('code')).toBeTruthy();
    expect(back.search).toBe('');
  });

  it('keeps the query of a redirect URI (RFC 6749 §3.1.2)', async () => {
    await platform.close();
    platform = await createSunrise({
      clients: [
        {
          client_id: 'heatlens',
          kind: 'web',
          trust: 'third-party',
          client_name: 'H',
          redirect_uris: [`${callback}?tenant=7`],
          scope: 'openid',
        },
      ],
    });
    const back = await allow(platform, { redirect_uri: `${callback}?tenant=7`, scope: 'openid' });
    expect(back.searchParams.get('tenant')).toBe('7');
    expect(back.searchParams.get('code')).toBeTruthy();
  });
});

describe('the exchange of an authorization code', () => {
  it('gives an access token, a refresh token and an ID token, and its answer is not cacheable (RFC 6749 §5.1)', async () => {
    const answer = await redeem(platform, await obtainCode(platform));
    expect(answer.status).toBe(200);
    expect(answer.headers['cache-control']).toBe('no-store');
    expect(answer.headers['content-type']).toBe('application/json');
    expect(answer.json).toMatchObject({
      token_type: 'Bearer',
      expires_in: 600,
      scope: 'openid buildings:read',
    });
    expect(tokensOf(answer).refresh_token).toMatch(/^rt_[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43}$/);
  });

  it('signs the access token as RFC 9068 says, for the one API that its scopes belong to', async () => {
    const { access_token } = await obtainTokens(platform);
    const keys = importKeySet((await platform.get('/jwks')).json);
    const now = platform.clock.nowSeconds();
    const { claims } = verifyJwt(access_token, {
      keys,
      typ: 'at+jwt',
      issuer: platform.issuer,
      audience: buildings,
      nowSeconds: now,
    });
    expect(headerOf(access_token)).toMatchObject({ alg: 'ES256', typ: 'at+jwt' });
    expect(claims).toMatchObject({
      sub: platform.accounts.get(ada)?.id,
      client_id: 'heatlens',
      aud: buildings,
      scope: 'openid buildings:read',
      iat: now,
      exp: now + 600,
      auth_time: now,
    });
    expect(claims['jti']).toBeTypeOf('string');
  });

  it('gives the nonce and at_hash in the ID token, and the client as its only audience (OpenID Connect Core §2)', async () => {
    const { id_token, access_token } = await obtainTokens(platform);
    const left = createHash('sha256')
      .update(access_token)
      .digest()
      .subarray(0, 16)
      .toString('base64url');
    expect(claimsOf(id_token)).toMatchObject({
      aud: 'heatlens',
      nonce: 'n-0S6_WzA2Mj',
      at_hash: left,
      iss: platform.issuer,
    });
    expect(claimsOf(id_token)).not.toHaveProperty('email');
  });

  it('gives no ID token without the scope openid', async () => {
    expect(await obtainTokens(platform, { scope: 'buildings:read' })).not.toHaveProperty(
      'id_token',
    );
  });

  it('stores neither codes nor refresh tokens, only their digests', async () => {
    const code = await obtainCode(platform);
    const { refresh_token, access_token } = tokensOf(await redeem(platform, code));
    const kept = JSON.stringify([
      await platform.store.codes.load(createHash('sha256').update(code).digest('base64url')),
      await platform.store.families.load(String(claimsOf(access_token)['jti']).split('.')[0] ?? ''),
    ]);
    expect(kept).toContain(createHash('sha256').update(refresh_token).digest('base64url'));
    expect(kept).not.toContain(code);
    expect(kept).not.toContain(refresh_token);
  });

  it('gives a token for the API that resource names, when the code was granted for two (RFC 8707 §2.2)', async () => {
    const words = { scope: 'openid buildings:read invoices:read' };
    const first = tokensOf(
      await redeem(platform, await obtainCode(platform, words), { resource: buildings }),
    );
    expect(claimsOf(first.access_token)).toMatchObject({
      aud: buildings,
      scope: 'openid buildings:read',
    });
  });

  it('answers a public client that names itself and proves its code verifier', async () => {
    const redirect_uri = 'com.example.app:/callback';
    const code = await obtainCode(platform, { client_id: 'native', redirect_uri });
    expect((await redeem(platform, code, { redirect_uri }, 'native')).status).toBe(200);
  });

  it('takes an empty secret as no secret, in a header and in a form, as requests-oauthlib names a public client (§2.3.1)', async () => {
    const redirect_uri = 'com.example.app:/callback';
    const code = await obtainCode(platform, { client_id: 'native', redirect_uri });
    const form = { grant_type: 'authorization_code', code, redirect_uri, code_verifier: verifier };
    const ask = (id: string) =>
      platform.browser().post('/token', form, { authorization: `Basic ${btoa(`${id}:`)}` });
    expect((await ask('heatlens')).json['error']).toBe('invalid_client');
    expect((await ask('native')).status).toBe(200);
  });
});

describe('the authorization endpoint with prompt or max_age (OpenID Connect Core §3.1.2.1)', () => {
  it('asks for a new sign-in once for prompt=login, also within one second', async () => {
    const browser = platform.browser();
    await allow(platform, {}, browser);
    const again = await browser.get(authorizeLink({ prompt: 'login' }));
    expect(again.location.pathname).toBe('/sign-in');
    const after = await platform.signIn(browser, ada, again.location);
    const back = await browser.get(after.location.href);
    expect(back.location.searchParams.get('code')).toBeTruthy();
  });

  it('asks for a new sign-in when the session is older than max_age, and the ID token has the time of the new one', async () => {
    const browser = platform.browser();
    await allow(platform, {}, browser);
    platform.clock.advance(100);
    expect(
      (await browser.get(authorizeLink({ max_age: '200' }))).location.searchParams.get('code'),
    ).toBeTruthy();
    expect((await browser.get(authorizeLink({ max_age: '99' }))).location.pathname).toBe(
      '/sign-in',
    );
    expect((await browser.get(authorizeLink({ max_age: '0' }))).location.pathname).toBe('/sign-in');
  });

  it('never shows a page for prompt=none: it answers login_required, consent_required or the code', async () => {
    const browser = platform.browser();
    const error = async () =>
      (await browser.get(authorizeLink({ prompt: 'none' }))).location.searchParams.get('error');
    expect(await error()).toBe('login_required');
    const shown = await browser.get((await browser.get(authorizeLink())).location.href);
    await browser.post('/sign-in', { ...readForm(shown), email: ada, password: 'correct horse' });
    expect(await error()).toBe('consent_required');
    await allow(platform, {}, browser);
    expect(await error()).toBeNull();
  });
});
