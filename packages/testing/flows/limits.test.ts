import { createLimiter, type Limits } from '@keywright/core';
import { afterEach, describe, expect, it } from 'vitest';
import { type Answer, readForm, type TestPlatform } from '../src/index.ts';
import { ada, authorizeLink, createSunrise } from './sunrise.ts';

let platform: TestPlatform;
let milliseconds = 0;
afterEach(() => platform.close());

const limiter = (name: string, perSecond: number, burst: number) =>
  createLimiter({ name, perSecond, burst, now: () => milliseconds });

async function start(limits: Limits): Promise<void> {
  milliseconds = 0;
  platform = await createSunrise({ ports: () => ({ limits }) });
}

const askForToken = (clientId = 'collector') =>
  platform.post('/token', { grant_type: 'client_credentials', scope: 'buildings:read' }, clientId);

const statusesOf = (answers: readonly Answer[]) => answers.map(({ status }) => status);

describe('the rate limit of a client', () => {
  it('refuses with 429, Retry-After, and the RateLimit fields of the limit (RFC 6585 §4)', async () => {
    await start({ client: limiter('client', 0.5, 2) });
    const answers = [await askForToken(), await askForToken(), await askForToken()];
    expect(statusesOf(answers)).toEqual([200, 200, 429]);
    expect([answers[2]?.json['error'], answers[2]?.reason]).toEqual(['slow_down', 'throttled']);
    expect(answers[2]?.headers).toMatchObject({
      'retry-after': '2',
      ratelimit: '"client";r=0;t=2',
      'ratelimit-policy': '"client";q=2;w=4',
    });
    milliseconds = 2000;
    expect((await askForToken()).status).toBe(200);
  });

  it('is in each successful answer, also for pages of other origins', async () => {
    await start({ client: limiter('client', 1, 20) });
    const { headers } = await askForToken();
    expect(headers).toMatchObject({
      ratelimit: '"client";r=19;t=1',
      'ratelimit-policy': '"client";q=20;w=20',
      'access-control-expose-headers': 'RateLimit, RateLimit-Policy',
      'cache-control': 'no-store',
    });
  });

  it('counts tokens, introspection and revocation together, and each client separately', async () => {
    await start({ client: limiter('client', 1, 3) });
    const answers = [
      await askForToken(),
      await platform.post('/introspect', { token: 'x' }, 'collector'),
      await platform.post('/revoke', { token: 'x' }, 'collector'),
      await platform.post('/introspect', { token: 'x' }, 'collector'),
    ];
    expect(statusesOf(answers)).toEqual([200, 200, 200, 429]);
    expect((await platform.post('/introspect', { token: 'x' }, 'buildings-api')).status).toBe(200);
  });

  it('may be set for one client, to which the general limit does not apply', async () => {
    const ofClients = new Map([['collector', limiter('client', 1, 1)]]);
    await start({ client: limiter('client', 1, 2), ofClients });
    expect(statusesOf([await askForToken(), await askForToken()])).toEqual([200, 429]);
    const others = [];
    for (let asked = 0; asked < 3; asked += 1)
      others.push(await platform.post('/revoke', { token: 'x' }, 'portal'));
    expect(statusesOf(others)).toEqual([200, 200, 429]);
  });

  it('is not used up by a caller who only knows the client’s name: failed authentication does not count', async () => {
    await start({ client: limiter('client', 1, 1) });
    for (let tried = 0; tried < 5; tried += 1) {
      const form = {
        grant_type: 'client_credentials',
        client_id: 'collector',
        client_secret: 'x'.repeat(43),
      };
      expect((await platform.post('/token', form)).status).toBe(401);
    }
    expect((await askForToken()).status).toBe(200);
  });

  it('is counted by network where the client has no secret, so that one network cannot use it up for all', async () => {
    await start({ publicClient: limiter('client', 1, 1) });
    const form = { grant_type: 'refresh_token', refresh_token: 'x', client_id: 'spa' };
    const [one, other] = [platform.browser('192.0.2.1'), platform.browser('192.0.2.2')];
    expect((await one.post('/token', form)).status).toBe(400);
    expect((await one.post('/token', form)).status).toBe(429);
    expect((await other.post('/token', form)).status).toBe(400);
  });

  it('is logged with the client, and the decision explains it', async () => {
    await start({ client: limiter('client', 1, 1) });
    await askForToken();
    const { decision } = await askForToken();
    expect(platform.events.at(-1)).toMatchObject({
      type: 'refused',
      reason: 'throttled',
      limit: 'client',
      clientId: 'collector',
      decision,
    });
  });
});

describe('the rate limit of a network', () => {
  it('counts each page, and refuses with a page', async () => {
    await start({ network: limiter('network', 1, 2) });
    const browser = platform.browser();
    expect((await browser.get(authorizeLink())).status).toBe(303);
    expect((await browser.get('/sign-in')).headers['ratelimit']).toBe('"network";r=0;t=1');
    const refused = await browser.get(authorizeLink());
    expect(refused.status).toBe(429);
    expect(refused.json).toMatchObject({ page: 'error', reason: 'throttled' });
    expect(refused.headers).toMatchObject({ 'retry-after': '1', ratelimit: '"network";r=0;t=1' });
    expect((await platform.browser('192.0.2.99').get('/sign-in')).status).toBe(200);
  });

  it('is not in a redirect, which browsers follow (draft-ietf-httpapi-ratelimit-headers-11 §6)', async () => {
    await start({ network: limiter('network', 1, 2) });
    const answer = await platform.browser().get(authorizeLink());
    expect(answer.headers['ratelimit']).toBeUndefined();
  });

  it('applies to the /64 of an IPv6 address, and to an IPv4 address in any notation', async () => {
    await start({ network: limiter('network', 1, 1) });
    const ask = async (address: string) => (await platform.browser(address).get('/sign-in')).status;
    expect(await ask('2001:db8:0:1::1')).toBe(200);
    expect(await ask('2001:DB8::1:ffff:0:0:1')).toBe(429);
    expect(await ask('2001:db8:0:2::1')).toBe(200);
    expect(await ask('192.0.2.7')).toBe(200);
    expect(await ask('::ffff:192.0.2.7')).toBe(429);
  });

  it('counts failed authentication, and refuses no request that succeeds', async () => {
    await start({ network: limiter('network', 1, 2) });
    const failing = () =>
      platform.post('/token', { client_id: 'collector', client_secret: 'x'.repeat(43) });
    expect(statusesOf([await failing(), await failing(), await failing()])).toEqual([
      401, 401, 429,
    ]);
    const userinfo = await platform.get('/userinfo', { authorization: 'Bearer nonsense' });
    expect(userinfo.status).toBe(429);
    expect((await askForToken()).status).toBe(200);
    expect(platform.events.findLast(({ reason }) => reason === 'throttled')).toMatchObject({
      insteadOf: 'token_malformed',
      network: '192.0.2.1',
    });
  });
});

describe('without rate limits', () => {
  it('no request is counted, and no header is sent', async () => {
    await start({});
    const answers = await Promise.all(Array.from({ length: 300 }, () => askForToken()));
    expect(new Set(statusesOf(answers))).toEqual(new Set([200]));
    expect(answers[0]?.headers['ratelimit']).toBeUndefined();
    expect((await platform.browser().get('/sign-in')).headers['ratelimit']).toBeUndefined();
  });

  /** A sign-in page for each guess, each opened from another distant network. */
  async function openPages(count: number) {
    const pages = Array.from({ length: count }, (_, index) =>
      platform.browser(`${20 + (index % 100)}.51.100.${Math.floor(index / 100)}`),
    );
    const forms = await Promise.all(
      pages.map(async (browser) => readForm(await browser.get('/sign-in'))),
    );
    return pages.map((browser, index) => () => {
      const form = { ...forms[index], email: ada, password: `guess ${index}` };
      return browser.post('/sign-in', form);
    });
  }

  it('500 guesses, 50 at a time, each from another network, are limited by the bound of the account', async () => {
    await start({});
    const guesses = await openPages(500);
    const begin = platform.clock.nowSeconds();
    const answers: Answer[] = [];
    for (let first = 0; first < guesses.length; first += 50)
      answers.push(
        ...(await Promise.all(guesses.slice(first, first + 50).map((guess) => guess()))),
      );
    const tried = statusesOf(answers).filter((status) => status === 401).length;
    const seconds = platform.clock.nowSeconds() - begin;
    expect(tried).toBeGreaterThan(30);
    expect(tried).toBeLessThanOrEqual(30 + seconds / 2 + seconds / 20 + 1);
    expect(tried).toBeLessThanOrEqual(90 + seconds / 10);
    const refused = answers.filter(({ status }) => status === 429);
    expect(refused.length).toBe(500 - tried);
    const { ratelimit, 'retry-after': wait } = refused[0]?.headers ?? {};
    expect(ratelimit).toBe(`"password";r=0;t=${wait}`);
  });

  it('64 passwords are checked at once, and a further request is refused without counting as a guess', async () => {
    await start({});
    const guesses = await openPages(200);
    const answers = await Promise.all(guesses.map((guess) => guess()));
    const busy = answers.filter(({ status }) => status === 503);
    expect(busy).toHaveLength(200 - 64);
    expect(busy[0]?.headers['retry-after']).toBe('1');
    expect(busy[0]?.json).toMatchObject({ page: 'sign-in' });
    const [tried, refused] = [401, 429].map(
      (status) => statusesOf(answers).filter((one) => one === status).length,
    );
    expect(tried).toBeGreaterThan(30);
    expect(refused).toBe(64 - (tried ?? 0));
  });

  it('one network can have 16 password checks at once, so right passwords of one network cannot block others', async () => {
    const { promise: checked, resolve: check } = Promise.withResolvers<void>();
    // From one network, ten at once may try one account.
    const emails = Array.from({ length: 8 }, (_, index) => `staff-${index}@example.com`);
    const people = [ada, ...emails].map((email) => ({
      email,
      name: email,
      password: 'correct horse',
    }));
    platform = await createSunrise({
      people,
      ports: ({ accounts }) => ({
        accounts: {
          ...accounts,
          verifyPassword: (email, password) =>
            checked.then(() => accounts.verifyPassword(email, password)),
        },
      }),
    });
    const sender = async (address: string, email: string) => {
      const browser = platform.browser(address);
      const form = { ...readForm(await browser.get('/sign-in')), email, password: 'correct horse' };
      return () => browser.post('/sign-in', form);
    };
    const theirs = await Promise.all(
      Array.from({ length: 80 }, (_, index) => sender('198.51.100.1', emails[index % 8] ?? '')),
    );
    const hers = await sender('203.0.113.9', ada);
    const answers = [...theirs, hers].map((send) => send());
    check();
    const statuses = statusesOf(await Promise.all(answers));
    expect(statuses.at(-1)).toBe(303);
    expect(statuses.filter((status) => status === 303)).toHaveLength(17);
    expect(statuses.filter((status) => status === 503)).toHaveLength(64);
  });

  it('a request that waits for a password check is not counted as work, so many of them block no other request', async () => {
    let waiting = 0;
    const { promise: checked, resolve: check } = Promise.withResolvers<void>();
    platform = await createSunrise({
      ports: ({ accounts }) => ({
        externalWaits: { enter: () => void (waiting += 1), leave: () => void (waiting -= 1) },
        accounts: {
          ...accounts,
          verifyPassword: (email, password) =>
            checked.then(() => accounts.verifyPassword(email, password)),
        },
      }),
    });
    const guesses = await openPages(3);
    const answers = Promise.all(guesses.map((guess) => guess()));
    await expect.poll(() => waiting).toBe(3);
    check();
    expect(statusesOf(await answers)).toEqual([401, 401, 401]);
    expect(waiting).toBe(0);
  });
});
