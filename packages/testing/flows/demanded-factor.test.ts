/** Two factors that the operator demands (`secondFactor`), and a sign-in that becomes stronger. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Browser, readForm, type TestPlatform } from '../src/index.ts';
import {
  addAppFrom,
  addPasskeyFrom,
  arrive,
  claimsAfter,
  createDemanding,
  createUndemanding,
  demandFromNowOn,
  usePasskeyAt,
  walk,
} from './demanded-factor-setting.ts';
import { isSignedIn, signInWith, takeMails, withPasskey } from './passkey-setting.ts';
import { addApp } from './second-factor-setting.ts';
import { ada, authorizeLink, redeem, tokensOf } from './sunrise.ts';

const twoFactor = 'urn:keywright:acr:two-factor';
const phishingResistant = 'urn:keywright:acr:phishing-resistant';

let platform: TestPlatform;
let browser: Browser;
beforeEach(async () => {
  platform = await createDemanding();
  browser = platform.browser();
});
afterEach(() => platform.close());

describe('a user without a second factor, at an application that demands one', () => {
  it('adds an authenticator app during the sign-in, and goes on to the application', async () => {
    const page = await arrive(platform, browser);
    expect(page.json).toMatchObject({
      page: 'step-up',
      client: { name: 'Heatlens' },
      account: { email: ada },
      add: { totp: expect.stringContaining('/account/totp?request='), passkey: {} },
    });
    const codes = await addAppFrom(platform, browser, page);
    expect(codes.json['codes']).toHaveLength(10);
    const consent = await walk(browser, codes.json['onward'] as string);
    expect(consent.json['page']).toBe('consent');
    expect(await claimsAfter(platform, browser, consent)).toMatchObject({
      acr: twoFactor,
      amr: ['pwd', 'otp', 'mfa'],
    });
    const told = (await takeMails(platform)).map(({ kind }) => kind);
    expect(told).toContain('second_factor');
  });

  it('adds a passkey, uses it once, and goes on to the application', async () => {
    const page = await arrive(platform, browser);
    const { passkey, answer } = await addPasskeyFrom(browser, page);
    const next = await walk(browser, answer.location.href);
    expect(next.json).toMatchObject({
      page: 'step-up',
      passkeyAdded: 'Passkey',
      passkey: {},
      client: { name: 'Heatlens' },
    });
    const used = await usePasskeyAt(browser, next, passkey);
    const consent = await walk(browser, used.location.href);
    expect(await claimsAfter(platform, browser, consent)).toMatchObject({
      acr: phishingResistant,
      amr: ['pwd', 'swk', 'user', 'mfa'],
    });
  });

  it('is signed in at the account and at other applications with the password alone', async () => {
    await arrive(platform, browser);
    expect(await isSignedIn(browser)).toBe(true);
    const elsewhere = await arrive(platform, browser, {
      client_id: 'portal',
      redirect_uri: 'https://portal.sunrise.example/callback',
      scope: 'openid',
    });
    expect(elsewhere.location.searchParams.get('code')).toBeTruthy();
  });

  it('signs in once more if the page was open for more than ten minutes', async () => {
    const page = await arrive(platform, browser);
    platform.clock.advance(600);
    const { add } = page.json as { readonly add: { readonly totp: string } };
    const { location: resumed } = await browser.get(add.totp);
    const { location } = await browser.get(resumed.href);
    const again = await browser.get(location.href);
    expect(again.json).toMatchObject({ page: 'sign-in', client: { name: 'Heatlens' } });
    const after = await platform.signIn(browser, ada, location);
    const next = await walk(browser, after.location.href);
    expect(next.json).toMatchObject({ page: 'step-up', client: { name: 'Heatlens' } });
  });
});

describe('a user with a second factor', () => {
  it('signs in with a passkey, and no second question follows', async () => {
    const passkey = await withPasskey(platform);
    const { location } = await browser.get(authorizeLink());
    const done = await signInWith(browser, passkey, {}, location.href);
    const consent = await walk(browser, done.location.href);
    expect(consent.json['page']).toBe('consent');
    expect(await claimsAfter(platform, browser, consent)).toMatchObject({
      amr: ['swk', 'user', 'mfa'],
    });
  });

  it('and a session with the password alone is only asked for the passkey', async () => {
    const passkey = await withPasskey(platform);
    await platform.signIn(browser, ada);
    platform.clock.advance(900);
    const page = await arrive(platform, browser);
    expect(page.json).toMatchObject({ page: 'step-up', passkey: {} });
    expect(page.json).not.toHaveProperty('add');
    const used = await usePasskeyAt(browser, page, passkey);
    const consent = await walk(browser, used.location.href);
    expect(await claimsAfter(platform, browser, consent)).toMatchObject({
      acr: phishingResistant,
      amr: ['pwd', 'swk', 'user', 'mfa'],
      auth_time: platform.clock.nowSeconds(),
    });
  });

  it('is not asked again by the next request, whatever application it is from', async () => {
    await addAppFrom(platform, browser, await arrive(platform, browser));
    const consent = await arrive(platform, browser);
    expect(consent.json['page']).toBe('consent');
    const silent = await browser.get(authorizeLink({ prompt: 'none' }));
    expect(silent.location.searchParams.get('error')).toBe('consent_required');
  });
});

describe('the demand', () => {
  it('is by tier', async () => {
    await platform.close();
    platform = await createDemanding({ secondFactor: { tiers: ['third_party_app'] } });
    browser = platform.browser();
    expect((await arrive(platform, browser)).json['page']).toBe('step-up');
  });

  it('is by scope, also if the scope is asked for beside others', async () => {
    await platform.close();
    platform = await createDemanding({ secondFactor: { scopes: ['measurements:read'] } });
    browser = platform.browser();
    expect((await arrive(platform, browser, { scope: 'openid' })).json['page']).toBe('consent');
    const words = { scope: 'openid measurements:read' };
    expect((await arrive(platform, browser, words)).json['page']).toBe('step-up');
  });

  it('does not end refresh tokens from before', async () => {
    await platform.close();
    platform = await createUndemanding();
    browser = platform.browser();
    const consent = await arrive(platform, browser);
    const back = await browser.post('/consent', { ...readForm(consent), decision: 'allow' });
    const code = back.location.searchParams.get('code') ?? '';
    const { refresh_token } = tokensOf(await redeem(platform, code));
    const secret = Buffer.from(`heatlens:${platform.secrets.get('heatlens')}`).toString('base64');
    const refreshed = await demandFromNowOn(platform, browser).post(
      '/token',
      { grant_type: 'refresh_token', refresh_token },
      { authorization: `Basic ${secret}` },
    );
    expect(refreshed.status).toBe(200);
  });
});

describe('acr_values that are not essential', () => {
  beforeEach(async () => {
    await platform.close();
    platform = await createUndemanding();
    browser = platform.browser();
  });

  it.each([twoFactor, phishingResistant, `urn:example:gold ${twoFactor}`])(
    'ask nothing in vain: %s, which the account cannot meet',
    async (acr_values) => {
      await platform.signIn(browser, ada);
      for (let count = 0; count < 2; count++)
        expect((await arrive(platform, browser, { acr_values })).json['page']).toBe('consent');
    },
  );

  it('ask a password session for the passkey of the account, once', async () => {
    const passkey = await withPasskey(platform);
    await platform.signIn(browser, ada);
    const page = await arrive(platform, browser, { acr_values: twoFactor });
    expect(page.json).toMatchObject({ page: 'step-up', passkey: {} });
    const used = await usePasskeyAt(browser, page, passkey);
    const consent = await walk(browser, used.location.href);
    expect(await claimsAfter(platform, browser, consent)).toMatchObject({ acr: twoFactor });
    const again = await arrive(platform, browser, { acr_values: phishingResistant });
    expect(again.status).toBe(303);
  });

  it('let the user go on with the password, who has no passkey at hand', async () => {
    await withPasskey(platform);
    await platform.signIn(browser, ada);
    const page = await arrive(platform, browser, { acr_values: twoFactor });
    const signIn = new URL(page.json['signIn'] as string, platform.issuer);
    const after = await platform.signIn(browser, ada, signIn);
    expect((await walk(browser, after.location.href)).json['page']).toBe('consent');
  });

  it('ask a session with an app for the passkey, where a page that imitates must not get through', async () => {
    const passkey = await withPasskey(platform);
    await platform.signIn(browser, ada);
    await addApp(platform, browser);
    const page = await arrive(platform, browser, { acr_values: phishingResistant });
    expect(page.json).toMatchObject({ page: 'step-up', passkey: {} });
    const used = await usePasskeyAt(browser, page, passkey);
    const consent = await walk(browser, used.location.href);
    expect(await claimsAfter(platform, browser, consent)).toMatchObject({
      acr: phishingResistant,
      amr: ['pwd', 'otp', 'mfa', 'swk', 'user'],
    });
  });

  it('and max_age asks for the whole sign-in again', async () => {
    const passkey = await withPasskey(platform);
    await signInWith(browser, passkey);
    platform.clock.advance(100);
    const { location } = await browser.get(authorizeLink({ max_age: '60' }));
    expect(location.pathname).toBe('/sign-in');
  });
});
