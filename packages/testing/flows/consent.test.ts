import type { Client, ConsentView } from '@keywright/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Answer, type Browser, readForm, type TestPlatform } from '../src/index.ts';
import {
  ada,
  allow,
  authorizeLink,
  claimsOf,
  clients,
  createSunrise,
  grace,
  redeem,
  refresh,
  spaCallback,
  tokensOf,
  type Words,
} from './sunrise.ts';

let platform: TestPlatform;
let browser: Browser;
beforeEach(async () => {
  platform = await createSunrise();
  browser = platform.browser();
});
afterEach(() => platform.close());

const choice = { optional_scope: 'offline_access' };
const once = { grant_types: ['authorization_code'] } as const;

/** Up to the consent page, or to the answer if nothing is asked. */
async function reachConsent(words: Words = {}): Promise<Answer> {
  let answer = await browser.get(authorizeLink(words));
  if (answer.location.pathname === '/sign-in')
    answer = await platform.signIn(browser, ada, answer.location);
  return answer.location.origin === platform.issuer ? browser.get(answer.location.href) : answer;
}

function viewOf(answer: Answer): ConsentView {
  return answer.json as unknown as ConsentView;
}

describe('the consent page', () => {
  it('says who asks, where the answer goes, the scopes in plain words by API, the duration, and the account', async () => {
    expect(
      (await reachConsent({ scope: 'openid email buildings:read measurements:read' })).json,
    ).toMatchObject({
      client: {
        name: 'Heatlens',
        publisher: 'Nordwind Analytics',
        returnHost: 'heatlens.example',
        trust: 'third-party',
      },
      account: { email: ada, name: 'Ada Byron' },
      lifetime: { idleDays: 30, absoluteDays: 365 },
      groups: [
        { api: 'Your account', scopes: [{ name: 'openid' }, { name: 'email', optional: false }] },
        {
          api: 'Sunrise Buildings',
          scopes: [
            { description: 'See the buildings you own', optional: false, granted: false },
            { description: 'Read the measurements of your buildings', optional: true },
          ],
        },
      ],
    });
  });

  it.each<[string, Words, object | undefined]>([
    ['until the person signs out', { scope: 'openid' }, { signOut: 'ends-it' }],
    [
      'beyond that with offline_access',
      { scope: 'openid offline_access' },
      { signOut: 'changes-nothing' },
    ],
  ])(
    'says that access lasts when a refresh token will be given: %s',
    async (_, words, lifetime) => {
      const page = await reachConsent(words);
      expect(viewOf(page).lifetime).toMatchObject({ idleDays: 30, absoluteDays: 365, ...lifetime });
      const { location } = await browser.post('/consent', { ...readForm(page), decision: 'allow' });
      const answer = await redeem(platform, location.searchParams.get('code') ?? '');
      expect(tokensOf(answer).refresh_token).toMatch(/^rt_/);
    },
  );

  it('says that signing out ends access, if lasting access is an option and is unticked', async () => {
    await platform.close();
    platform = await createSunrise({
      clients: clients.map((one) => ({ ...one, ...(one.client_id === 'heatlens' ? choice : {}) })),
    });
    browser = platform.browser();
    const { lifetime } = viewOf(await reachConsent({ scope: 'openid offline_access' }));
    expect(lifetime).toMatchObject({ signOut: 'ends-it-if-unticked' });
  });

  it('does not promise or request lasting access where no refresh token is given (OpenID Connect Core §11)', async () => {
    await platform.close();
    platform = await createSunrise({
      clients: clients.map((one) => ({ ...one, ...(one.client_id === 'heatlens' ? once : {}) })),
    });
    browser = platform.browser();
    const page = await reachConsent({ scope: 'openid offline_access' });
    const { lifetime, groups } = viewOf(page);
    expect(lifetime).toBeUndefined();
    expect(groups.flatMap(({ scopes }) => scopes.map(({ name }) => name))).toEqual(['openid']);
    const { location } = await browser.post('/consent', { ...readForm(page), decision: 'allow' });
    const answer = await redeem(platform, location.searchParams.get('code') ?? '');
    expect(answer.json).not.toHaveProperty('refresh_token');
    expect(answer.json['scope']).toBe('openid');
  });

  it('warns about an unverified client that uses the name of the service, and about no other', async () => {
    await platform.close();
    platform = await createSunrise({ registration: { reservedNames: ['Stranger', 'Heatlens'] } });
    browser = platform.browser();
    const stranger = { client_id: 'stranger', redirect_uri: 'https://stranger.example/callback' };
    const asked = await browser.get(authorizeLink({ ...stranger, scope: 'openid' }));
    expect((await browser.get(asked.location.href)).json['client']).toMatchObject({
      hasBorrowedName: true,
    });
    expect(
      viewOf(await reachConsent({ ...stranger, scope: 'openid' })).client.hasBorrowedName,
    ).toBe(true);
    expect(viewOf(await reachConsent()).client).not.toHaveProperty('hasBorrowedName');
  });

  it('links only to the server and the client, cannot be framed, and sends no referrer', async () => {
    const { headers } = await reachConsent();
    expect(headers['content-security-policy']).toContain("form-action 'self' https:;");
    expect(headers['content-security-policy']).toContain("default-src 'none'");
    expect(headers['content-security-policy']).toContain("frame-ancestors 'none'");
    expect(headers['referrer-policy']).toBe('no-referrer');
    expect(headers['cache-control']).toBe('no-store');
  });

  it('answers access_denied with state and iss when the user declines', async () => {
    const page = await reachConsent();
    const { location } = await browser.post('/consent', { ...readForm(page), decision: 'deny' });
    expect(Object.fromEntries(location.searchParams)).toMatchObject({
      error: 'access_denied',
      state: 'af0ifjsldkj',
      iss: platform.issuer,
    });
  });

  it('grants no optional scope that is unticked', async () => {
    const words = { scope: 'openid buildings:read measurements:read' };
    const page = await reachConsent(words);
    const { location } = await browser.post('/consent', { ...readForm(page), decision: 'allow' });
    const answer = await redeem(platform, location.searchParams.get('code') ?? '');
    expect(tokensOf(answer).scope).toBe('openid buildings:read');
  });
});

describe('when a consent is remembered,', () => {
  it('a second request for the same client and scopes shows no page', async () => {
    await allow(platform, {}, browser);
    expect((await browser.get(authorizeLink())).location.searchParams.get('code')).toBeTruthy();
  });

  it('only new scopes are asked, and granted scopes are shown as granted', async () => {
    await allow(platform, {}, browser);
    const { groups } = viewOf(await reachConsent({ scope: 'openid email buildings:read' }));
    const shown = groups.flatMap((group) =>
      group.scopes.map((scope) => [scope.name, scope.granted]),
    );
    expect(shown).toEqual([
      ['openid', true],
      ['email', false],
      ['buildings:read', true],
    ]);
  });

  it('an option that was granted before stays granted, although its box is not shown again', async () => {
    const words = { scope: 'openid buildings:read measurements:read' };
    await allow(platform, words, browser);
    const page = await reachConsent({ scope: `${words.scope} email` });
    const { location } = await browser.post('/consent', { ...readForm(page), decision: 'allow' });
    const answer = await redeem(platform, location.searchParams.get('code') ?? '');
    expect(tokensOf(answer).scope).toBe('openid buildings:read measurements:read email');
  });

  it('an option that was refused is neither asked again nor granted, until prompt=consent', async () => {
    const words = { scope: 'openid buildings:read measurements:read' };
    const page = await reachConsent(words);
    await browser.post('/consent', { ...readForm(page), decision: 'allow' });
    const code = (await browser.get(authorizeLink(words))).location.searchParams.get('code') ?? '';
    expect(tokensOf(await redeem(platform, code)).scope).toBe('openid buildings:read');
    expect((await reachConsent({ ...words, prompt: 'consent' })).json['page']).toBe('consent');
  });

  it('a user can narrow with prompt=consent what they granted before', async () => {
    const words = { scope: 'openid buildings:read measurements:read' };
    await allow(platform, words, browser);
    const page = await reachConsent({ ...words, prompt: 'consent' });
    await browser.post('/consent', { ...readForm(page), decision: 'allow' });
    const code = (await browser.get(authorizeLink(words))).location.searchParams.get('code') ?? '';
    expect(tokensOf(await redeem(platform, code)).scope).toBe('openid buildings:read');
  });

  it('the narrowed consent also applies to tokens that exist already (ASVS 10.7.3)', async () => {
    const words = { scope: 'openid buildings:read measurements:read' };
    const first = await allow(platform, words, browser);
    const running = tokensOf(await redeem(platform, first.searchParams.get('code') ?? ''));
    const page = await reachConsent({ ...words, prompt: 'consent' });
    await browser.post('/consent', { ...readForm(page), decision: 'allow' });
    expect(tokensOf(await refresh(platform, running.refresh_token)).scope).toBe(
      'openid buildings:read',
    );
  });

  it('an API of which every scope was unticked is not an audience of the token', async () => {
    const page = await reachConsent({ scope: 'openid measurements:read' });
    const { location } = await browser.post('/consent', { ...readForm(page), decision: 'allow' });
    const tokens = tokensOf(await redeem(platform, location.searchParams.get('code') ?? ''));
    expect(claimsOf(tokens.access_token)['aud']).toBe(platform.issuer);
  });

  it('a sealed request that shows no page is also answered only once', async () => {
    const words = { client_id: 'portal', redirect_uri: 'https://portal.sunrise.example/callback' };
    const signedIn = await platform.signIn(
      browser,
      ada,
      (await browser.get(authorizeLink(words))).location,
    );
    expect((await browser.get(signedIn.location.href)).location.searchParams.has('code')).toBe(
      true,
    );
    expect((await browser.get(signedIn.location.href)).location.searchParams.get('error')).toBe(
      'invalid_request',
    );
  });

  it('another account in the same browser is asked', async () => {
    await allow(platform, {}, browser);
    const { location } = await browser.get(authorizeLink({ prompt: 'select_account' }));
    const after = await platform.signIn(browser, grace, location);
    expect((await browser.get(after.location.href)).json).toMatchObject({
      page: 'consent',
      account: { email: grace },
    });
  });

  it('the tier of a first-party client needs no page, and the client is still on the account page', async () => {
    const redirect_uri = 'https://portal.sunrise.example/callback';
    const words = { client_id: 'portal', redirect_uri };
    const back = await allow(platform, words, browser);
    expect(back.searchParams.get('code')).toBeTruthy();
    expect((await browser.get('/account')).json).toMatchObject({
      connections: [{ client: { name: 'Sunrise Portal' } }],
    });
  });

  it('a first-party client is still asked for with prompt=consent', async () => {
    const words = {
      client_id: 'portal',
      redirect_uri: 'https://portal.sunrise.example/callback',
      prompt: 'consent',
    };
    expect((await reachConsent(words)).json['page']).toBe('consent');
  });

  it('an unverified client needs consent every time', async () => {
    const words = {
      client_id: 'stranger',
      redirect_uri: 'https://stranger.example/callback',
      scope: 'openid',
    };
    await allow(platform, words, browser);
    expect((await reachConsent(words)).json).toMatchObject({
      page: 'consent',
      client: { trust: 'unverified' },
    });
  });

  it('a native client at an address that other applications can claim needs consent every time (RFC 8252 §8.6)', async () => {
    const words = { client_id: 'native', redirect_uri: 'com.example.app:/callback' };
    await allow(platform, words, browser);
    expect((await reachConsent(words)).json['page']).toBe('consent');
  });

  it.each([
    ['spa', 'third-party', 'http://localhost:3000/callback'],
    ['spa', 'third-party', 'http://127.0.0.1:3000/callback'],
    ['spa', 'first-party', 'http://localhost:3000/callback'],
    ['native', 'first-party', 'http://[::1]/callback'],
  ] as const)(
    'any other public client also needs consent every time: %s, %s, at %s (RFC 8252 §8.6)',
    async (id, trust, uri) => {
      const client = await platform.store.clients.load(id);
      if (client === undefined) throw new Error('there is no client');
      await platform.store.clients.save({ ...client, trust, redirectUris: [uri, spaCallback] });
      const words = { client_id: id, redirect_uri: uri };
      await allow(platform, words, browser);
      expect((await reachConsent(words)).json['page']).toBe('consent');
      const silent = await browser.get(authorizeLink({ ...words, prompt: 'none' }));
      expect(silent.location.searchParams.get('error')).toBe('consent_required');
      const web = { client_id: id, redirect_uri: spaCallback };
      expect(
        (await browser.get(authorizeLink({ ...web, prompt: 'none' }))).location.searchParams.get(
          'code',
        ),
      ).not.toBeNull();
    },
  );

  it('a native client with a secret also needs consent every time (RFC 8252 §8.5, §8.6)', async () => {
    const uri = 'com.example.app:/callback';
    const client = await platform.store.clients.load('heatlens');
    if (client === undefined) throw new Error('there is no client');
    await platform.store.clients.save({ ...client, kind: 'native', redirectUris: [uri] });
    await allow(platform, { redirect_uri: uri }, browser);
    const silent = await browser.get(authorizeLink({ redirect_uri: uri, prompt: 'none' }));
    expect(silent.location.searchParams.get('error')).toBe('consent_required');
  });

  it('a web client with a secret at the same address needs it once', async () => {
    const uri = 'http://localhost:3000/callback';
    const client = await platform.store.clients.load('heatlens');
    if (client === undefined) throw new Error('there is no client');
    await platform.store.clients.save({ ...client, redirectUris: [uri] });
    await allow(platform, { redirect_uri: uri }, browser);
    const silent = await browser.get(authorizeLink({ redirect_uri: uri, prompt: 'none' }));
    expect(silent.location.searchParams.get('code')).not.toBeNull();
  });
});

describe('while the consent page is open,', () => {
  it('max_age can run out: then nothing is answered before the user has signed in again (OpenID Connect Core §3.1.2.1)', async () => {
    await platform.signIn(browser, ada);
    platform.clock.advance(50);
    const page = await reachConsent({ max_age: '100' });
    expect(page.json['page']).toBe('consent');
    platform.clock.advance(51);
    const answer = await browser.post('/consent', { ...readForm(page), decision: 'allow' });
    expect(answer.location.pathname).toBe('/sign-in');
    expect(platform.events.map(({ type }) => type)).not.toContain('authorization.granted');
    const again = await browser.get(
      (await platform.signIn(browser, ada, answer.location)).location.href,
    );
    const { location } = await browser.post('/consent', { ...readForm(again), decision: 'allow' });
    const tokens = tokensOf(await redeem(platform, location.searchParams.get('code') ?? ''));
    expect(claimsOf(tokens.id_token)['auth_time']).toBe(platform.clock.nowSeconds());
  });

  it('max_age can run out: then a refusal is also not sent, because it is not certain who is there', async () => {
    await platform.signIn(browser, ada);
    const page = await reachConsent({ max_age: '100' });
    platform.clock.advance(101);
    const answer = await browser.post('/consent', { ...readForm(page), decision: 'deny' });
    expect(answer.location.pathname).toBe('/sign-in');
  });

  it('a registered application can change its name: then the page is shown again (RFC 7592)', async () => {
    const page = await reachConsent();
    const client = await platform.store.clients.load('heatlens');
    if (client === undefined) throw new Error('there is no client');
    await platform.store.clients.save({ ...client, name: 'Sunrise Bank' });
    const again = await browser.post('/consent', { ...readForm(page), decision: 'allow' });
    expect(again.json).toMatchObject({ page: 'consent', client: { name: 'Sunrise Bank' } });
  });
});

describe('only the user can answer the consent page:', () => {
  it('a form without our CSRF token is refused', async () => {
    const page = await reachConsent();
    const { request } = readForm(page);
    expect(
      (await browser.post('/consent', { request: request ?? '', decision: 'allow' })).status,
    ).toBe(400);
  });

  it('a form from another site is refused, with and without the CSRF token', async () => {
    const page = await reachConsent();
    const form = { ...readForm(page), decision: 'allow' };
    expect((await browser.post('/consent', form, { 'sec-fetch-site': 'cross-site' })).status).toBe(
      400,
    );
    expect((await browser.post('/consent', form, { origin: 'https://evil.example' })).status).toBe(
      400,
    );
    expect((await browser.post('/consent', form, { origin: platform.issuer })).status).toBe(303);
  });

  it('a page that was shown to one account cannot be answered by another', async () => {
    const page = await reachConsent();
    await platform.signIn(browser, grace);
    expect((await browser.post('/consent', { ...readForm(page), decision: 'allow' })).status).toBe(
      400,
    );
  });

  it('the CSRF token of another browser does not work', async () => {
    const page = await reachConsent();
    const other = platform.browser();
    await platform.signIn(other, ada);
    await other.get('/account');
    expect((await other.post('/consent', { ...readForm(page), decision: 'allow' })).status).toBe(
      400,
    );
  });

  it('a form cannot add a scope that was not requested', async () => {
    const page = await reachConsent({ scope: 'openid' });
    const answer = await browser.post('/consent', {
      ...readForm(page),
      decision: 'allow',
      scope: ['buildings:read', 'email'],
    });
    const code = answer.location.searchParams.get('code') ?? '';
    expect(tokensOf(await redeem(platform, code, {})).scope).toBe('openid');
  });

  it('a page makes one code when it is sent 20 times in parallel', async () => {
    const page = await reachConsent();
    const form = { ...readForm(page), decision: 'allow' };
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => browser.post('/consent', form)),
    );
    expect(
      answers.filter((answer) => answer.status === 303 && answer.location.searchParams.has('code')),
    ).toHaveLength(1);
    expect(answers.filter((answer) => answer.status === 400)).toHaveLength(19);
  });

  it('signing out between page and answer opens the sign-in page', async () => {
    const page = await reachConsent();
    browser.cookies.delete('__Host-keywright-session');
    const answer = await browser.post('/consent', { ...readForm(page), decision: 'allow' });
    expect(answer.location.pathname).toBe('/sign-in');
  });
});

describe('when a consent ends between its check and the code,', () => {
  it('the user is asked again, and no error occurs', async () => {
    await platform.close();
    let takeBack = async (): Promise<void> => {};
    platform = await createSunrise({
      ports: ({ store }) => ({
        store: {
          ...store,
          codes: {
            ...store.codes,
            issue: async (issue, now) => {
              await takeBack();
              return store.codes.issue(issue, now);
            },
          },
        },
      }),
    });
    browser = platform.browser();
    await allow(platform, {}, browser);
    const accountId = platform.accounts.get(ada)?.id ?? '';
    takeBack = async () => {
      const grant = await platform.store.grants.load(accountId, 'heatlens');
      await platform.store.grants.end(grant?.id ?? '', accountId, platform.clock.nowSeconds());
    };
    const answer = await browser.get(authorizeLink());
    expect(answer.location.searchParams.get('error')).toBe('consent_required');
  });
});

describe('a client that changes just before its consent page is answered', () => {
  beforeEach(async () => {
    await platform.close();
    platform = await createSunrise({ cacheSeconds: 5 });
    browser = platform.browser();
  });

  /** The page is answered within the seconds for which clients are cached. */
  async function allowAfter(changes: Partial<Client>): Promise<Answer> {
    const page = await reachConsent({ scope: 'openid buildings:read measurements:read' });
    const client = await platform.store.clients.load('heatlens');
    await platform.store.clients.save({ ...client!, ...changes });
    const form = { ...readForm(page), decision: 'allow', scope: ['measurements:read'] };
    return browser.post('/consent', form);
  }

  it('does not get a scope that it lost', async () => {
    const { location } = await allowAfter({
      scopes: ['openid', 'buildings:read'],
      optionalScopes: [],
    });
    const answer = await redeem(platform, location.searchParams.get('code') ?? '');
    expect(tokensOf(answer).scope).toBe('openid buildings:read');
  });

  it('gets no answer at a redirect URI that it lost', async () => {
    const answer = await allowAfter({ redirectUris: ['https://heatlens.example/second'] });
    expect([answer.status, answer.json['page']]).toEqual([400, 'error']);
  });

  it('gets nothing once it is disabled', async () => {
    const answer = await allowAfter({ status: 'disabled' });
    expect([answer.status, answer.json['page']]).toEqual([400, 'error']);
  });

  it('is shown again when the page had other values', async () => {
    const answer = await allowAfter({ name: 'Sunrise Bank' });
    expect([answer.status, viewOf(answer).client.name]).toEqual([200, 'Sunrise Bank']);
    const id = platform.accounts.get(ada)?.id ?? '';
    expect(await platform.store.grants.load(id, 'heatlens')).toBeUndefined();
  });
});
