/** The terms of use: another version has to be accepted again, after the next sign-in. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Browser, readForm, type TestPlatform } from '../src/index.ts';
import {
  answerFromAfar,
  askAsDevice,
  askFromAfar,
  asking,
  pollAsDevice,
  reachConfirmation,
  typeCode as typeDeviceCode,
} from './deferred-setting.ts';
import { arrive, walk } from './demanded-factor-setting.ts';
import { createWithPasskeys, signInWith, withPasskey } from './passkey-setting.ts';
import { ada, authorizeLink, challenge, clients, createSunrise } from './sunrise.ts';

const terms = { url: 'https://sunrise.example/terms', version: '2026-12-01' };

let platform: TestPlatform;
let browser: Browser;
async function start(options: Parameters<typeof createSunrise>[0] = {}): Promise<void> {
  platform = await createSunrise({ terms, ...options });
  browser = platform.browser();
}
beforeEach(() => start());
afterEach(() => platform.close());

async function again(options: Parameters<typeof createSunrise>[0]): Promise<void> {
  await platform.close();
  await start(options);
}

const accountId = () => platform.accounts.get(ada)?.id ?? '';
const acceptedBy = async () => (await platform.store.accounts.load(accountId()))?.accepted;
const accept = (version: string) =>
  platform.store.accounts.acceptTerms(accountId(), { terms: version, at: 1 });

describe('a user who has not accepted the terms, on the way to an application', () => {
  it('is asked after the sign-in, accepts, and goes on', async () => {
    const page = await arrive(platform, browser);
    expect(page.json).toMatchObject({
      page: 'terms',
      terms,
      isChanged: false,
      client: { name: 'Heatlens' },
      account: { email: ada },
    });
    const answer = await browser.post('/sign-in/terms', readForm(page));
    expect((await walk(browser, answer.location.href)).json['page']).toBe('consent');
    const at = platform.clock.nowSeconds();
    expect(await acceptedBy()).toEqual({ terms: '2026-12-01', at });
    expect(platform.events).toContainEqual({
      type: 'account.terms_accepted',
      accountId: accountId(),
      network: '192.0.2.1',
      version: '2026-12-01',
    });
  });

  it('is asked again when the version is another one, and then not any more', async () => {
    await accept('2026-01-01');
    const page = await arrive(platform, browser);
    expect(page.json).toMatchObject({ page: 'terms', isChanged: true });
    await browser.post('/sign-in/terms', readForm(page));
    const other = platform.browser();
    expect((await arrive(platform, other)).json['page']).toBe('consent');
  });

  it('goes back to the application with access_denied instead of accepting', async () => {
    const page = await arrive(platform, browser);
    const { refuse } = page.json as {
      readonly refuse: { readonly action: string; readonly fields: Record<string, string> };
    };
    const { searchParams } = (await browser.post(refuse.action, refuse.fields)).location;
    expect(searchParams.get('error')).toBe('access_denied');
    expect(await acceptedBy()).toBeUndefined();
  });

  it('gets interaction_required with prompt=none, and no code', async () => {
    await platform.signIn(browser, ada);
    const { searchParams } = (await browser.get(authorizeLink({ prompt: 'none' }))).location;
    expect([searchParams.get('error'), searchParams.get('code')]).toEqual([
      'interaction_required',
      null,
    ]);
  });

  it('gets no answer from the consent page, neither shown nor sent', async () => {
    const page = await arrive(platform, browser);
    const { request = '' } = readForm(page);
    const shown = await browser.get(`/consent?request=${encodeURIComponent(request)}`);
    expect(shown.location.pathname).toBe('/sign-in/terms');
    const sent = await browser.post('/consent', { request, decision: 'allow' });
    expect(sent.location.pathname).toBe('/sign-in/terms');
  });

  it('is asked at an application for which nobody is asked for consent', async () => {
    const page = await arrive(platform, browser, {
      client_id: 'portal',
      redirect_uri: 'https://portal.sunrise.example/callback',
      scope: 'openid',
    });
    expect(page.json['page']).toBe('terms');
    const answer = await browser.post('/sign-in/terms', readForm(page));
    const { location } = await browser.get(answer.location.href);
    expect(location.searchParams.get('code')).toBeTruthy();
  });

  it('cannot accept with the form of another session, or with an edited version', async () => {
    const page = await arrive(platform, browser);
    const form = readForm(page);
    const other = platform.browser();
    await platform.signIn(other, ada);
    expect((await other.post('/sign-in/terms', form)).status).toBe(400);
    const edited = await browser.post('/sign-in/terms', { ...form, version: '1' });
    expect(edited.json['page']).toBe('terms');
    expect((await browser.post('/sign-in/terms', { ...form, csrf: 'x' })).status).toBe(400);
    expect(await acceptedBy()).toBeUndefined();
  });
});

describe('a user on the way to the own account', () => {
  it('is asked after the sign-in, and may go on without', async () => {
    const signedIn = await platform.signIn(browser, ada);
    const page = await browser.get(signedIn.location.href);
    expect(page.json).toMatchObject({ page: 'terms', later: '/account' });
    const account = await browser.get('/account');
    expect(account.json).toMatchObject({
      page: 'account',
      terms: { ...terms, accept: '/sign-in/terms' },
    });
    const answer = await browser.post('/sign-in/terms', readForm(page));
    expect(answer.location.pathname).toBe('/account');
  });

  it('is asked after a sign-in with a passkey', async () => {
    await platform.close();
    platform = await createWithPasskeys({ terms });
    browser = platform.browser();
    const passkey = await withPasskey(platform);
    const done = await signInWith(browser, passkey);
    expect(done.location.pathname).toBe('/sign-in/terms');
  });

  it('sees on the account page what was accepted, and when', async () => {
    await accept('2026-12-01');
    const signedIn = await platform.signIn(browser, ada);
    expect(signedIn.location.pathname).toBe('/account');
    const page = await browser.get('/account');
    expect(page.json['terms']).toEqual({ ...terms, accepted: { version: '2026-12-01', at: 1 } });
  });

  it('is led to the sign-in, or on, where there is nothing to accept', async () => {
    expect((await browser.get('/sign-in/terms')).location.pathname).toBe('/sign-in');
    await accept('2026-12-01');
    await platform.signIn(browser, ada);
    expect((await browser.get('/sign-in/terms')).location.pathname).toBe('/account');
    const foreign = await browser.get('/sign-in/terms?next=https://evil.example/');
    expect(foreign.location.pathname).toBe('/account');
  });
});

describe('terms that are required from a later day', () => {
  it('are asked for from that second', async () => {
    const requiredFrom = platform.clock.nowSeconds() + 100;
    await again({ terms: { ...terms, requiredFrom } });
    const from = requiredFrom - platform.clock.nowSeconds();
    expect((await arrive(platform, browser)).json['page']).toBe('consent');
    platform.clock.advance(from - 1);
    expect((await arrive(platform, browser)).json['page']).toBe('consent');
    platform.clock.advance(1);
    expect((await arrive(platform, browser)).json['page']).toBe('terms');
  });
});

describe('no other way gets around the terms:', () => {
  const typed = { scope: 'openid', username: ada, password: 'correct horse' };

  it('the password grant answers invalid_grant, and says what to do', async () => {
    const refused = await platform.post('/token', { grant_type: 'password', ...typed }, 'portal');
    expect([refused.status, refused.json['error'], refused.reason]).toEqual([
      400,
      'invalid_grant',
      'terms_required',
    ]);
    await accept('2026-12-01');
    const answered = await platform.post('/token', { grant_type: 'password', ...typed }, 'portal');
    expect(answered.status).toBe(200);
  });

  it('a wrong password says nothing about the terms', async () => {
    const form = { grant_type: 'password', ...typed, password: 'wrong' };
    const refused = await platform.post('/token', form, 'portal');
    expect(refused.reason).toBe('credentials_wrong');
  });

  it('the challenge endpoint leads into the browser', async () => {
    await again({
      features: { challengeEndpoint: true },
      clients: clients.map((client) =>
        client.client_id === 'portal' ? { ...client, first_party_challenge: true } : client,
      ),
    });
    const pkce = { code_challenge: challenge, code_challenge_method: 'S256' };
    const answer = await platform.post('/authorize-challenge', { ...typed, ...pkce }, 'portal');
    expect(answer.json['error']).toBe('redirect_to_web');
    expect(answer.json).not.toHaveProperty('authorization_code');
  });

  it('a page for a device that was open before the day of the terms allows nothing', async () => {
    await again({
      terms: { ...terms, requiredFrom: platform.clock.nowSeconds() + 60 },
      features: { deviceAuthorization: true },
      clients: [...clients, ...asking],
    });
    await platform.signIn(browser, ada);
    const { user_code, device_code } = await askAsDevice(platform);
    const page = await reachConfirmation(browser, user_code);
    platform.clock.advance(61);
    const form = { ...readForm(page), decision: 'allow', scope: ['measurements:read'] };
    const answer = await browser.post('/device/confirm', form);
    expect([answer.status, answer.json['reason']]).toEqual([400, 'terms_missing']);
    expect((await pollAsDevice(platform, device_code)).json['error']).toBe('authorization_pending');
  });

  it('a device and a request from afar are allowed only afterwards', async () => {
    await again({
      features: { deviceAuthorization: true, backchannelAuthentication: true },
      clients: [...clients, ...asking],
    });
    await platform.signIn(browser, ada);
    const { user_code } = await askAsDevice(platform);
    const confirmation = await typeDeviceCode(browser, user_code);
    const page = await walk(browser, confirmation.location.href);
    expect(page.json['page']).toBe('terms');
    await askFromAfar(platform);
    expect((await answerFromAfar(browser)).location.pathname).toBe('/sign-in/terms');
    const answer = await browser.post('/sign-in/terms', readForm(page));
    const next = await walk(browser, answer.location.href);
    expect(next.json['page']).toBe('device-confirmation');
    expect((await answerFromAfar(browser)).location.pathname).toBe('/account');
  });
});
