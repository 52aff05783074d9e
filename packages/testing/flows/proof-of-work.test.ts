/** A proof of work opens a second lane where the limits of attempts are used up. */
import { createHmac, randomBytes } from 'node:crypto';
import type { WorkProofs } from '@keywright/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Answer, type Browser, readForm, type TestPlatform } from '../src/index.ts';
import { ada, createSunrise, grace } from './sunrise.ts';

const right = 'correct horse';
const network = '203.0.113.5';

interface Challenge {
  readonly id: string;
  readonly expiresAt: number;
  readonly mac: string;
  readonly solved?: boolean;
}

/** Signed as in the product. The work is to say `solved`. */
const easyProofs: WorkProofs = {
  make: async (key, expiresAt) => {
    const id = randomBytes(8).toString('hex');
    const mac = createHmac('sha256', key).update(`${id} ${expiresAt}`).digest('hex');
    return JSON.stringify({ id, expiresAt, mac });
  },
  check: async (key, text) => {
    const { id, expiresAt, mac, solved } = JSON.parse(text) as Challenge;
    const expected = createHmac('sha256', key).update(`${id} ${expiresAt}`).digest('hex');
    return mac === expected && solved === true ? { id, expiresAt } : undefined;
  },
};

let platform: TestPlatform;
beforeEach(async () => {
  platform = await createSunrise({
    sendsMail: true,
    signUp: 'open',
    ports: () => ({ workProofs: easyProofs }),
  });
});
afterEach(() => platform.close());

function solve(page: Answer): string {
  const challenge = page.json['work'];
  return typeof challenge === 'string'
    ? JSON.stringify({ ...(JSON.parse(challenge) as object), solved: true })
    : '';
}

async function signIn(
  browser: Browser,
  password: string,
  more: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  const form = readForm(await browser.get('/sign-in'));
  return browser.post('/sign-in', { ...form, email: ada, password, ...more });
}

/** Ten wrong passwords use up the attempts of this network for the account. */
async function useUp(browser: Browser = platform.browser(network)): Promise<void> {
  for (let tries = 0; tries < 10; tries += 1)
    expect((await signIn(browser, `guess ${tries}`)).status).toBe(401);
}

describe('after too many wrong passwords from a network, its user', () => {
  it('signs in with a proof of work, and otherwise has to wait', async () => {
    await useUp();
    const browser = platform.browser(network);
    const refused = await signIn(browser, right);
    expect([refused.status, refused.headers['retry-after']]).toEqual([429, '20']);
    expect(refused.headers['content-security-policy']).toContain("script-src 'self'");
    expect((await signIn(browser, right)).status).toBe(429);
    expect((await signIn(browser, right, { work: solve(refused) })).status).toBe(303);
  });

  it('is asked for no work before, and a browser that is known never is', async () => {
    const known = platform.browser(network);
    expect((await signIn(known, right)).status).toBe(303);
    await useUp();
    const wrong = await signIn(known, 'mistyped');
    expect(wrong.json).not.toHaveProperty('work');
    for (let tries = 0; tries < 10; tries += 1) await signIn(known, `guess ${tries}`);
    const refused = await signIn(known, right);
    expect(refused.status).toBe(429);
    expect(refused.json).not.toHaveProperty('work');
  });

  it('gets a new challenge after a wrong password with work', async () => {
    await useUp();
    const browser = platform.browser(network);
    const first = await signIn(browser, right);
    const wrong = await signIn(browser, 'mistyped', { work: solve(first) });
    expect(wrong.status).toBe(401);
    expect((await signIn(browser, right, { work: solve(wrong) })).status).toBe(303);
  });
});

describe('a solution', () => {
  it.each<[string, (page: Answer, browser: Browser) => string | Promise<string>]>([
    ['without the work', (page) => String(page.json['work'])],
    [
      'of a longer time',
      (page) => solve(page).replace(/"expiresAt":\d+/, '"expiresAt":9999999999'),
    ],
    ['that is too long', (page) => solve(page) + ' '.repeat(2000)],
    [
      'that was made for another page',
      async (_, browser) => {
        const recovery = async () => {
          const form = readForm(await browser.get('/recover'));
          return browser.post('/recover', { ...form, email: grace });
        };
        for (let tries = 0; tries < 3; tries += 1) await recovery();
        return solve(await recovery());
      },
    ],
    [
      'that was made for another browser',
      async () => solve(await signIn(platform.browser(network), right)),
    ],
  ])('%s is none', async (_, make) => {
    await useUp();
    const browser = platform.browser(network);
    const work = await make(await signIn(browser, right), browser);
    expect(work).not.toBe('');
    expect((await signIn(browser, right, { work })).status).toBe(429);
  });

  it('is valid for ten minutes', async () => {
    await useUp();
    const browser = platform.browser(network);
    const work = solve(await signIn(browser, right));
    platform.clock.advance(599);
    await useUp();
    platform.clock.advance(1);
    expect((await signIn(browser, right, { work })).status).toBe(429);
  });

  it('is used once, also by fifty requests at the same time', async () => {
    await useUp();
    const browser = platform.browser(network);
    const work = solve(await signIn(browser, right));
    const form = readForm(await browser.get('/sign-in'));
    const attempts = Array.from({ length: 50 }, (_, n) =>
      browser.post('/sign-in', { ...form, email: ada, password: `guess ${n}`, work }),
    );
    const answers = await Promise.all(attempts);
    expect(answers.filter(({ status }) => status === 401)).toHaveLength(1);
    expect((await signIn(browser, right, { work })).status).toBe(429);
  });
});

it('a guesser who works gets as many attempts again, and no more', async () => {
  await useUp();
  const browser = platform.browser(network);
  let page = await signIn(browser, 'guess');
  for (let tries = 0; tries < 10; tries += 1) {
    page = await signIn(browser, `guess ${tries}`, { work: solve(page) });
    expect(page.status).toBe(401);
  }
  page = await signIn(browser, right, { work: solve(page) });
  expect(page.status).toBe(429);
});

it.each([
  ['a forgotten password', '/recover', ada],
  ['a new account', '/sign-up', 'joan@example.com'],
])(
  'codes for %s are sent after work, where a stranger used up those of the network',
  async (_, path, email) => {
    const ask = async (browser: Browser, more: Readonly<Record<string, string>> = {}) =>
      browser.post(path, { ...readForm(await browser.get(path)), email, ...more });
    for (let asked = 0; asked < 3; asked += 1)
      expect((await ask(platform.browser(network))).status).toBe(303);
    const browser = platform.browser(network);
    const refused = await ask(browser);
    expect(refused.status).toBe(429);
    expect((await ask(browser, { work: solve(refused) })).status).toBe(303);
    expect((await ask(browser, { work: solve(refused) })).status).toBe(429);
  },
);

it('no page has a challenge where there are no proofs of work', async () => {
  const plain = await createSunrise();
  const browser = plain.browser(network);
  const post = async () => {
    const form = readForm(await browser.get('/sign-in'));
    return browser.post('/sign-in', { ...form, email: ada, password: 'wrong', work: '{}' });
  };
  for (let tries = 0; tries < 10; tries += 1) await post();
  const refused = await post();
  expect([refused.status, refused.json['work']]).toEqual([429, undefined]);
  await plain.close();
});
