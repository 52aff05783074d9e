import { ConfigError, registerClient } from '@keywright/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Answer, type Browser, readForm, type TestPlatform } from '../src/index.ts';
import {
  createLogoutPlatform,
  deliveriesOf,
  endSessionLink,
  isSignedIn,
  logoutTokenOf,
  signedOut,
  signInAt,
  strangeAddress,
} from './logout-setting.ts';
import { ada, grace, redeem } from './sunrise.ts';

let platform: TestPlatform;
let browser: Browser;
beforeEach(async () => {
  platform = await createLogoutPlatform();
  browser = platform.browser();
});
afterEach(() => platform.close());

/** The refusal is a page, never a redirect, and no user was signed out. */
async function expectRefused(words: Readonly<Record<string, string>>, reason: string) {
  for (const answer of [
    await browser.get(endSessionLink(words)),
    await browser.post('/end-session', words, { 'sec-fetch-site': 'cross-site' }),
  ]) {
    expect(answer.status).toBe(400);
    expect(answer.headers['location']).toBeUndefined();
    expect(answer.reason).toBe(reason);
  }
  expect(await isSignedIn(browser)).toBe(true);
}

/** Header, claims and signature of a token, with one of them changed. */
function changed(token: string, part: 0 | 1 | 2, change: (text: string) => string): string {
  const parts = token.split('.');
  const text = Buffer.from(parts[part] ?? '', 'base64url').toString('latin1');
  return parts
    .map((one, index) =>
      index === part ? Buffer.from(change(text), 'latin1').toString('base64url') : one,
    )
    .join('.');
}

describe('the id_token_hint of a logout request', () => {
  it.each([
    ['no token', () => 'nonsense'],
    [
      'another person put in',
      (token: string) => changed(token, 1, (text) => text.replace('usr_', 'usr-')),
    ],
    ['another signature', (token: string) => changed(token, 2, (text) => `${text.slice(1)}x`)],
    ['no signature', (token: string) => `${token.split('.').slice(0, 2).join('.')}.`],
    ['no algorithm', (token: string) => changed(token, 0, (text) => text.replace('RS256', 'none'))],
    ['a million dots', () => '.'.repeat(1_000_000)],
  ] as const)('is refused when it is forged: %s (RP-Initiated Logout §2)', async (_, forge) => {
    const { id_token: idToken } = await signInAt(platform, browser);
    await expectRefused({ id_token_hint: forge(idToken) }, 'id_token_hint_invalid');
  });

  it('is refused when it is another token of ours: an access token, a logout token', async () => {
    const { access_token: accessToken } = await signInAt(platform, browser);
    const other = platform.browser();
    const { id_token: idToken } = await signInAt(platform, other);
    await other.get(endSessionLink({ id_token_hint: idToken }));
    const [delivery] = await deliveriesOf(platform);
    for (const token of [accessToken, logoutTokenOf(delivery)])
      await expectRefused({ id_token_hint: token }, 'id_token_hint_invalid');
  });

  it('is refused when client_id names another client', async () => {
    const { id_token: idToken } = await signInAt(platform, browser);
    await expectRefused({ id_token_hint: idToken, client_id: 'roof' }, 'id_token_hint_invalid');
  });

  it('is refused when its client is disabled', async () => {
    const { id_token: idToken } = await signInAt(platform, browser);
    await platform.store.clients.disable('heatlens', platform.clock.nowSeconds());
    await expectRefused({ id_token_hint: idToken }, 'client_unknown');
  });

  it('does not allow the redirect URIs of another client', async () => {
    const { id_token: idToken } = await signInAt(platform, browser);
    const foreign = 'https://roof.example/signed-out';
    await expectRefused(
      { id_token_hint: idToken, post_logout_redirect_uri: foreign },
      'post_logout_redirect_uri_mismatch',
    );
  });
});

describe('post_logout_redirect_uri', () => {
  it.each([
    `${signedOut}/`,
    `${signedOut}?x=1`,
    `${signedOut}#x`,
    signedOut.toUpperCase(),
    signedOut.replace('https:', 'http:'),
    signedOut.replace('heatlens.example', 'heatlens.example.evil.example'),
    signedOut.replace('heatlens.example', 'heatlens.example@evil.example'),
    signedOut.replace('signed-out', './signed-out'),
    signedOut.replace('signed-out', '%73igned-out'),
    signedOut.replace('heatlens.example', 'heatlens.example:443'),
    'https://heatlens.example/callback',
    'https://evil.example/',
    '//evil.example/',
    'javascript:alert(1)',
  ])('is refused unless it is exactly a registered one: %s (§3)', async (uri) => {
    await platform.signIn(browser, ada);
    await expectRefused(
      { client_id: 'heatlens', post_logout_redirect_uri: uri },
      'post_logout_redirect_uri_mismatch',
    );
  });

  it('is refused without a statement about which client asks', async () => {
    await platform.signIn(browser, ada);
    await expectRefused(
      { post_logout_redirect_uri: signedOut },
      'post_logout_redirect_uri_mismatch',
    );
  });

  it('is refused for an unknown client', async () => {
    await platform.signIn(browser, ada);
    await expectRefused(
      { client_id: 'nobody', post_logout_redirect_uri: signedOut },
      'client_unknown',
    );
  });
});

describe('the parameters of a logout request', () => {
  it('are refused when they come twice, or in the address of a POST', async () => {
    await platform.signIn(browser, ada);
    const twice = await browser.get('/end-session?client_id=heatlens&client_id=roof');
    expect(twice.reason).toBe('parameter_repeated');
    const posted = await browser.post('/end-session?client_id=heatlens', {});
    expect(posted.reason).toBe('credentials_in_query');
    const json = await browser.post('/end-session', '{}', { 'content-type': 'application/json' });
    expect(json.reason).toBe('content_type_wrong');
  });

  it('include a state, which is refused when it is longer than an address may be', async () => {
    await platform.signIn(browser, ada);
    const answer = await browser.get(
      endSessionLink({ client_id: 'heatlens', state: 'x'.repeat(2049) }),
    );
    expect(answer.reason).toBe('parameter_malformed');
  });
});

describe('no link and no other site can sign a user out (ASVS 10.6.2):', () => {
  it('a request without cookies, as from a frame or a form of another site, changes nothing', async () => {
    const { id_token: idToken } = await signInAt(platform, browser);
    const elsewhere = platform.browser();
    const answer = await elsewhere.get(endSessionLink({ id_token_hint: idToken }));
    expect(answer.cookies).toEqual([]);
    await elsewhere.post('/end-session', { id_token_hint: idToken });
    expect(await isSignedIn(browser)).toBe(true);
    expect(await deliveriesOf(platform)).toEqual([]);
  });

  it('the page of one session cannot be answered by another', async () => {
    await platform.signIn(browser, ada);
    const page = await browser.get((await browser.get('/end-session')).location.href);
    await platform.signIn(browser, grace);
    const answer = await browser.post('/sign-out', readForm(page));
    expect(answer.reason).toBe('form_foreign');
    expect(await isSignedIn(browser)).toBe(true);
  });

  it('a form from another site is refused', async () => {
    await platform.signIn(browser, ada);
    const page = await browser.get((await browser.get('/end-session')).location.href);
    const answer = await browser.post('/sign-out', readForm(page), {
      'sec-fetch-site': 'cross-site',
    });
    expect(answer.reason).toBe('form_foreign');
  });

  it('a sealed request that is too old, changed, or sealed for another purpose is refused', async () => {
    await platform.signIn(browser, ada);
    const { location } = await browser.get(
      endSessionLink({ client_id: 'heatlens', post_logout_redirect_uri: signedOut }),
    );
    const sealed = location.searchParams.get('request') ?? '';
    const other = platform.ports.vault.seal('signed-out', '{}');
    const changedOne = sealed.slice(0, 20) + (sealed[20] === 'A' ? 'B' : 'A') + sealed.slice(21);
    for (const request of [changedOne, 'nonsense', other]) {
      const answer = await browser.get(`/sign-out?request=${request}`);
      expect(answer.reason).toBe('request_expired');
    }
    platform.clock.advance(1801);
    expect((await browser.get(location.href)).reason).toBe('request_expired');
  });
});

describe('at logout, an unverified client', () => {
  const words = { client_id: 'stranger', post_logout_redirect_uri: strangeAddress, state: 's' };
  const goOn = {
    address: `${strangeAddress}?state=s`,
    name: 'Stranger',
    host: 'stranger.example',
    isUnverified: true,
  };

  /** The page shows the address, and only a click opens it. */
  async function expectOnlyOffered(answer: Answer, on: Browser = browser) {
    expect([answer.status, answer.location.pathname]).toEqual([303, '/signed-out']);
    const page = await on.get(answer.location.href);
    expect(page.status).toBe(200);
    expect(page.json).toMatchObject({ page: 'signed-out', goOn });
    expect(page.headers['refresh']).toBeUndefined();
  }

  it('gets no redirect to its address, with an ID token that it was given or without one (RFC 9700 §4.11.2)', async () => {
    const own = platform.browser();
    const { id_token: idToken } = await signInAt(platform, own, 'stranger', { scope: 'openid' });
    const visitor = platform.browser();
    for (const link of [words, { ...words, id_token_hint: idToken }]) {
      await expectOnlyOffered(await visitor.get(endSessionLink(link)), visitor);
      const posted = await visitor.post('/end-session', link, { 'sec-fetch-site': 'cross-site' });
      await expectOnlyOffered(await visitor.get(posted.location.href), visitor);
    }
  });

  it('needs a confirmation by the user, also with their ID token, and no form redirects to it (§2, §6)', async () => {
    const { id_token: idToken } = await signInAt(platform, browser, 'stranger', {
      scope: 'openid',
    });
    const asked = await browser.get(endSessionLink({ ...words, id_token_hint: idToken }));
    expect(asked.location.pathname).toBe('/sign-out');
    expect(await isSignedIn(browser)).toBe(true);
    const page = await browser.get(asked.location.href);
    expect(page.json).toMatchObject({
      page: 'sign-out',
      client: { name: 'Stranger', isUnverified: true },
    });
    expect(page.headers['content-security-policy']).toContain(" form-action 'self';");
    await expectOnlyOffered(await browser.post('/sign-out', readForm(page)));
    expect(await isSignedIn(browser)).toBe(false);
  });

  it('is not linked from the page with the frames of other clients either', async () => {
    await signInAt(platform, browser, 'roof');
    const asked = await browser.get(endSessionLink(words));
    const page = await browser.get(asked.location.href);
    const answer = await browser.post('/sign-out', readForm(page));
    expect((await browser.get(answer.location.href)).json['frames']).toHaveLength(1);
    await expectOnlyOffered(answer);
  });

  it('is not linked from an earlier page when it became unverified after that', async () => {
    const { id_token: idToken } = await signInAt(platform, browser, 'roof');
    const { location } = await browser.get(
      endSessionLink({
        id_token_hint: idToken,
        post_logout_redirect_uri: 'https://roof.example/signed-out',
      }),
    );
    expect((await browser.get(location.href)).headers['refresh']).toContain(
      'https://roof.example/',
    );
    const client = await platform.store.clients.load('roof');
    if (client === undefined) throw new Error('there is no client');
    await platform.store.clients.save({ ...client, trust: 'unverified' });
    expect((await browser.get(location.href)).headers['refresh']).toBeUndefined();
  });
});

describe('the signed-out page', () => {
  it('frames no address whose host contains more than a host name, which could be registered once (CSP3 §2.3.1)', async () => {
    const { id_token: idToken } = await signInAt(platform, browser, 'roof');
    const { location } = await browser.get(endSessionLink({ id_token_hint: idToken }));
    const client = await platform.store.clients.load('roof');
    if (client === undefined) throw new Error('there is no client');
    const frontchannelLogoutUri = 'https://roof.example;frame-ancestors/front';
    await platform.store.clients.save({
      ...client,
      settings: { ...client.settings, frontchannelLogoutUri },
    });
    const page = await browser.get(location.href);
    expect([page.status, page.json['frames']]).toEqual([200, []]);
    expect(page.headers['content-security-policy']).not.toContain('roof');
  });

  it('shows no frame and no link when a link of another site or an old link opens it', async () => {
    const { id_token: idToken } = await signInAt(platform, browser, 'roof');
    const { location } = await browser.get(
      endSessionLink({
        id_token_hint: idToken,
        post_logout_redirect_uri: 'https://roof.example/signed-out',
      }),
    );
    const forged = await browser.get('/signed-out?about=nonsense');
    expect(forged.json).toEqual({ page: 'signed-out', frames: [] });
    expect((await browser.get(location.href)).json['frames']).toHaveLength(1);
    platform.clock.advance(601);
    const late = await browser.get(location.href);
    expect(late.json).toEqual({ page: 'signed-out', frames: [] });
    expect(late.headers['refresh']).toBeUndefined();
  });

  it('frames no client that was disabled since', async () => {
    const { id_token: idToken } = await signInAt(platform, browser, 'roof');
    const { location } = await browser.get(endSessionLink({ id_token_hint: idToken }));
    await platform.store.clients.disable('roof', platform.clock.nowSeconds());
    expect((await browser.get(location.href)).json['frames']).toEqual([]);
  });
});

describe('an authorization code of a session that has ended', () => {
  it('is refused, so that no client signs in a user after it was notified of the logout', async () => {
    const { id_token: idToken } = await signInAt(platform, browser);
    const answer = await browser.get(
      '/authorize?response_type=code&client_id=heatlens&scope=openid&redirect_uri=https%3A%2F%2Fheatlens.example%2Fcallback&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256',
    );
    await browser.get(endSessionLink({ id_token_hint: idToken }));
    const code = answer.location.searchParams.get('code') ?? '';
    expect(code).not.toBe('');
    expect((await redeem(platform, code)).reason).toBe('code_invalid');
  });
});

describe('the registration of logout addresses', () => {
  const base = {
    kind: 'web',
    trust: 'third-party',
    client_name: 'App',
    redirect_uris: ['https://app.example/callback'],
  };
  const register = (members: object) =>
    registerClient(
      { ...base, ...members },
      { now: 0, random: platform.ports.random, apis: [], origin: 'command' },
    );

  it.each([
    [{ post_logout_redirect_uris: ['https://app.example/#out'] }, 'post_logout_redirect_uris[0]'],
    [{ post_logout_redirect_uris: ['javascript:alert(1)'] }, 'post_logout_redirect_uris[0]'],
    [{ post_logout_redirect_uris: ['https://*.app.example/'] }, 'post_logout_redirect_uris[0]'],
    [{ backchannel_logout_uri: 'http://app.example/back' }, 'backchannel_logout_uri'],
    [{ backchannel_logout_uri: 'https://app.example/back#x' }, 'backchannel_logout_uri'],
    [{ frontchannel_logout_uri: 'https://other.example/front' }, 'frontchannel_logout_uri'],
    [{ frontchannel_logout_uri: 'https://app.example;x/front' }, 'frontchannel_logout_uri'],
    [{ backchannel_logout_uri: 'https://app.example;x/back' }, 'backchannel_logout_uri'],
    [{ post_logout_redirect_uris: ['https://app.example;x/'] }, 'post_logout_redirect_uris[0]'],
    [{ frontchannel_logout_uri: 'https://app.example:8443/front' }, 'frontchannel_logout_uri'],
    [{ frontchannel_logout_uri: 'http://app.example/front' }, 'frontchannel_logout_uri'],
    [
      { kind: 'service', redirect_uris: [], backchannel_logout_uri: 'https://app.example/back' },
      'backchannel_logout_uri',
    ],
    [
      { kind: 'service', redirect_uris: [], post_logout_redirect_uris: ['https://app.example/'] },
      'post_logout_redirect_uris[0]',
    ],
  ])('refuses %o', (members, path) => {
    const problems = () => {
      try {
        register(members);
      } catch (error) {
        if (error instanceof ConfigError) return error.problems.map((one) => one.path);
        throw error;
      }
      return [];
    };
    expect(problems()).toEqual([`client.${path}`]);
  });

  it('keeps the values that are right, and adds none', () => {
    const members = {
      post_logout_redirect_uris: ['https://app.example/out'],
      backchannel_logout_uri: 'https://elsewhere.example/back',
      backchannel_logout_session_required: true,
      frontchannel_logout_uri: 'https://app.example/front?a=b',
      frontchannel_logout_session_required: false,
    };
    expect(register(members).client.settings).toEqual({
      postLogoutRedirectUris: members.post_logout_redirect_uris,
      backchannelLogoutUri: members.backchannel_logout_uri,
      backchannelLogoutSessionRequired: true,
      frontchannelLogoutUri: members.frontchannel_logout_uri,
      frontchannelLogoutSessionRequired: false,
    });
    expect(register({}).client.settings).toBeUndefined();
  });
});
