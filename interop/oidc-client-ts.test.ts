/**
 * oidc-client-ts in a real browser: a single-page application on another origin than the server's.
 */
import { decodeJwt } from 'jose';
import type { Browser, BrowserContext, Page, Request } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { isLong } from '../packages/jwt/src/testing-parts/series.ts';
import { launchBrowser } from './browser.ts';
import { takeBackEverything } from './connections.ts';
import { findFreePorts } from './ports.ts';
import { end } from './process.ts';
import { prepareServer, type ServerFolder } from './server-process.ts';
import { type SinglePageApp, startSinglePageApp } from './single-page-app.ts';

const ada = { email: 'ada@example.com', password: 'correct horse battery staple' };
const rooms = 'https://rooms.example/api';

function configure(app: string): object {
  return {
    dpop_nonce: 'required',
    apis: [
      {
        identifier: rooms,
        name: 'Rooms',
        scopes: [{ name: 'rooms:read', description: 'See your rooms' }],
      },
    ],
    clients: [
      {
        client_id: 'drawing-board',
        kind: 'browser',
        trust: 'third-party',
        client_name: 'Drawing board',
        redirect_uris: [`${app}/plain`, `${app}/bound`, `${app}/silent`],
        post_logout_redirect_uris: [`${app}/signed-out`],
        scope: 'openid profile email rooms:read',
      },
    ],
    accounts: [{ ...ada, name: 'Ada Byron', email_verified: true }],
  };
}

/** The data of the library about the signed-in user. */
interface User {
  readonly access_token: string;
  readonly refresh_token: string;
  readonly id_token: string;
  readonly token_type: string;
  readonly expires_in: number;
  readonly profile: Readonly<Record<string, unknown>>;
}

describe('oidc-client-ts in a browser', () => {
  let folder: ServerFolder;
  let server: Awaited<ReturnType<ServerFolder['start']>> | undefined;
  let app: SinglePageApp;
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  /** The requests of the page's scripts to the server. */
  let calls: Request[];
  let faults: string[];

  beforeAll(async () => {
    const [port = 0, appPort = 0] = await findFreePorts(2);
    folder = prepareServer(port, configure(`http://localhost:${appPort}`));
    server = await folder.start();
    app = await startSinglePageApp(appPort, folder.issuer);
    browser = await launchBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    app?.close();
    if (server !== undefined) await end(server, 'SIGTERM');
    folder?.remove();
  });

  beforeEach(async () => {
    await takeBackEverything(folder.issuer, ada);
    context = await browser.newContext();
    page = await context.newPage();
    page.setDefaultTimeout(10_000);
    calls = [];
    faults = [];
    page.on('request', (request) => {
      if (request.resourceType() === 'fetch') calls.push(request);
    });
    page.on('pageerror', (error) => faults.push(error.message));
  });
  afterEach(async () => {
    await context.close();
    if (faults.length > 0) throw new Error(`In the page: ${faults.join('; ')}`);
  });

  async function signIn(
    path: '/plain' | '/bound',
    answer: 'allow' | 'deny' = 'allow',
  ): Promise<void> {
    await page.goto(`${app.origin}${path}`);
    await page.click('#sign-in');
    await page.fill('#email', ada.email);
    await page.fill('#password', ada.password);
    await page.click('#signin');
    await page.click(`#${answer}`);
  }

  async function expectState(text: string): Promise<void> {
    await page.locator('#state', { hasText: text }).waitFor();
  }

  function inPage<T>(expression: string): Promise<T> {
    return page.evaluate(expression);
  }

  /** `signinSilent`, `getUser` and the like, as plain data. */
  function ask(call: string): Promise<User> {
    return inPage(`manager.${call}.then((user) => JSON.parse(JSON.stringify(user)))`);
  }

  /** The OAuth error of a call that fails, as the library gives it to the application. */
  function errorOf(call: string): Promise<string> {
    return inPage(
      `manager.${call}.then(() => 'it was done', ({ error, message }) => error ?? message)`,
    );
  }

  function callTo(path: string): Request {
    const found = calls.findLast(
      (call) => call.method() !== 'OPTIONS' && new URL(call.url()).pathname === path,
    );
    if (found === undefined) throw new Error(`nothing was asked of ${path}`);
    return found;
  }

  it('signs in by code and PKCE, and reads tokens and userinfo from another origin without a cookie', async () => {
    const asked = page.waitForRequest(
      (request) => new URL(request.url()).pathname === '/authorize',
    );
    await signIn('/plain');
    await expectState('Signed in: Ada Byron');
    const { searchParams } = new URL((await asked).url());
    expect(Object.fromEntries(searchParams)).toMatchObject({
      response_type: 'code',
      code_challenge_method: 'S256',
      resource: rooms,
    });
    const user = await ask('getUser()');
    expect(user).toMatchObject({
      token_type: 'Bearer',
      profile: { email: ada.email, name: 'Ada Byron' },
    });
    expect(decodeJwt(user.access_token)).toMatchObject({
      aud: rooms,
      scope: expect.stringContaining('rooms:read'),
    });
    for (const path of ['/token', '/userinfo']) {
      const headers = await callTo(path).allHeaders();
      expect([headers['origin'], headers['cookie']]).toEqual([app.origin, undefined]);
    }
  });

  it.runIf(isLong)(
    'renews tokens without a page, by a refresh token that is a different one each time',
    async () => {
      await signIn('/plain');
      await expectState('Signed in');
      const first = await ask('getUser()');
      const second = await ask('signinSilent()');
      const third = await ask('signinSilent()');
      expect(new Set([first, second, third].map((user) => user.refresh_token)).size).toBe(3);
      expect(new Set([first, second, third].map((user) => user.access_token)).size).toBe(3);
      expect(third.profile['sub']).toBe(first.profile['sub']);
      expect(callTo('/token').postDataJSON()).toMatchObject({
        grant_type: 'refresh_token',
        client_id: 'drawing-board',
      });
    },
  );

  it.runIf(isLong)(
    'learns in a hidden frame that the user must be asked, because its address is http (RFC 8252 §8.6), and gets `login_required` without a session',
    async () => {
      await signIn('/plain');
      await expectState('Signed in');
      await inPage(
        `manager.getUser().then((user) => { user.refresh_token = undefined; return manager.storeUser(user); })`,
      );
      expect(await errorOf('signinSilent()')).toBe('consent_required');
      await context.clearCookies();
      await inPage('manager.removeUser()');
      expect(await errorOf('signinSilent()')).toBe('login_required');
    },
  );

  it('signs out, returns with its state, and neither session nor refresh token is left', async () => {
    await signIn('/plain');
    await expectState('Signed in');
    const { refresh_token: refreshToken } = await ask('getUser()');
    await page.click('#sign-out');
    await expectState('Signed out: bye');
    expect(new URL(page.url()).pathname).toBe('/signed-out');
    const answer = await fetch(`${folder.issuer}/token`, {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'refresh_token',
        refresh_token: refreshToken,
        client_id: 'drawing-board',
      }),
    });
    expect(await answer.json()).toMatchObject({ error: 'invalid_grant' });
    await page.goto(`${app.origin}/plain`);
    await expectState('Nobody');
    await page.click('#sign-in');
    await page.waitForSelector('#email');
  });

  it.runIf(isLong)('revokes its tokens from its own page', async () => {
    await signIn('/plain');
    await expectState('Signed in');
    await inPage(`manager.revokeTokens(['refresh_token'])`);
    expect((await callTo('/revoke').response())?.status()).toBe(200);
    expect((await ask('getUser()')).refresh_token ?? null).toBeNull();
  });

  it.runIf(isLong)(
    'keeps the connection to a window that it opened, after our pages in it (HTML §7.1.3)',
    async () => {
      await page.goto(`${app.origin}/plain`);
      const [popup] = await Promise.all([
        page.waitForEvent('popup'),
        inPage('void (globalThis.opened = open(location.href))'),
      ]);
      await popup.click('#sign-in');
      await popup.fill('#email', ada.email);
      await popup.fill('#password', ada.password);
      await popup.click('#signin');
      await popup.click('#allow');
      await popup.locator('#state', { hasText: 'Signed in' }).waitFor();
      expect(await popup.evaluate('window.opener !== null')).toBe(true);
      expect(await inPage('opened.closed')).toBe(false);
    },
  );

  it.runIf(isLong)('is told when the user declines', async () => {
    await signIn('/plain', 'deny');
    await expectState('Failed: access_denied');
  });

  it('binds code and tokens to a key of the browser, with the nonces of the server', async () => {
    await signIn('/bound');
    await expectState('Signed in');
    const user = await ask('getUser()');
    expect(user.token_type).toBe('DPoP');
    const { cnf } = decodeJwt(user.access_token);
    expect(cnf).toEqual({ jkt: expect.any(String) });
    const renewed = await ask('signinSilent()');
    expect(decodeJwt(renewed.access_token)['cnf']).toEqual(cnf);
  });

  it.runIf(isLong)(
    'calls userinfo with a proof of that key, and is refused without one',
    async () => {
      await signIn('/bound');
      await expectState('Signed in');
      expect(await inPage(userinfoOf('DPoP'))).toMatchObject({
        status: 200,
        sub: expect.stringMatching(/^usr_/),
      });
      expect(await inPage(userinfoOf('Bearer'))).toMatchObject({ status: 401 });
    },
  );
});

/**
 * By hand: the library leaves calls with proofs to the application. The nonce is the one of an
 * answer before.
 */
function userinfoOf(scheme: 'DPoP' | 'Bearer'): string {
  return `(async () => {
    const user = await manager.getUser();
    const { userinfo_endpoint: address } = await fetch(authority + '/.well-known/openid-configuration').then((r) => r.json());
    const call = async (nonce) => fetch(address, {
      headers: {
        authorization: '${scheme} ' + user.access_token,
        ...('${scheme}' === 'DPoP' ? { dpop: await manager.dpopProof(address, user, 'GET', nonce) } : {}),
      },
    });
    const first = await call();
    const nonce = first.headers.get('dpop-nonce');
    const answer = first.status === 401 && nonce !== null ? await call(nonce) : first;
    return { status: answer.status, ...(answer.ok ? await answer.json() : {}) };
  })()`;
}
