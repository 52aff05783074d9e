import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Browser, TestPlatform } from '../src/index.ts';
import {
  ada,
  createOpenIdPlatform,
  errorOf,
  follow,
  grace,
  signInAs,
  signInTo,
  web,
} from './openid-setting.ts';

const other = 'https://other.example/callback';

let platform: TestPlatform;
let browser: Browser;
beforeEach(async () => {
  platform = await createOpenIdPlatform([
    web,
    { ...web, client_id: 'other', redirect_uris: [other] },
  ]);
  browser = platform.browser();
});
afterEach(() => platform.close());

describe('id_token_hint (OpenID Connect Core §3.1.2.1)', () => {
  it('for the user with a session is answered without a page', async () => {
    const { id_token } = await signInTo(platform, {}, browser);
    const back = await follow(browser, { id_token_hint: id_token, prompt: 'none' });
    expect(back.searchParams.get('code')).toBeTruthy();
  });

  it('may have expired: it is no credential, and only says which user is meant', async () => {
    const { id_token } = await signInTo(platform, {}, browser);
    platform.clock.advance(3601);
    expect(
      (await follow(browser, { id_token_hint: id_token })).searchParams.get('code'),
    ).toBeTruthy();
  });

  it('for another user is login_required with prompt=none (§3.1.2.2)', async () => {
    const { id_token } = await signInTo(platform, {}, browser);
    const graces = platform.browser();
    const asked = await follow(graces, {});
    await platform.signIn(graces, grace, asked);
    expect(await errorOf(graces, { id_token_hint: id_token, prompt: 'none' })).toBe(
      'login_required',
    );
  });

  it('for another user leads to the sign-in page, and only a sign-in of the named user is answered', async () => {
    const { id_token } = await signInTo(platform, {}, browser);
    const graces = platform.browser();
    await platform.signIn(graces, grace, await follow(graces, {}));
    const words = { id_token_hint: id_token };
    expect((await follow(graces, words)).pathname).toBe('/sign-in');
    expect((await signInAs(platform, graces, grace, words)).searchParams.get('error')).toBe(
      'login_required',
    );
    expect((await signInAs(platform, graces, ada, words)).searchParams.get('code')).toBeTruthy();
  });

  it('reveals no user: the sign-in page shows no address that was not typed', async () => {
    const { id_token } = await signInTo(platform, {}, browser);
    const stranger = platform.browser();
    const page = await stranger.get((await follow(stranger, { id_token_hint: id_token })).href);
    expect(page.body).not.toContain(ada);
  });
});

describe('an invalid id_token_hint', () => {
  it.each([
    ['no token', () => 'abc'],
    ['an access token', (tokens: { access_token: string }) => tokens.access_token],
    [
      'an ID token with another signature',
      (tokens: { id_token: string }) => `${tokens.id_token.slice(0, -4)}AAAA`,
    ],
  ] as const)('%s is invalid_request', async (_, hint) => {
    const tokens = await signInTo(platform, {}, browser);
    expect(await errorOf(browser, { id_token_hint: hint(tokens as never) })).toBe(
      'invalid_request',
    );
  });

  it('of another client is invalid_request, because clients may not use each other’s tokens', async () => {
    const { id_token } = await signInTo(platform, {}, browser);
    const words = { client_id: 'other', redirect_uri: other, id_token_hint: id_token };
    expect(await errorOf(browser, words)).toBe('invalid_request');
  });

  it('that contradicts the claim sub is invalid_request', async () => {
    const { id_token } = await signInTo(platform, {}, browser);
    const claims = JSON.stringify({ id_token: { sub: { value: 'usr_somebody_else' } } });
    expect(await errorOf(browser, { id_token_hint: id_token, claims })).toBe('invalid_request');
  });
});
