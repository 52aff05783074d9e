/** Attacks on the recovery of an account, and what is refused. */
import {
  type Delivery,
  type Mail,
  openMail,
  type Store,
  type VerificationCode,
} from '@keywright/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Answer, type Browser, readForm, type TestPlatform } from '../src/index.ts';
import { takeCode, takeMails } from './mails.ts';
import { ada, createSunrise, grace } from './sunrise.ts';

const unknown = 'nobody@example.com';
const fresh = 'lantern gravel umbrella';
const former = 'correct horse';

let platform: TestPlatform;
let browser: Browser;
let calls: string[];
beforeEach(async () => {
  calls = [];
  platform = await createSunrise({
    sendsMail: true,
    ports: ({ store }) => ({ store: watched(store) }),
  });
  browser = platform.browser();
});
afterEach(() => platform.close());

/** The same store. Each call is recorded, with the sizes of the written values. */
function watched(store: Store): Store {
  const note = (name: string, args: readonly unknown[]) =>
    calls.push(`${name} ${JSON.stringify(args).replaceAll(/[\w-]{16,}/g, 'x').length}`);
  return {
    ...store,
    ...Object.fromEntries(
      (['accounts', 'verificationCodes', 'throttles', 'deliveries'] as const).map((thing) => [
        thing,
        Object.fromEntries(
          Object.entries(store[thing]).map(([verb, act]) => [
            verb,
            (...args: unknown[]) => {
              note(`${thing}.${verb}`, args);
              return (act as (...given: unknown[]) => unknown)(...args);
            },
          ]),
        ),
      ]),
    ),
  };
}

const actionOf = (page: Answer) => (page.json['form'] as { action: string }).action;
const send = (page: Answer, typed: Readonly<Record<string, string>>, from = browser) =>
  from.post(actionOf(page), { ...readForm(page), ...typed });
const follow = (answer: Answer, from = browser) => from.get(answer.location.href);

async function post(email: string, from = browser): Promise<Answer> {
  return send(await from.get('/recover'), { email }, from);
}
const ask = async (email = ada, from = browser) => follow(await post(email, from), from);

/** The page for a new password. */
async function prove(from = browser): Promise<Answer> {
  const page = await ask(ada, from);
  const { code } = await takeCode(platform);
  return follow(await send(page, { code }, from), from);
}
const choose = (page: Answer, from = browser, password = fresh) =>
  send(page, { new_password: password, new_password_again: password }, from);

async function signIn(password: string): Promise<number> {
  const from = platform.browser();
  const page = await from.get('/sign-in');
  return (await from.post('/sign-in', { ...readForm(page), email: ada, password })).status;
}

const wrongOf = (code: string) => (code === '00000000' ? '11111111' : '00000000');

/** What a caller sees, without random values. */
const seen = ({ status, headers, body }: Answer) => ({
  status,
  headers: { ...headers, location: headers['location']?.replace(/=.*/, '') },
  body: body.replaceAll(/[\w-]{40,}/g, 'x').replaceAll(unknown, ada),
});

describe('an unknown address', () => {
  it('is answered as a known one, at each step (ASVS 6.3.8)', async () => {
    const [known, other] = [platform.browser('192.0.2.7'), platform.browser('192.0.2.8')];
    await known.get('/recover');
    await other.get('/recover');
    const first = [await post(ada, known), await post(unknown, other)] as const;
    expect(seen(first[1])).toEqual(seen(first[0]));
    const second = [await follow(first[0], known), await follow(first[1], other)] as const;
    expect(seen(second[1])).toEqual(seen(second[0]));
    for (let tries = 0; tries < 6; tries += 1) {
      const wrong = [
        await send(second[0], { code: '00000000' }, known),
        await send(second[1], { code: '00000000' }, other),
      ] as const;
      const withoutDecision = (answer: Answer) => ({
        ...seen(answer),
        body: seen(answer).body.replaceAll(/dec_[\w-]+/g, 'dec'),
      });
      expect(withoutDecision(wrong[1])).toEqual(withoutDecision(wrong[0]));
    }
  });

  it('costs the same calls of the store, with the same sizes, so the time tells nothing', async () => {
    const sized = async (email: string) => {
      calls = [];
      await post(email, platform.browser());
      return calls;
    };
    const known = await sized(ada);
    const other = await sized('ida@example.com');
    expect(known.map((call) => call.split(' ')[0])).toEqual([
      'throttles.take',
      'accounts.loadByEmailKey',
      'verificationCodes.add',
    ]);
    expect(other).toEqual(known);
  });

  it('gets no mail, and so does a disabled account', async () => {
    await ask(unknown);
    await platform.store.accounts.disable(platform.accounts.get(grace)?.id ?? '', 0);
    await ask(grace);
    expect(await takeMails(platform)).toEqual([]);
    await ask(ada);
    expect(await takeMails(platform)).toHaveLength(1);
  });

  it('has no code that is right, not even the one in the mail that nobody gets', async () => {
    const written: (Delivery | undefined)[] = [];
    const { verificationCodes } = platform.ports.store;
    const add = verificationCodes.add.bind(verificationCodes);
    Object.assign(verificationCodes, {
      add: async (code: VerificationCode, mail: Delivery | undefined) => {
        written.push(mail);
        await add(code, mail);
      },
    });
    for (const [email, status] of [
      [unknown, 401],
      [ada, 303],
    ] as const) {
      const page = await ask(email);
      const mail = openMail(platform.ports, written.pop() as Delivery);
      const { code } = (mail as Mail).content as { readonly code: string };
      expect((await send(page, { code })).status).toBe(status);
    }
  });
});

describe('a code', () => {
  it('may be typed five times, and then the right one is void too', async () => {
    const page = await ask();
    const { code } = await takeCode(platform);
    for (const left of ['4 more tries', '3 more tries', '2 more tries', 'one more try']) {
      const answer = await send(page, { code: wrongOf(code) });
      expect([answer.status, answer.json['page']]).toEqual([401, 'code']);
      expect(answer.json['error']).toContain(left);
    }
    const fifth = await send(page, { code: wrongOf(code) });
    expect([fifth.status, fifth.json['page']]).toEqual([400, 'recovery']);
    const late = await send(page, { code });
    expect([late.status, late.json['page'], late.json['email']]).toEqual([400, 'recovery', ada]);
    expect(await signIn(former)).toBe(303);
  });

  it('counts parallel guesses one by one', async () => {
    const page = await ask();
    const { code } = await takeCode(platform);
    const guesses = Array.from({ length: 50 }, () => send(page, { code: wrongOf(code) }));
    const statuses = (await Promise.all(guesses)).map(({ status }) => status);
    expect(statuses.filter((status) => status === 401)).toHaveLength(4);
    expect((await send(page, { code })).status).toBe(400);
  });

  it('is used once, also when it is sent fifty times at once', async () => {
    const page = await ask();
    const { code } = await takeCode(platform);
    const sent = Array.from({ length: 50 }, () => send(page, { code }));
    const statuses = (await Promise.all(sent)).map(({ status }) => status);
    expect(statuses.filter((status) => status === 303)).toHaveLength(1);
  });

  it('is void after ten minutes, and so is the page for the new password', async () => {
    const page = await ask();
    const { code } = await takeCode(platform);
    platform.clock.advance(600);
    expect((await send(page, { code })).status).toBe(400);
    const proven = await prove();
    platform.clock.advance(600);
    expect([(await choose(proven)).status, await signIn(former)]).toEqual([400, 303]);
  });

  it('is void in another browser, and is not used up there', async () => {
    const page = await ask();
    const { code } = await takeCode(platform);
    const thief = platform.browser();
    const own = await ask(unknown, thief);
    for (let tries = 0; tries < 10; tries += 1) {
      const form = { ...readForm(own), flow: readForm(page)['flow'] ?? '', code };
      expect((await thief.post('/recover/code', form)).status).toBe(400);
    }
    expect((await send(page, { code })).status).toBe(303);
  });

  it('of one flow is void in another one of the same browser, and for another address', async () => {
    const first = await ask();
    const { code } = await takeCode(platform);
    const second = await ask();
    await takeMails(platform);
    const other = await ask(grace);
    await takeMails(platform);
    expect((await send(second, { code })).status).toBe(401);
    expect((await send(other, { code })).status).toBe(401);
    // Two tabs: each has its own code.
    expect((await send(first, { code })).status).toBe(303);
  });

  it('is kept neither in the store nor in the log, and no address is kept with it', async () => {
    const kept: unknown[] = [];
    const { verificationCodes } = platform.ports.store;
    const add = verificationCodes.add.bind(verificationCodes);
    Object.assign(verificationCodes, {
      add: async (...args: Parameters<typeof add>) => {
        kept.push(args);
        await add(...args);
      },
    });
    const page = await ask();
    const { code } = await takeCode(platform);
    await send(page, { code: wrongOf(code) });
    await send(page, { code });
    for (const text of [JSON.stringify(kept), JSON.stringify(platform.events)]) {
      expect(text).not.toContain(code);
      expect(text).not.toContain(ada);
    }
  });
});

describe('the new password', () => {
  it('is the one of the first of two recoveries at once', async () => {
    const [one, other] = [platform.browser(), platform.browser()];
    const pages = [await prove(one), await prove(other)] as const;
    const answers = await Promise.all([
      choose(pages[0], one, 'first to arrive'),
      choose(pages[1], other, 'second to arrive'),
    ]);
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([303, 400]));
    const words = ['first to arrive', 'second to arrive'];
    const statuses = await Promise.all(words.map((word) => signIn(word)));
    expect(statuses).toEqual(answers.map(({ status }) => (status === 303 ? 303 : 401)));
  });

  it('is set once with one proof, also when it is sent fifty times at once', async () => {
    const page = await prove();
    const sent = Array.from({ length: 50 }, (_, index) =>
      choose(page, browser, `${fresh} ${index}`),
    );
    const statuses = (await Promise.all(sent)).map(({ status }) => status);
    expect(statuses.filter((status) => status === 303)).toHaveLength(1);
  });

  it('is refused to a proof from before the password was changed otherwise', async () => {
    const page = await prove();
    const codePage = await ask();
    const { code } = await takeCode(platform);
    const id = platform.accounts.get(ada)?.id ?? '';
    await platform.store.accounts.changePassword(id, { passwordHash: 'another' }, 0);
    expect((await choose(page)).status).toBe(400);
    const late = await follow(await send(codePage, { code }));
    expect((await choose(late)).status).toBe(400);
    expect((await platform.store.accounts.load(id))?.passwordHash).toBe('another');
  });

  it('is refused to a disabled account', async () => {
    const page = await prove();
    await platform.store.accounts.disable(platform.accounts.get(ada)?.id ?? '', 0);
    expect((await choose(page)).status).toBe(400);
  });

  it('is refused in another browser, though its page was copied there', async () => {
    const page = await prove();
    const thief = platform.browser();
    const own = await ask(unknown, thief);
    const form = { ...readForm(page), csrf: readForm(own)['csrf'] ?? '' };
    const typed = { new_password: fresh, new_password_again: fresh };
    expect((await thief.post('/recover/password', { ...form, ...typed })).status).toBe(400);
    expect((await choose(page)).status).toBe(303);
  });

  it('is refused without the code: the sealed flow of the mail is no proof', async () => {
    const page = await ask();
    const { flow = '' } = readForm(page);
    expect((await browser.get(`/recover/password?proof=${flow}`)).json['page']).toBe('recovery');
    const typed = { proof: flow, new_password: fresh, new_password_again: fresh };
    const answer = await browser.post('/recover/password', { ...readForm(page), ...typed });
    expect([answer.status, await signIn(former)]).toEqual([400, 303]);
  });

  it('follows the rules for passwords, and all that is wrong is said at once', async () => {
    const page = await prove();
    const answer = await send(page, { new_password: 'short', new_password_again: 'shorter' });
    expect(answer.status).toBe(400);
    expect(answer.json['faults']).toEqual([
      { control: 'new_password', text: 'The new password must be at least 8 characters long.' },
      { control: 'new_password_again', text: 'The two new passwords differ.' },
    ]);
    expect(answer.body).not.toContain('shorter');
    expect((await choose(page)).status).toBe(303);
  });
});

describe('each form', () => {
  it('is refused from another site, without its mark, or with the mark of another step', async () => {
    const page = await browser.get('/recover');
    const form = { ...readForm(page), email: ada };
    const foreign = await browser.post('/recover', form, { 'sec-fetch-site': 'cross-site' });
    expect(foreign.reason).toBe('form_foreign');
    expect((await browser.post('/recover', { email: ada })).reason).toBe('form_foreign');
    const codePage = await ask();
    const { code } = await takeCode(platform);
    const { flow = '' } = readForm(codePage);
    const mixed = { csrf: readForm(page)['csrf'] ?? '', flow, code };
    expect((await browser.post('/recover/code', mixed)).reason).toBe('form_foreign');
    expect((await send(codePage, { code })).status).toBe(303);
  });

  it('leads nowhere else: what comes after it is sealed', async () => {
    const next = encodeURIComponent('https://evil.example/');
    const page = await browser.get(`/recover?next=${next}`);
    const codePage = await follow(await send(page, { email: ada }));
    const { code } = await takeCode(platform);
    const answer = await choose(await follow(await send(codePage, { code })));
    expect(answer.location.origin).toBe(platform.issuer);
    expect(answer.location.pathname).toBe('/account');
  });
});

describe('mails with codes', () => {
  it.each([
    ['a line break and a header', 'ada@example.com\r\nBcc: mallory@evil.example'],
    ['a second address', 'ada@example.com, mallory@evil.example'],
    ['a name in front', 'Mallory <ada@example.com>'],
    ['nothing', ' '],
    ['no domain', 'ada'],
  ])('go to one address only: refused is %s', async (_, email) => {
    const answer = await post(email);
    expect([answer.status, answer.json['page']]).toEqual([400, 'recovery']);
    expect(await takeMails(platform)).toEqual([]);
  });

  it.each([ada, unknown])('to one address have a limit, known or not: %s', async (email) => {
    const statuses: number[] = [];
    for (let times = 0; times < 8; times += 1)
      statuses.push((await post(email, platform.browser(`198.51.${times}.7`))).status);
    expect(statuses).toEqual([303, 303, 303, 303, 303, 303, 429, 429]);
    platform.clock.advance(900);
    expect((await post(email, platform.browser('203.0.113.9'))).status).toBe(303);
  });

  it('to one address are not used up by one network', async () => {
    const greedy = platform.browser('198.51.100.7');
    for (let times = 0; times < 8; times += 1) await post(ada, greedy);
    expect((await post(ada, greedy)).status).toBe(429);
    expect((await post(ada, platform.browser('203.0.113.9'))).status).toBe(303);
  });

  it('cannot be kept from a browser that has signed in to the account before', async () => {
    await platform.signIn(browser, ada);
    for (let times = 0; times < 8; times += 1)
      await post(ada, platform.browser(`198.51.${times}.7`));
    expect((await post(ada, platform.browser('203.0.113.9'))).status).toBe(429);
    expect((await post(ada)).status).toBe(303);
  });

  it('from one network have a limit, and its answer says when to try again', async () => {
    let answer = await post(ada);
    for (let times = 0; times < 20; times += 1) answer = await post(`someone-${times}@example.com`);
    expect([answer.status, answer.json['page']]).toEqual([429, 'recovery']);
    expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
    expect(platform.events).toContainEqual(
      expect.objectContaining({ type: 'code.refused', reason: 'throttled', network: '192.0.2.1' }),
    );
  });
});
