import { importKeySet, verifyJwt } from '@keywright/jwt';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Browser, readForm, type TestPlatform } from '../src/index.ts';
import {
  backChannel,
  createLogoutPlatform,
  deliveriesOf,
  endSessionLink,
  frontChannel,
  isSignedIn,
  logoutTokenOf,
  signedOut,
  signInAt,
} from './logout-setting.ts';
import { ada, claimsOf, grace, headerOf, refresh, tokensOf } from './sunrise.ts';

let platform: TestPlatform;
let browser: Browser;
beforeEach(async () => {
  platform = await createLogoutPlatform();
  browser = platform.browser();
});
afterEach(() => platform.close());

/** Presses the button of the page that a logout request shows. */
async function agree(location: URL) {
  const page = await browser.get(location.href);
  return browser.post('/sign-out', readForm(page));
}

/** From here on, the client has no logout address. */
async function leaveUntold(clientId: string) {
  const client = await platform.store.clients.load(clientId);
  if (client === undefined) throw new Error('there is no client');
  const { backchannelLogoutUri: _, ...settings } = client.settings ?? {};
  await platform.store.clients.save({ ...client, settings });
}

describe('RP-Initiated Logout with an ID token of the user with the session', () => {
  it('ends the session at once, and redirects the user with the state as it came', async () => {
    const { id_token: idToken, refresh_token: refreshToken } = await signInAt(platform, browser);
    const answer = await browser.get(
      endSessionLink({
        id_token_hint: idToken,
        post_logout_redirect_uri: signedOut,
        state: 'a b&c',
      }),
    );
    expect(answer.status).toBe(303);
    expect(answer.headers['location']).toBe(`${signedOut}?state=a+b%26c`);
    expect(await isSignedIn(browser)).toBe(false);
    expect((await refresh(platform, refreshToken)).json['error']).toBe('invalid_grant');
    expect(platform.events).toContainEqual(
      expect.objectContaining({ type: 'sign_out', clientId: 'heatlens' }),
    );
  });

  it('keeps the query of a registered address', async () => {
    const { id_token: idToken } = await signInAt(platform, browser);
    const uri = `${signedOut}?tab=1`;
    const answer = await browser.get(
      endSessionLink({ id_token_hint: idToken, post_logout_redirect_uri: uri, state: 's' }),
    );
    expect(answer.headers['location']).toBe(`${uri}&state=s`);
  });

  it('accepts an expired ID token', async () => {
    const { id_token: idToken } = await signInAt(platform, browser);
    platform.clock.advance(86_400);
    const answer = await browser.get(endSessionLink({ id_token_hint: idToken }));
    expect(answer.location.pathname).toBe('/signed-out');
    expect(await isSignedIn(browser)).toBe(false);
  });

  it('accepts an ID token of an earlier session of the same user, from a first-party application', async () => {
    const { id_token: idToken } = await signInAt(platform, browser, 'portal');
    await platform.signIn(browser, ada);
    await browser.get(endSessionLink({ id_token_hint: idToken }));
    expect(await isSignedIn(browser)).toBe(false);
  });

  it.each([
    ['that is told of the end', true],
    ['that is not', false],
  ])(
    'asks the user with an ID token of an earlier session, from a third-party application %s',
    async (_, isTold) => {
      if (!isTold) await leaveUntold('heatlens');
      const { id_token: idToken } = await signInAt(platform, browser);
      expect('sid' in claimsOf(idToken)).toBe(isTold);
      platform.clock.advance(1);
      await platform.signIn(browser, ada);
      const asked = await browser.get(
        endSessionLink({ id_token_hint: idToken, post_logout_redirect_uri: signedOut, state: 's' }),
      );
      expect(asked.location.pathname).toBe('/sign-out');
      expect(await isSignedIn(browser)).toBe(true);
      const answer = await agree(asked.location);
      expect(answer.headers['location']).toBe(`${signedOut}?state=s`);
      expect(await isSignedIn(browser)).toBe(false);
    },
  );

  it('finds the user by the pairwise subject of the client', async () => {
    const { id_token: idToken } = await signInAt(platform, browser, 'both');
    await browser.get(endSessionLink({ id_token_hint: idToken }));
    expect(await isSignedIn(browser)).toBe(false);
  });

  it('accepts the same request by POST, as a separate visit', async () => {
    const { id_token: idToken } = await signInAt(platform, browser);
    // From the site of the client, so without our cookies.
    const posted = await platform.browser().post('/end-session', {
      id_token_hint: idToken,
      post_logout_redirect_uri: signedOut,
      state: 's',
    });
    expect(posted.location.pathname).toBe('/sign-out');
    expect(await isSignedIn(browser)).toBe(true);
    const answer = await browser.get(posted.location.href);
    expect(answer.headers['location']).toBe(`${signedOut}?state=s`);
    expect(await isSignedIn(browser)).toBe(false);
  });

  it('redirects the user although no session is left', async () => {
    const { id_token: idToken } = await signInAt(platform, browser);
    const answer = await platform
      .browser()
      .get(endSessionLink({ id_token_hint: idToken, post_logout_redirect_uri: signedOut }));
    expect(answer.headers['location']).toBe(signedOut);
    expect(answer.cookies).toEqual([]);
  });
});

describe('RP-Initiated Logout without an ID token', () => {
  it('asks the user, names the application, and redirects after the user agreed (ASVS 10.6.2)', async () => {
    await signInAt(platform, browser);
    const asked = await browser.get(
      endSessionLink({ client_id: 'heatlens', post_logout_redirect_uri: signedOut, state: 's' }),
    );
    expect(asked.location.pathname).toBe('/sign-out');
    const page = await browser.get(asked.location.href);
    expect(page.json).toMatchObject({
      page: 'sign-out',
      client: { name: 'Heatlens' },
      account: { email: ada },
      stay: '/account',
    });
    expect(page.headers['content-security-policy']).toContain("form-action 'self' https:");
    expect(await isSignedIn(browser)).toBe(true);
    const answer = await agree(asked.location);
    expect(answer.headers['location']).toBe(`${signedOut}?state=s`);
    expect(await isSignedIn(browser)).toBe(false);
  });

  it('also asks when the ID token is for another user', async () => {
    const { id_token: idToken } = await signInAt(platform, browser);
    await platform.signIn(browser, grace);
    const asked = await browser.get(endSessionLink({ id_token_hint: idToken }));
    expect(asked.location.pathname).toBe('/sign-out');
    expect(await isSignedIn(browser)).toBe(true);
  });

  it('does not redirect when the client is gone or has registered another address', async () => {
    await platform.signIn(browser, ada);
    const words = { client_id: 'heatlens', post_logout_redirect_uri: signedOut };
    const asked = await browser.get(endSessionLink(words));
    const elsewhere = platform.browser();
    const left = await elsewhere.get(endSessionLink(words));
    const client = await platform.store.clients.load('heatlens');
    if (client === undefined) throw new Error('there is no client');
    const { postLogoutRedirectUris: _, ...settings } = client.settings ?? {};
    await platform.store.clients.save({ ...client, settings });
    expect((await agree(asked.location)).headers['location']).toBe('/signed-out');
    const page = await elsewhere.get(left.location.href);
    expect(page.json).toEqual({ page: 'signed-out', frames: [] });
  });

  it('needs no parameter', async () => {
    await platform.signIn(browser, ada);
    const asked = await browser.get('/end-session');
    expect((await agree(asked.location)).location.pathname).toBe('/signed-out');
    expect(await isSignedIn(browser)).toBe(false);
  });

  it('shows a link and does not redirect when there was no session', async () => {
    const answer = await browser.get(
      endSessionLink({ client_id: 'heatlens', post_logout_redirect_uri: signedOut, state: 's' }),
    );
    const page = await browser.get(answer.location.href);
    expect(page.json).toMatchObject({
      page: 'signed-out',
      frames: [],
      goOn: { address: `${signedOut}?state=s`, name: 'Heatlens', host: 'heatlens.example' },
    });
    expect(page.headers['refresh']).toBeUndefined();
  });

  it('links to a native application on the device', async () => {
    await platform.signIn(browser, ada);
    const uri = 'com.example.app:/signed-out';
    const asked = await browser.get(
      endSessionLink({ client_id: 'native', post_logout_redirect_uri: uri }),
    );
    const page = await browser.get(asked.location.href);
    expect(page.headers['content-security-policy']).toContain(
      "form-action 'self' com.example.app: https:",
    );
    expect((await agree(asked.location)).headers['location']).toBe(uri);
  });

  it('accepts ui_locales and logout_hint, and does not show their values', async () => {
    await platform.signIn(browser, ada);
    const asked = await browser.get(
      endSessionLink({ ui_locales: 'de fr', logout_hint: 'mallory@example.com' }),
    );
    const page = await browser.get(asked.location.href);
    expect(page.body).not.toContain('mallory');
  });
});

describe('Back-Channel Logout', () => {
  it('sends a logout token to each client of the session that registered an address', async () => {
    const { id_token: idToken } = await signInAt(platform, browser);
    const both = await signInAt(platform, browser, 'both');
    await browser.get(endSessionLink({ id_token_hint: idToken }));
    const deliveries = await deliveriesOf(platform);
    expect(deliveries.map(({ clientId }) => clientId).toSorted()).toEqual(['both', 'heatlens']);

    const delivery = deliveries.find(({ clientId }) => clientId === 'heatlens');
    expect(delivery).toMatchObject({
      kind: 'logout',
      url: backChannel,
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    });
    const token = logoutTokenOf(delivery);
    const { sub, sid } = claimsOf(idToken);
    const now = platform.clock.nowSeconds();
    expect(headerOf(token)).toMatchObject({ typ: 'logout+jwt', alg: 'RS256' });
    expect(claimsOf(token)).toEqual({
      iss: platform.issuer,
      aud: 'heatlens',
      iat: now,
      exp: now + 120,
      jti: expect.any(String) as string,
      sub,
      sid,
      events: { 'http://schemas.openid.net/event/backchannel-logout': {} },
    });
    expect(typeof sid).toBe('string');

    const other = logoutTokenOf(deliveries.find(({ clientId }) => clientId === 'both'));
    expect(headerOf(other)['alg']).toBe('ES256');
    expect(claimsOf(other)).toMatchObject({
      sub: claimsOf(both.id_token)['sub'],
      sid: claimsOf(both.id_token)['sid'],
    });
    expect(claimsOf(other)['sid']).not.toBe(sid);
    expect(claimsOf(other)['sub']).not.toBe(sub);
  });

  it('signs with a published key, and never with the type of an ID token', async () => {
    const { id_token: idToken } = await signInAt(platform, browser);
    await browser.get(endSessionLink({ id_token_hint: idToken }));
    const [delivery] = await deliveriesOf(platform);
    const keys = importKeySet((await platform.get('/jwks')).json);
    const expected = {
      keys,
      issuer: platform.issuer,
      audience: 'heatlens',
      nowSeconds: platform.clock.nowSeconds(),
    };
    const token = logoutTokenOf(delivery);
    expect(verifyJwt(token, { ...expected, typ: 'logout+jwt' }).claims).toBeDefined();
    expect(() => verifyJwt(token, { ...expected, typ: 'JWT' })).toThrow(
      expect.objectContaining({ reason: 'token_type_wrong' }) as Error,
    );
    expect(claimsOf(token)).not.toHaveProperty('nonce');
  });

  it.each([
    [
      'signing out at the page',
      async () => {
        const page = await browser.get('/sign-out');
        await browser.post('/sign-out', readForm(page));
      },
    ],
    ['another person with the same browser', () => platform.signIn(browser, grace)],
    [
      'disabling the account',
      () =>
        platform.store.accounts.disable(
          platform.accounts.get(ada)?.id ?? '',
          platform.clock.nowSeconds(),
        ),
    ],
  ])('is sent after the session ended by %s', async (_, end) => {
    const { id_token: idToken } = await signInAt(platform, browser);
    await end();
    const deliveries = await deliveriesOf(platform);
    expect(deliveries).toHaveLength(1);
    expect(claimsOf(logoutTokenOf(deliveries[0]))['sid']).toBe(claimsOf(idToken)['sid']);
  });

  it('is not sent when the same user signs in again, and uses the subjects of each client at the end', async () => {
    const first = await signInAt(platform, browser);
    await platform.signIn(browser, ada);
    expect(await deliveriesOf(platform)).toEqual([]);
    const second = await signInAt(platform, browser);
    await browser.get(endSessionLink({ id_token_hint: second.id_token }));
    const sids = (await deliveriesOf(platform)).map((one) => claimsOf(logoutTokenOf(one))['sid']);
    const known = [first, second].map(({ id_token: token }) => claimsOf(token)['sid']);
    expect(new Set(sids)).toEqual(new Set(known));
    expect(sids).toHaveLength(2);
  });

  it('is not sent to a client that did not use this session, or did not request the scope openid', async () => {
    await signInAt(platform, browser, 'heatlens', { scope: 'buildings:read' });
    await signInAt(platform, platform.browser(), 'both');
    const page = await browser.get('/sign-out');
    await browser.post('/sign-out', readForm(page));
    expect(await deliveriesOf(platform)).toEqual([]);
  });
});

describe('Front-Channel Logout', () => {
  it('frames the client on the page with iss and its sid, and the page can frame nothing else', async () => {
    const { id_token: idToken } = await signInAt(platform, browser, 'roof');
    const page = await browser.get('/sign-out');
    const answer = await browser.post('/sign-out', readForm(page));
    const shown = await browser.get(answer.location.href);
    const words = new URLSearchParams({
      iss: platform.issuer,
      sid: claimsOf(idToken)['sid'] as string,
    });
    expect(shown.json).toEqual({ page: 'signed-out', frames: [`${frontChannel}&${words}`] });
    expect(shown.headers['content-security-policy']).toContain(' frame-src https://roof.example;');
    expect(shown.headers['refresh']).toBeUndefined();
  });

  it('continues to the client that asked after the frames had time to load, and shows the link at once', async () => {
    await signInAt(platform, browser, 'both');
    const { id_token: idToken } = await signInAt(platform, browser, 'roof');
    const uri = 'https://roof.example/signed-out';
    const answer = await browser.get(
      endSessionLink({ id_token_hint: idToken, post_logout_redirect_uri: uri, state: 's' }),
    );
    expect(await isSignedIn(browser)).toBe(false);
    const shown = await browser.get(answer.location.href);
    expect(shown.json['frames']).toHaveLength(2);
    expect(shown.headers['refresh']).toBe(`3; url=${uri}?state=s`);
    expect(shown.json['goOn']).toMatchObject({
      address: `${uri}?state=s`,
      name: 'Roof Planner Pro',
    });
  });

  it('does not allow a frame on any other page', async () => {
    for (const path of ['/sign-in', '/signed-out'])
      expect((await browser.get(path)).headers['content-security-policy']).not.toContain(
        'frame-src',
      );
  });
});

describe('the session id, sid,', () => {
  it('is in the ID tokens of clients that are notified of a logout, and in no other', async () => {
    const { id_token: told } = await signInAt(platform, browser);
    expect(claimsOf(told)['sid']).toMatch(/^[A-Za-z0-9_-]{22}$/);
    await platform.close();
    platform = await createLogoutPlatform({ features: { logout: false } });
    const { id_token: untold } = await signInAt(platform, platform.browser());
    expect(claimsOf(untold)).not.toHaveProperty('sid');
  });

  it('is the same in each ID token of one session, and different for each session', async () => {
    const one = await signInAt(platform, browser);
    const again = await signInAt(platform, browser);
    const other = await signInAt(platform, platform.browser());
    const sids = [one, again, other].map(({ id_token: token }) => claimsOf(token)['sid']);
    expect(sids[1]).toBe(sids[0]);
    expect(sids[2]).not.toBe(sids[0]);
    const { id_token: later } = tokensOf(await refresh(platform, one.refresh_token));
    expect(claimsOf(later)['sid']).toBe(sids[0]);
  });
});

describe('the metadata of the server about logout', () => {
  it('names the features that are on', async () => {
    const metadata = (await platform.get('/.well-known/openid-configuration')).json;
    expect(metadata).toMatchObject({
      end_session_endpoint: `${platform.issuer}/end-session`,
      backchannel_logout_supported: true,
      backchannel_logout_session_supported: true,
      frontchannel_logout_supported: true,
      frontchannel_logout_session_supported: true,
    });
    expect(metadata['claims_supported']).toContain('sid');
  });

  it('does not name features that are off, and these are not served', async () => {
    await platform.close();
    platform = await createLogoutPlatform({ features: { logout: false } });
    const text = (await platform.get('/.well-known/openid-configuration')).body;
    expect(text).not.toMatch(/logout|end_session|"sid"/);
    expect((await platform.browser().get('/end-session')).status).toBe(404);
  });

  it('does not name back-channel logout where the server cannot send requests', async () => {
    await platform.close();
    platform = await createLogoutPlatform({ ports: () => ({}) });
    const metadata = (await platform.get('/.well-known/openid-configuration')).json;
    expect(metadata).not.toHaveProperty('backchannel_logout_supported');
    expect(metadata).toHaveProperty('frontchannel_logout_supported');
  });
});
