import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Answer, type Browser, readForm, type TestPlatform } from '../src/index.ts';
import {
  ada,
  allow,
  authorizeLink,
  createSunrise,
  grace,
  obtainTokens,
  refresh,
} from './sunrise.ts';

let platform: TestPlatform;
beforeEach(async () => {
  platform = await createSunrise();
});
afterEach(() => platform.close());

async function tryPassword(browser: Browser, password: string, email = ada): Promise<Answer> {
  const page = await browser.get('/sign-in');
  return browser.post('/sign-in', { ...readForm(page), email, password });
}

describe('a sign-in', () => {
  it('starts a session whose cookie scripts cannot read and whose secret is not stored', async () => {
    const answer = await platform.signIn(platform.browser(), ada);
    const cookie = answer.cookies.find((one) => one.includes('-session=')) ?? '';
    expect(cookie).toMatch(
      /^__Host-keywright-session=[A-Za-z0-9_-]{43}; Path=\/; HttpOnly; SameSite=Lax; Secure$/,
    );
    expect(answer.location.pathname).toBe('/account');
  });

  it('makes a new session each time and ends the former one (ASVS 7.2.4)', async () => {
    const browser = platform.browser();
    await platform.signIn(browser, ada);
    const former = platform.browser();
    former.cookies.set(
      '__Host-keywright-session',
      browser.cookies.get('__Host-keywright-session') ?? '',
    );
    expect((await former.get('/account')).status).toBe(200);
    await platform.signIn(browser, ada);
    expect((await former.get('/account')).location.pathname).toBe('/sign-in');
    expect((await browser.get('/account')).status).toBe(200);
  });

  it('shows the login_hint of the application, with escaped characters', async () => {
    const { location } = await platform
      .browser()
      .get(authorizeLink({ login_hint: 'ada@example.com"><b>' }));
    const page = await platform.browser().get(location.href);
    expect(page.json['email']).toBe('ada@example.com"><b>');
  });

  it('gets the same answer for an unknown address and for a wrong password, and keeps what was typed', async () => {
    const wrong = await tryPassword(platform.browser(), 'nonsense');
    const unknown = await tryPassword(platform.browser(), 'nonsense', 'nobody@example.com');
    expect(wrong.status).toBe(401);
    expect(unknown.status).toBe(401);
    expect(unknown.json['error']).toBe(wrong.json['error']);
    expect(wrong.json['email']).toBe(ada);
    expect(wrong.body).not.toContain('nonsense');
  });

  it('cannot be made by a form of another site, to use another account', async () => {
    const answer = await platform
      .browser()
      .post('/sign-in', { email: ada, password: 'correct horse' });
    expect(answer.status).toBe(400);
    expect(answer.cookies.join()).not.toContain('session');
  });
});

describe('the limit on guesses at the sign-in', () => {
  it('counts parallel guesses one by one', async () => {
    const browser = platform.browser();
    const page = await browser.get('/sign-in');
    const form = { ...readForm(page), email: ada };
    const answers = await Promise.all(
      // The largest number of simultaneous checks of one network.
      Array.from({ length: 16 }, (_, guess) =>
        browser.post('/sign-in', { ...form, password: `guess ${guess}` }),
      ),
    );
    expect(answers.filter((answer) => answer.status === 401)).toHaveLength(10);
    const refused = answers.filter((answer) => answer.status === 429);
    expect(refused).toHaveLength(6);
    expect(Number(refused[0]?.headers['retry-after'])).toBeGreaterThan(0);
  });

  it('also refuses the right password while it applies, and accepts it after that', async () => {
    const browser = platform.browser();
    for (let guess = 0; guess < 10; guess++) await tryPassword(browser, `guess ${guess}`);
    expect((await tryPassword(browser, 'correct horse')).status).toBe(429);
    platform.clock.advance(25);
    expect((await tryPassword(browser, 'correct horse')).status).toBe(303);
  });

  it('does not lock the user out: an untouched network waits shortly, and a known browser does not wait', async () => {
    const own = platform.browser('192.0.2.77');
    await platform.signIn(own, ada);
    own.cookies.delete('__Host-keywright-session');
    for (let network = 0; network < 60; network++)
      await tryPassword(platform.browser(`198.51.100.${network}`), 'guess');
    const before = platform.clock.nowSeconds();
    expect((await tryPassword(own, 'correct horse')).status).toBe(303);
    expect(platform.clock.nowSeconds()).toBe(before);
    expect((await tryPassword(platform.browser('203.0.113.5'), 'correct horse')).status).toBe(303);
    expect(platform.clock.nowSeconds()).toBe(before + 2);
  });

  it('does not count successful sign-ins', async () => {
    const browser = platform.browser();
    for (let round = 0; round < 40; round++)
      expect((await tryPassword(browser, 'correct horse')).status).toBe(303);
  });

  it('slows down one network that guesses at many accounts, and counts an IPv6 /64 as one', async () => {
    const statuses: number[] = [];
    for (let guess = 0; guess < 120; guess++)
      statuses.push(
        (
          await tryPassword(
            platform.browser(`2001:db8:1:2::${guess.toString(16)}`),
            'x',
            `u${guess}@example.com`,
          )
        ).status,
      );
    expect(statuses.filter((status) => status === 429)).toHaveLength(20);
    expect((await tryPassword(platform.browser('2001:db8:1:3::1'), 'x')).status).toBe(401);
  });
});

describe('a session ends', () => {
  it('after a week without use', async () => {
    const browser = platform.browser();
    await platform.signIn(browser, ada);
    platform.clock.advance(6 * 86_400);
    expect((await browser.get('/account')).status).toBe(200);
    platform.clock.advance(6 * 86_400);
    expect((await browser.get('/account')).status).toBe(200);
    platform.clock.advance(7 * 86_400);
    expect((await browser.get('/account')).location.pathname).toBe('/sign-in');
  });

  it('after 30 days in any case', async () => {
    const browser = platform.browser();
    await platform.signIn(browser, ada);
    for (let week = 0; week < 5; week++) {
      platform.clock.advance(6 * 86_400);
      await browser.get('/account');
    }
    expect((await browser.get('/account')).location.pathname).toBe('/sign-in');
  });

  it('on the server at sign-out: a copied cookie no longer works (ASVS 7.4.1)', async () => {
    const browser = platform.browser();
    await platform.signIn(browser, ada);
    const copied = browser.cookies.get('__Host-keywright-session') ?? '';
    const page = await browser.get('/sign-out');
    const out = await browser.post('/sign-out', readForm(page));
    expect(out.location.pathname).toBe('/signed-out');
    expect((await browser.get('/signed-out')).json['page']).toBe('signed-out');
    browser.cookies.set('__Host-keywright-session', copied);
    expect((await browser.get('/account')).location.pathname).toBe('/sign-in');
  });

  it('but not by a link or a form of another site', async () => {
    const browser = platform.browser();
    await platform.signIn(browser, ada);
    await browser.get('/sign-out');
    expect((await browser.post('/sign-out', {})).status).toBe(400);
    expect((await browser.get('/account')).status).toBe(200);
  });

  it('when its account is disabled', async () => {
    const browser = platform.browser();
    await platform.signIn(browser, ada);
    await platform.store.accounts.disable(
      platform.accounts.get(ada)?.id ?? '',
      platform.clock.nowSeconds(),
    );
    expect((await browser.get('/account')).location.pathname).toBe('/sign-in');
    expect((await tryPassword(platform.browser(), 'correct horse')).status).toBe(401);
  });
});

describe('the account page', () => {
  it('lists what each application may do, and when it last used it', async () => {
    const browser = platform.browser();
    await allow(platform, {}, browser);
    const { connections } = (await browser.get('/account')).json as {
      connections: Record<string, unknown>[];
    };
    expect(connections).toMatchObject([
      {
        client: { name: 'Heatlens', publisher: 'Nordwind Analytics' },
        scopes: [{ name: 'openid' }, { description: 'See the buildings you own' }],
        connectedAt: platform.clock.nowSeconds(),
      },
    ]);
  });

  it('ends a consent: the next refresh is refused, and consent is asked again', async () => {
    const tokens = await obtainTokens(platform);
    const browser = platform.browser();
    await platform.signIn(browser, ada);
    const view = (await browser.get('/account')).json as {
      connections: { revoke: { fields: Record<string, string> } }[];
    };
    const fields = view.connections[0]?.revoke.fields ?? {};
    const answer = await browser.post('/account/revoke', fields);
    expect((await browser.get(answer.location.href)).json).toMatchObject({
      connections: [],
      revoked: 'Heatlens',
    });
    expect((await refresh(platform, tokens.refresh_token)).json['error']).toBe('invalid_grant');
    const again = await browser.get((await browser.get(authorizeLink())).location.href);
    expect(again.json['page']).toBe('consent');
  });

  it.each([
    ['of the application that it was', undefined],
    ['of the application that it was, where the form names another', 'collector'],
  ])('records in the audit: %s', async (_, client) => {
    await obtainTokens(platform);
    const browser = platform.browser();
    await platform.signIn(browser, ada);
    const view = (await browser.get('/account')).json as {
      connections: { revoke: { fields: Record<string, string> } }[];
    };
    const fields = view.connections[0]?.revoke.fields ?? {};
    await browser.post('/account/revoke', client === undefined ? fields : { ...fields, client });
    const event = platform.events.findLast(({ type }) => type === 'grant.ended');
    const {
      type: _type,
      request: _request,
      accountId,
      grantId,
      by,
      ...rest
    } = event ?? { type: '' };
    expect([accountId, grantId, by]).toEqual([expect.any(String), fields['grant'], 'user']);
    expect(rest).toEqual({ clientId: 'heatlens' });
  });

  it('cannot end another user’s consent, although the form names it', async () => {
    const tokens = await obtainTokens(platform);
    const adas = platform.browser();
    await platform.signIn(adas, ada);
    const view = (await adas.get('/account')).json as {
      connections: { revoke: { fields: Record<string, string> } }[];
    };
    const grant = view.connections[0]?.revoke.fields['grant'] ?? '';
    const graces = platform.browser();
    await allow(platform, {}, graces);
    await platform.signIn(graces, grace);
    const first = await graces.get(authorizeLink());
    const consent = await graces.get(first.location.href);
    await graces.post('/consent', { ...readForm(consent), decision: 'allow' });
    const own = (await graces.get('/account')).json as typeof view;
    await graces.post('/account/revoke', { ...own.connections[0]?.revoke.fields, grant });
    expect((await refresh(platform, tokens.refresh_token)).status).toBe(200);
  });
});
