/** Pushed authorization requests (RFC 9126). */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { TestPlatform } from '../src/index.ts';
import { readForm } from '../src/index.ts';
import {
  createAuthorizePlatform,
  goThrough,
  push,
  requestWords,
  shortLink,
  signObject,
  toldIn,
} from './authorize-setting.ts';
import {
  ada,
  authorizeLink,
  callback,
  challenge,
  nativeCallback,
  redeem,
  tokensOf,
} from './sunrise.ts';

let platform: TestPlatform;
beforeEach(async () => {
  platform = await createAuthorizePlatform();
});
afterEach(() => platform.close());

it('a pushed request is answered by its reference with a code, which is redeemed as any other (RFC 9126 §1)', async () => {
  const answer = toldIn(
    await goThrough(platform, shortLink({ request_uri: await push(platform) })),
  );
  expect(answer.get('state')).toBe('af0ifjsldkj');
  expect(answer.get('iss')).toBe(platform.issuer);
  tokensOf(await redeem(platform, answer.get('code') ?? ''));
});

it('the answer to a push is 201 with a reference of 256 random bits and its lifetime, and must not be stored (§2.2)', async () => {
  const answer = await platform.post('/par', requestWords(), 'heatlens');
  expect(answer.status).toBe(201);
  expect(answer.headers['cache-control']).toBe('no-store');
  expect(answer.headers['content-type']).toBe('application/json');
  expect(answer.json).toEqual({
    request_uri: expect.stringMatching(/^urn:ietf:params:oauth:request_uri:[A-Za-z0-9_-]{43}$/),
    expires_in: 60,
  });
});

it('a pushed request gets the client id from the header of a client that authenticated there', async () => {
  const { client_id: _, ...words } = requestWords();
  const answer = await platform.post('/par', words, 'heatlens');
  expect(
    toldIn(
      await goThrough(platform, shortLink({ request_uri: String(answer.json['request_uri']) })),
    ).has('code'),
  ).toBe(true);
});

it('a public client may push a request, and names itself (§2)', async () => {
  const words = { client_id: 'native', redirect_uri: nativeCallback, scope: 'buildings:read' };
  const request_uri = await push(platform, words, 'native');
  const { location } = await platform
    .browser()
    .get(`/authorize?${new URLSearchParams({ client_id: 'native', request_uri })}`);
  expect(location.pathname).toBe('/sign-in');
});

it('only the pushed parameters count: others beside the reference in the link change nothing (§4)', async () => {
  const link = shortLink({
    request_uri: await push(platform),
    scope: 'invoices:read',
    state: 'forged',
    redirect_uri: 'https://evil.example/',
    response_type: 'token',
  });
  const answer = await goThrough(platform, link);
  expect(answer.location.origin + answer.location.pathname).toBe(callback);
  expect(toldIn(answer).get('state')).toBe('af0ifjsldkj');
});

describe('no part of a pushed request appears in the browser:', () => {
  it('not in an address, a cookie or a form, and not in the log', async () => {
    const secret = 'very-secret-state-of-the-request';
    const browser = platform.browser();
    const request_uri = await push(platform, { state: secret, login_hint: ada });
    const addresses = [shortLink({ request_uri })];
    const asked = await browser.get(addresses[0] ?? '');
    addresses.push(asked.location.href);
    const signedIn = await platform.signIn(browser, ada, asked.location);
    addresses.push(signedIn.location.href);
    const page = await browser.get(signedIn.location.href);
    const seen = [...addresses, ...browser.cookies.values(), ...Object.values(readForm(page))].join(
      ' ',
    );
    for (const hidden of [
      secret,
      ada,
      challenge,
      callback,
      Buffer.from(secret).toString('base64url').slice(0, 20),
    ])
      expect(seen).not.toContain(hidden);
    expect(JSON.stringify(platform.events)).not.toContain(secret);
    expect(Math.max(...addresses.map((address) => address.length))).toBeLessThan(500);
  });

  it('also a large request makes a short address', async () => {
    const { location } = await platform.browser().get(
      shortLink({
        request_uri: await push(platform, { state: 's'.repeat(2000), nonce: 'n'.repeat(2000) }),
      }),
    );
    expect(location.href.length).toBeLessThan(500);
  });
});

it('a reload shows the page of a pushed request again, and the request is answered once (§4)', async () => {
  const browser = platform.browser();
  const link = shortLink({ request_uri: await push(platform) });
  const signIn = await browser.get(link);
  await platform.signIn(browser, ada, signIn.location);
  const [first, second] = [await browser.get(link), await browser.get(link)];
  const pages = [await browser.get(first.location.href), await browser.get(second.location.href)];
  const answers = await Promise.all(
    pages.map((page) => browser.post('/consent', { ...readForm(page), decision: 'allow' })),
  );
  expect(answers.filter(({ status }) => status === 303)).toHaveLength(1);
  const refused = answers.filter(({ status }) => status === 400);
  expect(refused.map(({ reason }) => reason)).toEqual(['request_uri_invalid']);
});

it('a pushed request without a page is also answered once: after that the reference is invalid (§4)', async () => {
  const browser = platform.browser();
  await goThrough(platform, authorizeLink(), browser);
  const link = shortLink({ request_uri: await push(platform) });
  const answers = await Promise.all(Array.from({ length: 20 }, () => browser.get(link)));
  expect(answers.filter((answer) => toldIn(answer).has('code'))).toHaveLength(1);
  expect(
    answers.filter((answer) => toldIn(answer).get('error') === 'invalid_request_uri'),
  ).toHaveLength(19);
});

it('a user has half an hour for a pushed request, as for any other', async () => {
  const browser = platform.browser();
  const { location } = await browser.get(shortLink({ request_uri: await push(platform) }));
  platform.clock.advance(1790);
  const signedIn = await platform.signIn(browser, ada, location);
  expect((await browser.get(signedIn.location.href)).json['page']).toBe('consent');
  platform.clock.advance(11);
  expect((await browser.get(signedIn.location.href)).status).toBe(400);
});

it('a pushed request may contain a request object, and then only the object counts (§3)', async () => {
  const request = signObject(platform, { state: 'from-the-object' });
  const answer = await platform.post(
    '/par',
    { request, state: 'beside', scope: 'nonsense' },
    'heatlens',
  );
  const told = toldIn(
    await goThrough(platform, shortLink({ request_uri: String(answer.json['request_uri']) })),
  );
  expect(told.get('state')).toBe('from-the-object');
});

describe('pushed requests are required', () => {
  it('of a client that is registered for them: its other requests are refused (§6)', async () => {
    await platform.close();
    platform = await createAuthorizePlatform({ require_pushed_authorization_requests: true });
    const open = await platform.browser().get(authorizeLink());
    expect(toldIn(open).get('error')).toBe('invalid_request');
    expect(toldIn(open).get('state')).toBe('af0ifjsldkj');
    expect(
      toldIn(await goThrough(platform, shortLink({ request_uri: await push(platform) }))).has(
        'code',
      ),
    ).toBe(true);
  });

  it('of each client where a profile requires them, and the metadata says so (§5)', async () => {
    const metadata = (await platform.get('/.well-known/oauth-authorization-server')).json;
    expect(metadata).toMatchObject({
      pushed_authorization_request_endpoint: `${platform.issuer}/par`,
      require_pushed_authorization_requests: false,
    });
    await platform.close();
    platform = await createAuthorizePlatform({}, { features: { pushedRequests: false } });
    expect((await platform.get('/.well-known/oauth-authorization-server')).json).not.toHaveProperty(
      'pushed_authorization_request_endpoint',
    );
    expect((await platform.post('/par', requestWords(), 'heatlens')).status).toBe(404);
  });
});
