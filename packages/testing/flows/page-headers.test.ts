/** The headers of every page of this server: who may frame, open, load and store it. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Answer, type Browser, readForm, type TestPlatform } from '../src/index.ts';
import { asking, createDeferred } from './deferred-setting.ts';
import { ada, authorizeLink, callback, clients } from './sunrise.ts';

let platform: TestPlatform;
let browser: Browser;
beforeEach(async () => {
  const uri = 'https://heatlens.example/signed-out';
  platform = await createDeferred({
    clients: [
      ...clients.map((one) =>
        one.client_id === 'heatlens' ? { ...one, post_logout_redirect_uris: [uri] } : one,
      ),
      ...asking,
    ],
  });
  browser = platform.browser();
});
afterEach(() => platform.close());

async function signedIn(): Promise<Browser> {
  await platform.signIn(browser, ada);
  return browser;
}

async function follow(answer: Answer): Promise<Answer> {
  return browser.get(answer.location.href);
}

async function consent(): Promise<Answer> {
  return follow(await (await signedIn()).get(authorizeLink()));
}

const logout =
  '/end-session?client_id=heatlens&post_logout_redirect_uri=https%3A%2F%2Fheatlens.example%2Fsigned-out';
const html = { accept: 'text/html' };

/** The page of each flow, and whether a request of an application shows it. */
const pages: readonly (readonly [string, boolean, () => Promise<Answer>])[] = [
  ['sign-in', false, () => browser.get('/sign-in')],
  ['account', false, async () => (await signedIn()).get('/account')],
  ['password-change', false, async () => (await signedIn()).get('/account/password')],
  ['device-code', false, async () => (await signedIn()).get('/device')],
  ['sign-out', false, async () => (await signedIn()).get('/sign-out')],
  ['signed-out', false, () => browser.get('/signed-out')],
  ['error', false, () => browser.get('/nowhere', html)],
  ['error', false, () => browser.get('/authorize?client_id=nobody')],
  ['error', false, () => browser.post('/sign-in', { email: ada, password: 'correct horse' })],
  ['error', false, () => browser.post('/account', {})],
  ['sign-in', true, async () => follow(await browser.get(authorizeLink()))],
  ['consent', true, consent],
  [
    'form-post',
    true,
    async () => browser.get(authorizeLink({ response_mode: 'form_post', prompt: 'none' })),
  ],
  [
    'error',
    true,
    async () =>
      browser.get(
        authorizeLink({
          client_id: 'stranger',
          redirect_uri: 'https://stranger.example/callback',
          scope: 'openid',
          prompt: 'none',
        }),
      ),
  ],
  ['sign-out', true, async () => follow(await (await signedIn()).get(logout))],
  ['signed-out', true, async () => follow(await browser.get(logout))],
];

describe.each(pages)('the page %s (of an application’s request: %s)', (name, isOfRequest, open) => {
  it('cannot be stored, framed or loaded by another site, and sends no referrer', async () => {
    const { headers, json } = await open();
    expect(json['page']).toBe(name);
    expect(headers).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      'x-frame-options': 'DENY',
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cross-origin-resource-policy': 'same-origin',
    });
    const policy = (headers['content-security-policy'] ?? '').split('; ');
    expect(policy).toEqual(
      expect.arrayContaining([
        "default-src 'none'",
        "style-src 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
        expect.stringMatching(/^form-action 'self'(?: https:)?$/),
      ]),
    );
    expect(new Set(policy.map((directive) => directive.split(' ')[0])).size).toBe(policy.length);
  });

  it('is separated from the window that opened it, unless that is an application’s (HTML §7.1.3)', async () => {
    const { headers } = await open();
    expect(headers['cross-origin-opener-policy']).toBe(isOfRequest ? undefined : 'same-origin');
  });
});

describe('a redirect', () => {
  it('to an application or to our own pages is not stored and sends no referrer', async () => {
    const own = await browser.get(authorizeLink());
    const back = await browser.get(authorizeLink({ prompt: 'none' }));
    expect([own.location.origin, back.location.href.startsWith(callback)]).toEqual([
      platform.issuer,
      true,
    ]);
    for (const { status, headers } of [own, back]) {
      expect(status).toBe(303);
      expect(headers).toMatchObject({
        'cache-control': 'no-store',
        'referrer-policy': 'no-referrer',
      });
    }
  });
});

describe('the cookies of issuers with paths on one host', () => {
  it('have different names, and an issuer without a path keeps its former names', async () => {
    const namesAt = async (issuer: string) => {
      const other = await createDeferred({ issuer });
      const own = other.browser();
      await other.signIn(own, ada, new URL(`${issuer}/sign-in`));
      await other.close();
      return [...own.cookies.keys()].sort();
    };
    const plain = await namesAt('https://as.example');
    const host = ['browser', 'known', 'session'].map((name) => `__Host-keywright-${name}`);
    expect(plain).toEqual(host);
    const [one, two] = [
      await namesAt('https://as.example/one'),
      await namesAt('https://as.example/two;x'),
    ];
    expect(one).toHaveLength(3);
    expect(two).toHaveLength(3);
    expect(new Set([...plain, ...one, ...two]).size).toBe(9);
    for (const name of [...one, ...two])
      expect(name).toMatch(/^__Host-keywright-[a-z]+-[A-Za-z0-9_-]{16}$/);
  });

  it('cannot be read by scripts or other sites, and are for this host only', async () => {
    const shown = await browser.get('/sign-in');
    const form = { ...readForm(shown), email: ada, password: 'correct horse' };
    const answer = await browser.post('/sign-in', form);
    const cookies = [...shown.cookies, ...answer.cookies];
    expect(cookies).toHaveLength(3);
    for (const cookie of cookies)
      expect(cookie).toMatch(
        /^__Host-keywright-[a-z]+=[A-Za-z0-9_.-]+; Path=\/; HttpOnly; SameSite=Lax; Secure(?:; Max-Age=[0-9]+)?$/,
      );
  });
});
