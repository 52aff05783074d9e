/**
 * Wrong passwords of attackers: the server slows guessing down, and the user can always sign in.
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Answer, readForm, type TestPlatform } from '../src/index.ts';
import { createKey, postAs } from './proofs.ts';
import { ada, challenge, clients, createSunrise } from './sunrise.ts';

let platform: TestPlatform;
beforeEach(async () => {
  platform = await createSunrise({
    features: { challengeEndpoint: true },
    clients: [
      ...clients.map((client) =>
        client.client_id === 'portal' ? { ...client, first_party_challenge: true } : client,
      ),
      {
        client_id: 'pocket',
        kind: 'native',
        trust: 'first-party',
        client_name: 'Sunrise in the pocket',
        redirect_uris: ['com.sunrise.pocket:/callback'],
        scope: 'openid buildings:read',
        first_party_challenge: true,
      },
    ],
  });
});
afterEach(() => platform.close());

const right = 'correct horse';

async function onPage(address: string, password: string, email = ada): Promise<Answer> {
  const browser = platform.browser(address);
  return browser.post('/sign-in', { ...readForm(await browser.get('/sign-in')), email, password });
}

/** A request from the server of the application, with the address of its user. */
function byPortal(path: string, form: Readonly<Record<string, string>>, userAddress?: string) {
  const basic = Buffer.from(`portal:${platform.secrets.get('portal')}`).toString('base64');
  return platform.browser('192.0.2.200').post(path, form, {
    authorization: `Basic ${basic}`,
    ...(userAddress === undefined ? {} : { 'x-fapi-customer-ip-address': userAddress }),
  });
}

function byGrant(username: string, password: string, userAddress?: string): Promise<Answer> {
  const form = { grant_type: 'password', username, password, scope: 'openid' };
  return byPortal('/token', form, userAddress);
}

const start = { scope: 'openid', code_challenge: challenge, code_challenge_method: 'S256' };

function byPhone(address: string, password: string, more: Readonly<Record<string, string>> = {}) {
  const form = { ...start, client_id: 'pocket', username: ada, password, ...more };
  return platform.browser(address).post('/authorize-challenge', form);
}

/** `count` wrong passwords for one account, ten from each network. */
async function guess(count: number, second = 0): Promise<void> {
  for (let tries = 0; tries < count; tries += 1) {
    const network = Math.floor(tries / 10);
    const answer = await onPage(`10.${second}.${network >> 8}.${network & 255}`, `guess ${tries}`);
    expect(answer.status).toBe(401);
  }
}

describe('after wrong passwords from many networks, a user with the right password from another network', () => {
  it.each([30, 1000])(
    'signs in with a new browser, in the password grant and in the challenge (%d)',
    async (count) => {
      await guess(count);
      expect((await onPage('203.0.113.5', right)).status).toBe(303);
      expect((await byGrant(ada, right, '203.0.113.6')).status).toBe(200);
      expect((await byPhone('203.0.113.7', right)).status).toBe(200);
    },
  );

  it('is served before networks with more wrong guesses, when all of them wait', async () => {
    await guess(30);
    const order: string[] = [];
    const attackers = Array.from({ length: 60 }, async (_, n) => {
      const { status } = await onPage(`10.99.${n >> 1}.1`, `guess ${n}`);
      // Their wider network has a part of the slots. A caller without a slot does not wait.
      if (status !== 503) order.push(`attacker ${status}`);
    });
    const person = onPage('203.0.113.5', right).then(({ status }) =>
      order.push(`person ${status}`),
    );
    await Promise.all([...attackers, person]);
    expect(order.length).toBeGreaterThan(30);
    expect(order.indexOf('person 303')).toBeGreaterThan(-1);
    expect(order.indexOf('person 303')).toBeLessThan(5);
  });
});

describe('guessing the password of one account', () => {
  it('is limited over all networks together: 30 at once, 60 more two seconds apart, then one each ten seconds', async () => {
    const begin = platform.clock.nowSeconds();
    await guess(30);
    expect(platform.clock.nowSeconds()).toBe(begin);
    await guess(1000, 1);
    const took = platform.clock.nowSeconds() - begin;
    expect(1030).toBeLessThanOrEqual(90 + took / 10);
  });
});

describe('a backend that signs in many users from one address', () => {
  it.each(['with the addresses of its users', 'without them'])(
    'is not blocked by wrong guesses for invented addresses, %s',
    async (how) => {
      const from = (n: number) =>
        how.startsWith('with ') ? `10.1.${n >> 8}.${n & 255}` : undefined;
      for (let n = 0; n < 300; n += 1)
        expect((await byGrant(`made-up-${n}@example.com`, 'wrong', from(n))).status).toBe(400);
      expect(
        (await byGrant(ada, right, how.startsWith('with ') ? '203.0.113.5' : undefined)).status,
      ).toBe(200);
      const form = { ...start, username: ada, password: right };
      expect((await byPortal('/authorize-challenge', form)).status).toBe(200);
    },
  );

  it('gets only the user refused who guesses, by the address that it sends', async () => {
    for (let n = 0; n < 10; n += 1)
      expect((await byGrant(ada, `guess ${n}`, '10.1.1.1')).status).toBe(400);
    const refused = await byGrant(ada, right, '10.1.1.1');
    expect([refused.status, Number(refused.headers['retry-after'])]).toEqual([429, 20]);
    expect((await byGrant(ada, right, '2001:db8::7')).status).toBe(200);
  });

  it('gets an error when the address that it sends is invalid', async () => {
    const answer = await byGrant(ada, right, '203.0.113.5, 10.0.0.1');
    expect([answer.status, answer.json['error']]).toEqual([400, 'invalid_request']);
    expect(answer.json['error_description']).toContain('x-fapi-customer-ip-address');
  });

  it('is the only one whose sent address counts: for a client without a secret the address of the request counts', async () => {
    const guessAs = (n: number, password: string) =>
      platform.browser('192.0.2.7').post(
        '/authorize-challenge',
        { ...start, client_id: 'pocket', username: ada, password },
        {
          'x-fapi-customer-ip-address': `10.1.1.${n}`,
        },
      );
    for (let n = 0; n < 10; n += 1) expect((await guessAs(n, 'wrong')).status).toBe(400);
    expect((await guessAs(11, right)).status).toBe(429);
  });
});

describe('a device that signed in by the challenge before', () => {
  it('is counted separately when its auth_session is in the next request (First-Party Apps §5.3.1)', async () => {
    const first = await byPhone('192.0.2.9', right);
    const known = { auth_session: String(first.json['auth_session']) };
    for (let n = 0; n < 10; n += 1)
      expect((await byPhone('192.0.2.9', `guess ${n}`)).status).toBe(400);
    expect((await byPhone('192.0.2.9', right)).status).toBe(429);
    const again = await byPhone('192.0.2.9', right, known);
    expect([again.status, typeof again.json['authorization_code']]).toEqual([200, 'string']);
  });

  it('has ten guesses of its own, from any network', async () => {
    const first = await byPhone('192.0.2.9', right);
    const known = { auth_session: String(first.json['auth_session']) };
    for (let n = 0; n < 10; n += 1)
      expect((await byPhone(`192.0.2.${n}`, 'wrong', known)).status).toBe(400);
    expect((await byPhone('192.0.2.77', right, known)).status).toBe(429);
  });

  it('is only recognized for its own account', async () => {
    const first = await byPhone('192.0.2.9', right);
    const known = {
      auth_session: String(first.json['auth_session']),
      username: 'grace@example.com',
    };
    for (let n = 0; n < 10; n += 1)
      expect((await byPhone('192.0.2.9', `guess ${n}`, known)).status).toBe(400);
    expect((await byPhone('192.0.2.9', 'battery staple', known)).status).toBe(429);
    expect((await byPhone('192.0.2.10', 'battery staple', known)).status).toBe(200);
  });
});

describe('a device that signed in with a DPoP key', () => {
  it('is recognized only with the same key (§9.5.1)', async () => {
    const [key, thief] = [createKey(), createKey()];
    const path = '/authorize-challenge';
    const at = { url: `${platform.issuer}${path}` };
    const form = { ...start, client_id: 'pocket', username: ada, password: right };
    const first = await postAs(platform, path, form, 'pocket', { dpop: key.proof(platform, at) });
    const known = { ...form, auth_session: String(first.json['auth_session']) };
    for (const headers of [{}, { dpop: thief.proof(platform, at) }])
      expect((await postAs(platform, path, known, 'pocket', headers)).json['error']).toBe(
        'invalid_session',
      );
    const again = await postAs(platform, path, known, 'pocket', { dpop: key.proof(platform, at) });
    expect(again.status).toBe(200);
  });

  it('is no longer recognized after a year', async () => {
    const first = await byPhone('192.0.2.9', right);
    platform.clock.advance(365 * 86_400);
    const again = await byPhone('192.0.2.9', right, {
      auth_session: String(first.json['auth_session']),
    });
    expect(again.json['error']).toBe('invalid_session');
  });
});

describe('a sign-in that is refused for a time', () => {
  it('states the time on the page and in Retry-After', async () => {
    const attempt = () => onPage('192.0.2.9', 'wrong');
    for (let n = 0; n < 10; n += 1) await attempt();
    const refused = await attempt();
    expect([refused.status, refused.headers['retry-after']]).toEqual([429, '20']);
    expect(refused.json['error']).toContain('Try again in 20 seconds.');
  });
});
