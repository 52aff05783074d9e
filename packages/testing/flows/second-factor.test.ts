/** A second factor: an authenticator app, and recovery codes. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Browser, readForm, type TestPlatform } from '../src/index.ts';
import { takeMails } from './mails.ts';
import { authorizeLink, claimsOf, redeem, tokensOf } from './openid-setting.ts';
import { call, tokenOf } from './permissions-service.ts';
import {
  addApp,
  askedForCode,
  codeOf,
  createFactorPlatform,
  enrolAda,
  isSignedIn,
  twoFactor,
  typeCode,
} from './second-factor-setting.ts';
import { ada, refresh } from './sunrise.ts';

let platform: TestPlatform;
let browser: Browser;
beforeEach(async () => {
  platform = await createFactorPlatform();
  browser = platform.browser();
});
afterEach(() => platform.close());

describe('an authenticator app', () => {
  it('is added at the security page with a code of it, and ten recovery codes are shown once', async () => {
    await platform.signIn(browser, ada);
    const security = await browser.get('/account/security');
    expect(security.json['totp']).toEqual({ add: '/account/totp' });
    const { codes } = await addApp(platform, browser);
    expect(new Set(codes).size).toBe(10);
    for (const code of codes) expect(code).toMatch(/^([a-z2-9]{4}-){3}[a-z2-9]{4}$/);
    const after = await browser.get('/account/security');
    expect(after.json['totp']).toMatchObject({ app: { recoveryCodesLeft: 10 } });
    expect(after.body).not.toContain(codes[0]);
    expect(platform.events.map(({ type }) => type)).toContain('account.second_factor_added');
  });

  it('is asked for after the password, and then the user is signed in', async () => {
    const app = await enrolAda(platform);
    const page = await askedForCode(platform, browser);
    expect(page.json).toMatchObject({ page: 'second-factor', account: { email: ada } });
    expect(await isSignedIn(browser)).toBe(false);
    const done = await typeCode(browser, page, { totp: codeOf(platform, app) });
    expect(done.location.pathname).toBe('/account');
    expect(await isSignedIn(browser)).toBe(true);
  });

  it('is on the way to the application, whose tokens say it', async () => {
    const app = await enrolAda(platform);
    const asked = await browser.get(authorizeLink({}));
    const page = await askedForCode(platform, browser, asked.location);
    expect(page.json['client']).toMatchObject({ name: 'Heatlens' });
    const done = await typeCode(browser, page, { totp: codeOf(platform, app) });
    const consent = await browser.get(done.location.href);
    const back = await browser.post('/consent', { ...readForm(consent), decision: 'allow' });
    const tokens = tokensOf(await redeem(platform, back.location.searchParams.get('code') ?? ''));
    const again = tokensOf(await refresh(platform, tokens.refresh_token));
    for (const token of [tokens.id_token, tokens.access_token, again.id_token])
      expect(claimsOf(token)).toMatchObject({ acr: twoFactor, amr: ['pwd', 'otp', 'mfa'] });
  });

  it('may be one step early or late (RFC 6238 §5.2)', async () => {
    const app = await enrolAda(platform);
    for (const drift of [-30, 30]) {
      platform.clock.advance(120);
      const one = platform.browser();
      const page = await askedForCode(platform, one);
      await typeCode(one, page, { totp: codeOf(platform, app, drift) });
      expect(await isSignedIn(one)).toBe(true);
    }
  });

  it('ends the other sign-ins when it is added, and the cookie of this one changes', async () => {
    const elsewhere = platform.browser();
    await platform.signIn(elsewhere, ada);
    await platform.signIn(browser, ada);
    const stolen = platform.browser();
    for (const [name, value] of browser.cookies) stolen.cookies.set(name, value);
    await addApp(platform, browser);
    expect(await isSignedIn(browser)).toBe(true);
    expect([await isSignedIn(elsewhere), await isSignedIn(stolen)]).toEqual([false, false]);
  });

  it('is removed after a fresh sign-in, and then the password is enough', async () => {
    await enrolAda(platform, browser);
    const security = await browser.get('/account/security');
    const { remove } = (security.json['totp'] as { app: { remove: Form } }).app;
    const done = await browser.post(remove.action, remove.fields);
    expect((await browser.get(done.location.href)).json).toMatchObject({
      totpRemoved: true,
      totp: { add: '/account/totp' },
    });
    const one = platform.browser();
    await platform.signIn(one, ada);
    expect(await isSignedIn(one)).toBe(true);
  });
});

interface Form {
  readonly action: string;
  readonly fields: Readonly<Record<string, string>>;
}

describe('a recovery code', () => {
  it('signs in instead of the app, in any spelling, and a mail reports it', async () => {
    const { codes } = await enrolAda(platform);
    const page = await askedForCode(platform, browser);
    const typed = ` ${codes[3]?.toUpperCase().replaceAll('-', ' ')} `;
    await typeCode(browser, page, { recovery_code: typed });
    expect(await isSignedIn(browser)).toBe(true);
    const security = await browser.get('/account/security');
    expect(security.json['totp']).toMatchObject({ app: { recoveryCodesLeft: 9 } });
    const changes = (await takeMails(platform)).flatMap(({ content }) =>
      content.kind === 'second_factor' ? content.change : [],
    );
    expect(changes.toSorted()).toEqual(['added', 'recovery_code_used']);
  });

  it('is replaced with all others, and the former ones are void', async () => {
    const app = await enrolAda(platform, browser);
    const security = await browser.get('/account/security');
    const { renewCodes } = (security.json['totp'] as { app: { renewCodes: Form } }).app;
    const shown = await browser.post(renewCodes.action, renewCodes.fields);
    const fresh = shown.json['codes'] as readonly string[];
    const one = platform.browser();
    const page = await askedForCode(platform, one);
    const [former = ''] = app.codes;
    expect((await typeCode(one, page, { recovery_code: former })).status).toBe(401);
    await typeCode(one, page, { recovery_code: fresh[0] ?? '' });
    expect(await isSignedIn(one)).toBe(true);
  });
});

describe('acr_values (RFC 9470 §5)', () => {
  it('announce two factors while they are on', async () => {
    const { json } = await platform.get('/.well-known/openid-configuration');
    expect(json['acr_values_supported']).toEqual(['urn:keywright:acr:password', twoFactor]);
  });

  it('are met by a sign-in with a code, also when they are essential', async () => {
    const app = await enrolAda(platform);
    const claims = JSON.stringify({ id_token: { acr: { essential: true, values: [twoFactor] } } });
    const asked = await browser.get(authorizeLink({ claims }));
    const page = await askedForCode(platform, browser, asked.location);
    const done = await typeCode(browser, page, { totp: codeOf(platform, app) });
    const consent = await browser.get(done.location.href);
    const back = await browser.post('/consent', { ...readForm(consent), decision: 'allow' });
    const { id_token } = tokensOf(
      await redeem(platform, back.location.searchParams.get('code') ?? ''),
    );
    expect(claimsOf(id_token)).toMatchObject({ acr: twoFactor });
  });
});

describe('an operator', () => {
  it('removes a lost second factor: audited, with a mail, and once', async () => {
    await platform.close();
    platform = await createFactorPlatform({
      clients: [
        {
          client_id: 'help-desk',
          kind: 'service',
          trust: 'first-party',
          client_name: 'Help desk',
          scope: 'accounts:password',
        },
      ],
    });
    await enrolAda(platform);
    await takeMails(platform);
    const token = await tokenOf(platform, 'help-desk');
    const id = platform.accounts.get(ada)?.id;
    const remove = () => {
      const address = `/admin/v1/accounts/second-factor?account_id=${id}`;
      return call(platform, address, token, { method: 'DELETE' });
    };
    expect((await remove()).status).toBe(204);
    const told = (await takeMails(platform)).map(({ content }) => content);
    expect(told).toMatchObject([{ kind: 'second_factor', change: 'removed', by: 'operator' }]);
    expect((await remove()).status).toBe(204);
    const events = platform.events.filter(({ type }) => type === 'account.second_factor_removed');
    expect(events).toMatchObject([{ accountId: id, by: 'help-desk' }]);
    browser = platform.browser();
    await platform.signIn(browser, ada);
    expect(await isSignedIn(browser)).toBe(true);
  });
});
