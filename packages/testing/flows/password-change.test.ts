/** A user changes their own password (ASVS 6.2.2, 6.2.3). */
import { digest } from '@keywright/jwt';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Answer, type Browser, readForm, type TestPlatform } from '../src/index.ts';
import {
  answerDevice,
  answerFromAfar,
  askAsDevice,
  connectDevice,
  createDeferred,
  desk,
  idOfRequest,
  pollAsDevice,
  pollFromAfar,
  signedIn,
  television,
} from './deferred-setting.ts';
import {
  ada,
  buildings,
  createSunrise,
  grace,
  obtainTokens,
  refresh,
  tokensOf,
} from './sunrise.ts';

let platform: TestPlatform;
let browser: Browser;
beforeEach(async () => {
  platform = await createSunrise();
  browser = platform.browser();
  await platform.signIn(browser, ada);
});
afterEach(() => platform.close());

const door = '/account/password';
const current = 'correct horse';
const fresh = 'lantern gravel umbrella';

async function change(
  over: Readonly<Record<string, string>> = {},
  from = browser,
): Promise<Answer> {
  const page = await from.get(door);
  const typed = { password: current, new_password: fresh, new_password_again: fresh };
  return from.post(door, { ...readForm(page), ...typed, ...over });
}

async function signInBy(password: string, from = platform.browser()): Promise<Answer> {
  const page = await from.get('/sign-in');
  return from.post('/sign-in', { ...readForm(page), email: ada, password });
}

const isSignedIn = async (one: Browser) => (await one.get('/account')).status === 200;

describe('the change of one’s own password', () => {
  it('makes the new one the only one, confirms it, and is recorded without either password', async () => {
    const answer = await change();
    const shown = await browser.get(answer.location.href);
    expect(shown.json).toMatchObject({ page: 'account', passwordChanged: true });
    expect((await signInBy(current)).status).toBe(401);
    expect((await signInBy(fresh)).status).toBe(303);
    const event = platform.events.find(({ type }) => type === 'account.password_changed');
    expect(event).toMatchObject({ accountId: platform.accounts.get(ada)?.id, by: 'user' });
    expect(JSON.stringify(platform.events)).not.toContain(fresh);
  });

  it('ends each other session, and this one continues with a new cookie (ASVS 7.2.4, 7.4.3)', async () => {
    const elsewhere = platform.browser();
    await platform.signIn(elsewhere, ada);
    const stolen = platform.browser();
    for (const [name, value] of browser.cookies) stolen.cookies.set(name, value);
    expect([await isSignedIn(elsewhere), await isSignedIn(stolen)]).toEqual([true, true]);
    await change();
    expect([await isSignedIn(elsewhere), await isSignedIn(stolen)]).toEqual([false, false]);
    expect(await isSignedIn(browser)).toBe(true);
  });

  it('renews neither the second factor nor its time: only the password was typed', async () => {
    const terms = { amr: ['pwd', 'otp', 'mfa'] };
    const secret = 'a secret of a session';
    const accountId = platform.accounts.get(ada)?.id ?? '';
    const then = platform.clock.nowSeconds();
    const session = { id: 'ses_two_factors', digest: digest(secret), accountId, terms };
    const times = { authenticatedAt: then, lastSeenAt: then, expiresAt: then + 9000 };
    await platform.store.sessions.start({ ...session, ...times });
    const name = [...browser.cookies.keys()].find((one) => one.endsWith('session')) ?? '';
    browser.cookies.set(name, secret);
    platform.clock.advance(600);
    await change();
    const renewed = browser.cookies.get(name) ?? '';
    expect(renewed).not.toBe(secret);
    const now = platform.clock.nowSeconds();
    const kept = await platform.store.sessions.load(digest(renewed), 9000, now);
    expect(kept?.session).toMatchObject({ terms, authenticatedAt: then, lastSeenAt: now });
  });

  it('leaves what applications may do while one is away, and the other people, alone', async () => {
    const tokens = await obtainTokens(platform, { scope: 'openid offline_access buildings:read' });
    const graces = platform.browser();
    await platform.signIn(graces, grace);
    await change();
    expect((await refresh(platform, tokens.refresh_token)).status).toBe(200);
    expect(await isSignedIn(graces)).toBe(true);
  });

  it('sends a user without a session to the sign-in page, and back', async () => {
    const stranger = platform.browser();
    const { location } = await stranger.get(door);
    expect(location.pathname).toBe('/sign-in');
    expect((await stranger.post(door, { password: current })).location.pathname).toBe('/sign-in');
    expect((await platform.signIn(stranger, ada, location)).location.pathname).toBe(door);
  });

  it('can be repeated at once, in the same browser, with the new password', async () => {
    await change();
    expect((await change()).json).toMatchObject({ error: 'The current password is wrong.' });
    const next = {
      new_password: 'harbour quilt sparrow',
      new_password_again: 'harbour quilt sparrow',
    };
    expect((await change({ password: fresh, ...next })).status).toBe(303);
  });
});

describe('the change of one’s own password is refused', () => {
  async function expectUnchanged() {
    expect((await signInBy(fresh)).status).toBe(401);
    expect(await isSignedIn(browser)).toBe(true);
  }

  it.each([
    ['without the current one', { password: '' }, 401, 'The current password is wrong.'],
    [
      'with a wrong current one',
      { password: 'wrong password' },
      401,
      'The current password is wrong.',
    ],
    [
      'with two new ones that differ',
      { new_password_again: 'lantern gravel umbrello' },
      400,
      'The two new passwords differ.',
    ],
    [
      'with one that is too short',
      { new_password: 'short', new_password_again: 'short' },
      400,
      'The new password must be at least 8 characters long.',
    ],
  ])('%s, with a decision id and no password on the page', async (_, over, status, error) => {
    const answer = await change(over);
    expect(answer.status).toBe(status);
    expect(answer.json).toMatchObject({ page: 'password-change', error });
    expect(answer.decision).toMatch(/^dec_/);
    for (const typed of [current, fresh, 'wrong password'])
      expect(answer.body).not.toContain(typed);
    expect(platform.events).toContainEqual(
      expect.objectContaining({ type: 'password_change.refused', decision: answer.decision }),
    );
    await expectUnchanged();
  });

  it('with all problems at once, each at its field', async () => {
    const answer = await change({
      password: 'wrong',
      new_password: 'short',
      new_password_again: 'longer',
    });
    expect(answer.status).toBe(401);
    expect(answer.json['faults']).toEqual([
      { control: 'password', text: 'The current password is wrong.' },
      { control: 'new_password', text: 'The new password must be at least 8 characters long.' },
      { control: 'new_password_again', text: 'The two new passwords differ.' },
    ]);
    await expectUnchanged();
  });

  it('from another site, another browser, another session or without the CSRF token', async () => {
    const { csrf = '' } = readForm(await browser.get(door));
    const typed = { password: current, new_password: fresh, new_password_again: fresh };
    const foreign = await browser.post(
      door,
      { csrf, ...typed },
      { 'sec-fetch-site': 'cross-site' },
    );
    expect([foreign.status, foreign.reason]).toEqual([400, 'form_foreign']);
    expect((await browser.post(door, typed)).reason).toBe('form_foreign');
    const elsewhere = platform.browser();
    await platform.signIn(elsewhere, ada);
    expect((await elsewhere.post(door, { csrf, ...typed })).reason).toBe('form_foreign');
    await platform.signIn(browser, ada);
    expect((await browser.post(door, { csrf, ...typed })).reason).toBe('form_foreign');
    await expectUnchanged();
  });

  it('after as many wrong guesses as at the sign-in, which are counted together', async () => {
    for (let tries = 0; tries < 10; tries += 1)
      expect((await change({ password: 'wrong' })).status).toBe(401);
    const held = await change();
    expect([held.status, Number(held.headers['retry-after']) > 0]).toEqual([429, true]);
    const page = await browser.get('/sign-in');
    const form = { ...readForm(page), email: ada, password: current };
    expect((await browser.post('/sign-in', form)).status).toBe(429);
  });

  it('for the second of two users who change it at the same time', async () => {
    const page = await browser.get(door);
    const other = platform.browser();
    await platform.signIn(other, ada);
    const answers = await Promise.all([
      change({ new_password: 'first to arrive', new_password_again: 'first to arrive' }, other),
      browser.post(door, {
        ...readForm(page),
        password: current,
        new_password: fresh,
        new_password_again: fresh,
      }),
    ]);
    expect(answers.filter(({ headers }) => headers['location']?.includes('told='))).toHaveLength(1);
  });
});

describe('a sign-in', () => {
  it('with a password that is changed during the sign-in fails', async () => {
    const id = platform.accounts.get(ada)?.id ?? '';
    const { accounts } = platform.ports;
    const verify = accounts.verifyPassword.bind(accounts);
    // The password was right when it was checked. It changes before the session starts.
    Object.assign(accounts, {
      verifyPassword: async (email: string, password: string) => {
        const outcome = await verify(email, password);
        await platform.store.accounts.changePassword(id, { passwordHash: 'another' }, 0);
        return outcome;
      },
    });
    const late = platform.browser();
    expect((await signInBy(current, late)).status).toBe(401);
    expect(await isSignedIn(late)).toBe(false);
  });
});

describe('the access that a user gave, after the password changed,', () => {
  beforeEach(async () => {
    await platform.close();
    platform = await createDeferred();
    browser = platform.browser();
    await platform.signIn(browser, ada);
  });

  const byOperator = async (over: object = {}) => {
    const { id = '' } = platform.accounts.get(ada) ?? {};
    const passwordHash = { passwordHash: 'another', ...over };
    await platform.store.accounts.changePassword(id, passwordHash, platform.clock.nowSeconds());
  };
  const byPerson = async () => {
    expect((await change()).status).toBe(303);
  };
  const everyWay = [
    ['the person changes it', byPerson],
    ['an operator sets it', byOperator],
  ] as const;

  const typed = { grant_type: 'password', username: ada, password: current };
  async function tokenOfPassword(
    scope: string,
    username = ada,
    password = current,
  ): Promise<string> {
    const form = { ...typed, username, password, scope };
    return tokensOf(await platform.post('/token', form, 'portal')).refresh_token;
  }
  async function expectEnded(token: string, clientId: string) {
    const { status, json } = await refresh(platform, token, {}, clientId);
    expect([status, json['error']]).toEqual([400, 'invalid_grant']);
  }

  it.each(everyWay)('ends for the password grant without offline_access: %s', async (_, act) => {
    const token = await tokenOfPassword('openid buildings:read');
    const graces = await tokenOfPassword('openid', grace, 'battery staple');
    await act();
    await expectEnded(token, 'portal');
    expect((await refresh(platform, graces, {}, 'portal')).status).toBe(200);
  });

  it.each(everyWay)(
    'continues with offline_access, as it does after a sign-out: %s',
    async (_, act) => {
      const token = await tokenOfPassword('openid offline_access');
      await act();
      expect((await refresh(platform, token, {}, 'portal')).status).toBe(200);
    },
  );

  it('also ends with offline_access where an operator ends all consents', async () => {
    const token = await tokenOfPassword('openid offline_access');
    await byOperator({ endsGrants: true });
    await expectEnded(token, 'portal');
  });

  it.each(everyWay)('ends for a device and for a CIBA request: %s', async (_, act) => {
    const device = tokensOf((await connectDevice(platform)).answer).refresh_token;
    const lasting = await connectDevice(platform, { scope: 'openid offline_access' });
    const authReqId = await idOfRequest(platform);
    await answerFromAfar(browser);
    const afar = tokensOf(await pollFromAfar(platform, authReqId)).refresh_token;
    await act();
    await expectEnded(device, television);
    await expectEnded(afar, desk);
    const kept = tokensOf(lasting.answer).refresh_token;
    expect((await refresh(platform, kept, {}, television)).status).toBe(200);
  });

  it.each(everyWay)(
    'is not given to a device that was allowed before and polls later: %s',
    async (_, act) => {
      const { device_code, user_code } = await askAsDevice(platform);
      await answerDevice(await signedIn(platform), user_code);
      await act();
      const { status, json } = await pollAsDevice(platform, device_code);
      expect([status, json['error']]).toEqual([400, 'access_denied']);
    },
  );

  it('ends where its session had expired before', async () => {
    let { refresh_token: token } = await obtainTokens(platform, { scope: 'openid buildings:read' });
    for (let week = 0; week < 6; week += 1) {
      platform.clock.advance(7 * 86_400);
      token = tokensOf(await refresh(platform, token)).refresh_token;
    }
    await byOperator();
    await expectEnded(token, 'heatlens');
  });

  it('ends for a device that the former browser allows at the same moment', async () => {
    await platform.close();
    platform = await createDeferred({
      ports: ({ store }) => ({
        outbound: { send: () => Promise.reject(new Error('nobody is called in this test')) },
        store: {
          ...store,
          deferred: {
            ...store.deferred,
            answer: async (...asked) => (await byOperator(), store.deferred.answer(...asked)),
          },
        },
      }),
    });
    const { id: accountId = '' } = platform.accounts.get(ada) ?? {};
    // The application is connected already, so that no grant has to start.
    const agreed = {
      scopes: ['openid', 'buildings:read'],
      declinedScopes: [],
      audiences: [buildings],
    };
    const agreement = { ...agreed, grantId: 'gnt_before', accountId, clientId: television };
    await platform.store.grants.agree(agreement, undefined, platform.clock.nowSeconds());
    const { device_code, user_code } = await askAsDevice(platform);
    await answerDevice(await signedIn(platform), user_code);
    const { status, json } = await pollAsDevice(platform, device_code);
    expect([status, json['error']]).toEqual([400, 'invalid_grant']);
  });
});
