/** Attacks on the second factor, and what is refused. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Answer, type Browser, readForm, type TestPlatform } from '../src/index.ts';
import { takeCode, takeMails } from './mails.ts';
import { authorizeLink, errorOf, signInAs } from './openid-setting.ts';
import {
  addApp,
  type App,
  askedForCode,
  codeOf,
  createFactorPlatform,
  enrolAda,
  isSignedIn,
  twoFactor,
  typeCode,
  wrongCode,
} from './second-factor-setting.ts';
import { ada, grace } from './sunrise.ts';

let platform: TestPlatform;
let browser: Browser;
let app: App;
beforeEach(async () => {
  platform = await createFactorPlatform();
  browser = platform.browser();
  app = await enrolAda(platform);
});
afterEach(() => platform.close());

describe('a code', () => {
  it('is refused if it is wrong, and nobody is signed in', async () => {
    const page = await askedForCode(platform, browser);
    const refused = await typeCode(browser, page, { totp: wrongCode(platform, app) });
    expect([refused.status, refused.json['page']]).toEqual([401, 'second-factor']);
    expect(refused.json['error']).toBe('The code is wrong, or was used before.');
    expect(await isSignedIn(browser)).toBe(false);
    expect(platform.events.map(({ type }) => type)).toContain('second_factor.wrong');
  });

  it('is used once (RFC 6238 §5.2): the next sign-in needs the next one', async () => {
    const totp = codeOf(platform, app);
    await typeCode(browser, await askedForCode(platform, browser), { totp });
    expect(await isSignedIn(browser)).toBe(true);
    const other = platform.browser();
    const page = await askedForCode(platform, other);
    expect((await typeCode(other, page, { totp })).status).toBe(401);
    const before = codeOf(platform, app, -30);
    expect((await typeCode(other, page, { totp: before })).status).toBe(401);
    expect(await isSignedIn(other)).toBe(false);
  });

  it('is used once when five send it at once', async () => {
    const others = Array.from({ length: 5 }, () => platform.browser());
    const pages: Answer[] = [];
    for (const one of others) pages.push(await askedForCode(platform, one));
    const totp = codeOf(platform, app);
    await Promise.all(others.map((one, index) => typeCode(one, pages[index] as Answer, { totp })));
    const signedIn = await Promise.all(others.map(isSignedIn));
    expect(signedIn.filter(Boolean)).toHaveLength(1);
  });

  it('that added the app does not sign in as well', async () => {
    await platform.close();
    platform = await createFactorPlatform();
    const here = platform.browser();
    await platform.signIn(here, ada);
    app = await addApp(platform, here);
    const other = platform.browser();
    const page = await askedForCode(platform, other);
    const refused = await typeCode(other, page, { totp: codeOf(platform, app) });
    expect(refused.status).toBe(401);
  });

  it('may be guessed five times, and then each caller must wait', async () => {
    const totp = wrongCode(platform, app);
    for (let count = 0; count < 5; count++) {
      const one = platform.browser();
      expect((await typeCode(one, await askedForCode(platform, one), { totp })).status).toBe(401);
    }
    const page = await askedForCode(platform, browser);
    const refused = await typeCode(browser, page, { totp: codeOf(platform, app) });
    expect([refused.status, refused.json['page']]).toEqual([429, 'second-factor']);
    platform.clock.advance(300);
    const later = await askedForCode(platform, browser);
    await typeCode(browser, later, { totp: codeOf(platform, app) });
    expect(await isSignedIn(browser)).toBe(true);
  });

  it('cannot be kept from a browser that has signed in to the account before', async () => {
    await typeCode(browser, await askedForCode(platform, browser), { totp: codeOf(platform, app) });
    platform.clock.advance(60);
    for (let count = 0; count < 6; count++) {
      const one = platform.browser();
      const totp = wrongCode(platform, app);
      await typeCode(one, await askedForCode(platform, one), { totp });
    }
    const page = await askedForCode(platform, browser);
    const done = await typeCode(browser, page, { totp: codeOf(platform, app) });
    expect(done.status).toBe(303);
  });

  it('has no tries that somebody without the password can use up', async () => {
    for (let count = 0; count < 8; count++) {
      const one = platform.browser();
      const page = await one.get('/sign-in');
      const wrong = await one.post('/sign-in', { ...readForm(page), email: ada, password: 'no' });
      expect(wrong.json['page']).toBe('sign-in');
      await one.post('/sign-in/second-factor', { ...readForm(page), totp: '111111' });
    }
    const page = await askedForCode(platform, browser);
    const done = await typeCode(browser, page, { totp: codeOf(platform, app) });
    expect(done.status).toBe(303);
  });
});

describe('before the password is right', () => {
  it('nothing tells that an account has a second factor', async () => {
    const answers = [];
    for (const email of [ada, grace, 'nobody@example.com']) {
      const one = platform.browser();
      const page = await one.get('/sign-in');
      const answer = await one.post('/sign-in', { ...readForm(page), email, password: 'wrong' });
      const { form: _, email: __, decision: ___, ...rest } = answer.json;
      answers.push({ status: answer.status, ...rest, page: answer.json['page'] });
    }
    for (const answer of answers)
      expect({ ...answer, recover: 0 }).toEqual({ ...answers[0], recover: 0 });
  });
});

describe('the page for the code', () => {
  const expired = /took too long, or was started for something else/;

  it('is void in another browser (session fixation)', async () => {
    const page = await askedForCode(platform, browser);
    const other = platform.browser();
    await other.get('/sign-in');
    const answer = await typeCode(other, page, { totp: codeOf(platform, app) });
    expect(answer.json).toMatchObject({ page: 'sign-in', error: expect.stringMatching(expired) });
    expect(await isSignedIn(other)).toBe(false);
    const { pending } = readForm(page);
    const shown = await other.get(`/sign-in/second-factor?pending=${pending}`);
    expect(shown.json).toMatchObject({ page: 'sign-in', error: expect.stringMatching(expired) });
  });

  it('of one sign-in does not answer the one of another tab', async () => {
    const asked = await browser.get(authorizeLink({ state: 'first' }));
    const first = await askedForCode(platform, browser, asked.location);
    const second = await askedForCode(platform, browser);
    const { request } = readForm(first);
    const { csrf, pending } = readForm(second);
    const totp = codeOf(platform, app);
    const mixed = { csrf: csrf ?? '', pending: pending ?? '', request: request ?? '', totp };
    const answer = await browser.post('/sign-in/second-factor', mixed);
    expect(answer.json).toMatchObject({ page: 'sign-in', error: expect.stringMatching(expired) });
    const foreignMark = { ...readForm(first), csrf: csrf ?? '', totp };
    const refused = await browser.post('/sign-in/second-factor', foreignMark);
    expect(refused.status).toBe(400);
    expect(await isSignedIn(browser)).toBe(false);
  });

  it('is void after ten minutes', async () => {
    const page = await askedForCode(platform, browser);
    platform.clock.advance(600);
    const answer = await typeCode(browser, page, { totp: codeOf(platform, app) });
    expect(answer.json).toMatchObject({ page: 'sign-in', error: expect.stringMatching(expired) });
  });

  it('is void when the password was changed meanwhile', async () => {
    const page = await askedForCode(platform, browser);
    const id = platform.accounts.get(ada)?.id ?? '';
    const now = platform.clock.nowSeconds();
    await platform.store.accounts.changePassword(id, { passwordHash: 'other' }, now);
    const answer = await typeCode(browser, page, { totp: codeOf(platform, app) });
    expect(answer.json).toMatchObject({ page: 'sign-in', error: expect.stringMatching(expired) });
    expect(await isSignedIn(browser)).toBe(false);
  });

  it('cannot be edited, and shows nothing without a right password before', async () => {
    for (const pending of [
      '',
      'x',
      readForm(await askedForCode(platform, browser))['pending']?.slice(1),
    ]) {
      const shown = await browser.get(`/sign-in/second-factor?pending=${pending}`);
      expect(shown.json['page']).toBe('sign-in');
    }
  });
});

describe('no other way in gets around it', () => {
  const basics = { grant_type: 'password', scope: 'openid' };

  it('the password grant refuses the account, only after a right password', async () => {
    const right = { ...basics, username: ada, password: 'correct horse' };
    await platform.close();
    platform = await createFactorPlatform({
      clients: [
        {
          client_id: 'portal',
          kind: 'web',
          trust: 'first-party',
          client_name: 'Portal',
          redirect_uris: ['https://portal.sunrise.example/callback'],
          grant_types: ['authorization_code', 'password'],
          scope: 'openid',
        },
      ],
    });
    expect((await platform.post('/token', right, 'portal')).status).toBe(200);
    await enrolAda(platform);
    const refused = await platform.post('/token', right, 'portal');
    expect([refused.status, refused.json['error']]).toEqual([400, 'invalid_grant']);
    expect(refused.json['error_description']).toContain('second factor');
    const wrong = await platform.post('/token', { ...right, password: 'no' }, 'portal');
    expect(wrong.json['error_description']).not.toContain('second factor');
  });

  it('a new password by mail does not sign in, and gives the browser no separate attempts', async () => {
    await takeMails(platform);
    const onward = await browser.post('/recover', {
      ...readForm(await browser.get('/recover')),
      email: ada,
    });
    const { code } = await takeCode(platform);
    const asked = await browser.get(onward.location.href);
    const proven = await browser.post('/recover/code', { ...readForm(asked), code });
    const page = await browser.get(proven.location.href);
    const password = 'lantern gravel umbrella';
    const done = await browser.post('/recover/password', {
      ...readForm(page),
      new_password: password,
      new_password_again: password,
    });
    expect(done.location.pathname).toBe('/sign-in');
    expect([...browser.cookies.keys()].some((name) => name.endsWith('known'))).toBe(false);
    const signIn = await browser.get(done.location.href);
    const after = await browser.post('/sign-in', { ...readForm(signIn), email: ada, password });
    expect(after.location.pathname).toBe('/sign-in/second-factor');
    expect(await isSignedIn(browser)).toBe(false);
  });

  it('an account that has one is asked for it also while the setting is off', async () => {
    const { secondFactors } = platform.store;
    await platform.close();
    platform = await createFactorPlatform({
      features: { totp: false },
      ports: ({ store }) => ({
        store: {
          ...store,
          secondFactors: {
            ...secondFactors,
            load: async (accountId) => ({
              accountId,
              sealedSecret: '',
              lastStep: 0,
              createdAt: 0,
              recoveryCodesLeft: 0,
            }),
          },
        },
      }),
    });
    browser = platform.browser();
    const page = await askedForCode(platform, browser);
    expect(page.json['page']).toBe('second-factor');
    expect((await typeCode(browser, page, { totp: '123456' })).status).toBe(401);
    expect((await browser.get('/account/totp')).status).toBe(404);
  });

  it('an essential acr that the account cannot meet is refused (OpenID Connect Core §5.5.1.1)', async () => {
    const claims = JSON.stringify({ id_token: { acr: { essential: true, values: [twoFactor] } } });
    const back = await signInAs(platform, browser, grace, { claims });
    expect(back.searchParams.get('error')).toBe('unmet_authentication_requirements');
    expect(await errorOf(browser, { claims, prompt: 'none' })).toBe(
      'unmet_authentication_requirements',
    );
  });
});

describe('a change of the second factor', () => {
  it('needs a fresh sign-in', async () => {
    const here = platform.browser();
    await typeCode(here, await askedForCode(platform, here), { totp: codeOf(platform, app) });
    const { totp } = (await here.get('/account/security')).json as {
      totp: {
        app: Record<'remove' | 'renewCodes', { action: string; fields: Record<string, string> }>;
      };
    };
    platform.clock.advance(600);
    for (const { action, fields } of [totp.app.remove, totp.app.renewCodes])
      expect((await here.post(action, fields)).location.pathname).toBe('/sign-in');
    const old = (await here.get('/account/security')).json['totp'];
    expect(old).toMatchObject({ app: { recoveryCodesLeft: 10 }, signInAgain: expect.any(String) });
    expect(old).not.toHaveProperty('app.remove');
    const id = platform.accounts.get(ada)?.id ?? '';
    expect((await platform.store.secondFactors.load(id))?.recoveryCodesLeft).toBe(10);
  });

  it('needs a form of this server, for this session', async () => {
    const here = platform.browser();
    await typeCode(here, await askedForCode(platform, here), { totp: codeOf(platform, app) });
    for (const path of ['/account/totp/remove', '/account/recovery-codes', '/account/totp'])
      expect((await here.post(path, { totp: '1' })).status).toBe(400);
  });

  it('does not take an offer of another session, and asks for a new one', async () => {
    const mallory = platform.browser();
    await platform.signIn(mallory, grace);
    const offered = readForm(await mallory.get('/account/totp'));
    await platform.signIn(browser, grace);
    const own = readForm(await browser.get('/account/totp'));
    const answer = await browser.post('/account/totp', {
      ...own,
      offer: offered['offer'] ?? '',
      totp: '111111',
    });
    expect(answer.location.pathname).toBe('/account/totp');
  });

  it('is not made with a wrong code, and the same secret is shown again', async () => {
    await platform.signIn(browser, grace);
    const page = await browser.get('/account/totp');
    const answer = await browser.post('/account/totp', { ...readForm(page), totp: '1' });
    expect([answer.status, answer.json['secret']]).toEqual([401, page.json['secret']]);
    const id = platform.accounts.get(grace)?.id ?? '';
    expect(await platform.store.secondFactors.load(id)).toBeUndefined();
  });
});
