/** Attacks on the creation of accounts, and what is refused. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Answer, type Browser, readForm, type TestPlatform } from '../src/index.ts';
import { takeCode, takeMails } from './mails.ts';
import { follow, send } from './page-walk.ts';
import { ada, createSunrise, grace } from './sunrise.ts';

const joan = 'joan@example.org';
const password = 'lantern gravel umbrella';
const typed = { name: 'Joan Clarke', new_password: password, new_password_again: password };

let platform: TestPlatform;
let browser: Browser;
beforeEach(async () => {
  platform = await createSunrise({ sendsMail: true, signUp: 'open' });
  browser = platform.browser();
});
afterEach(() => platform.close());

const post = async (email: string, from = browser) =>
  send(await from.get('/sign-up'), { email }, from);
const ask = async (email = joan, from = browser) => follow(await post(email, from), from);

async function prove(email = joan, from = browser): Promise<Answer> {
  const page = await ask(email, from);
  const { code } = await takeCode(platform);
  return follow(await send(page, { code }, from), from);
}

const list = async () => (await platform.store.accounts.list()).items;

/** What a caller sees, without random values. */
const seen = ({ status, headers, body }: Answer) => ({
  status,
  headers: { ...headers, location: headers['location']?.replace(/=.*/, '') },
  body: body
    .replaceAll(/dec_[\w-]+/g, 'dec')
    .replaceAll(/[\w-]{40,}/g, 'x')
    .replaceAll(joan, ada),
});

describe('an address that has an account', () => {
  it('is answered as one that has none, at each step (ASVS 6.3.8)', async () => {
    const [one, other] = [platform.browser('192.0.2.7'), platform.browser('192.0.2.8')];
    await one.get('/sign-up');
    await other.get('/sign-up');
    const first = [await post(joan, one), await post(ada, other)] as const;
    expect(seen(first[1])).toEqual(seen(first[0]));
    const second = [await follow(first[0], one), await follow(first[1], other)] as const;
    expect(seen(second[1])).toEqual(seen(second[0]));
    for (let tries = 0; tries < 6; tries += 1) {
      const code = '00000000';
      const third = [await send(second[0], { code }, one), await send(second[1], { code }, other)];
      expect(third.map(seen)[1]).toEqual(third.map(seen)[0]);
    }
  });

  it('has no code in its mail, and no code is right', async () => {
    await ask(ada);
    const [mail] = await takeMails(platform);
    expect(mail?.content).toEqual({ kind: 'sign_up_known', network: '192.0.2.1' });
  });

  it('is refused at the end if another browser was faster, and the account keeps its password', async () => {
    const [one, other] = [platform.browser(), platform.browser()];
    const pages = [await prove(joan, one), await prove(joan, other)] as const;
    const answers = await Promise.all([
      send(pages[0], typed, one),
      send(pages[1], { ...typed, name: 'Second' }, other),
    ]);
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([303, 409]));
    expect(await list()).toHaveLength(3);
  });
});

describe('a proof', () => {
  it('creates one account, also when it is sent fifty times at once', async () => {
    const page = await prove();
    const sent = Array.from({ length: 50 }, () => send(page, typed, browser));
    const statuses = (await Promise.all(sent)).map(({ status }) => status);
    expect(statuses.filter((status) => status === 303)).toHaveLength(1);
    expect(await list()).toHaveLength(3);
  });

  it('of a recovery creates no account, and one of a sign-up recovers none', async () => {
    const recovery = await follow(
      await send(await browser.get('/recover'), { email: ada }, browser),
      browser,
    );
    const { code } = await takeCode(platform);
    const { location } = await send(recovery, { code }, browser);
    const proof = location.searchParams.get('proof') ?? '';
    expect((await browser.get(`/sign-up/account?proof=${proof}`)).json['page']).toBe('sign-up');
    const own = (await prove()).json['form'] as { readonly fields: Record<string, string> };
    const address = `/recover/password?proof=${own.fields['proof']}`;
    expect((await browser.get(address)).json['page']).toBe('recovery');
  });

  it('is refused in another browser, and after ten minutes', async () => {
    const page = await prove();
    const thief = platform.browser();
    const form = { ...readForm(page), ...typed };
    await thief.get('/sign-up');
    expect((await thief.post('/sign-up/account', form)).status).toBe(400);
    platform.clock.advance(600);
    expect((await send(page, typed, browser)).status).toBe(400);
    expect(await list()).toHaveLength(2);
  });

  it('is refused from another site', async () => {
    const page = await prove();
    const form = { ...readForm(page), ...typed };
    const foreign = { 'sec-fetch-site': 'cross-site' };
    expect((await browser.post('/sign-up/account', form, foreign)).reason).toBe('form_foreign');
  });
});

describe('the last page', () => {
  it('says all that is wrong at once, and keeps the name but no password', async () => {
    const page = await prove();
    const wrong = { name: ' ', new_password: 'short', new_password_again: 'other' };
    const answer = await send(page, wrong, browser);
    expect(answer.json['faults']).toEqual([
      { control: 'name', text: 'Enter your name.' },
      { control: 'new_password', text: 'The password must be at least 8 characters long.' },
      { control: 'new_password_again', text: 'The two passwords differ.' },
    ]);
    const again = await send(page, { ...wrong, name: 'Joan' }, browser);
    expect(again.json['name']).toBe('Joan');
    expect(again.body).not.toContain('short"');
  });

  it.each([
    ['a line break', 'Joan\r\nBcc: mallory@evil.example'],
    ['a change of direction', 'Joan \u202e'],
    ['too many characters', 'J'.repeat(201)],
  ])('refuses a name with %s', async (_, name) => {
    const answer = await send(await prove(), { ...typed, name }, browser);
    expect(answer.status).toBe(400);
    expect(await list()).toHaveLength(2);
  });
});

describe('mails', () => {
  it.each([
    ['a line break and a header', 'joan@example.org\r\nBcc: mallory@evil.example'],
    ['a second address', 'joan@example.org,mallory@evil.example'],
  ])('go to one address only: refused is %s', async (_, email) => {
    expect((await post(email)).status).toBe(400);
    expect(await takeMails(platform)).toEqual([]);
  });

  it.each([joan, grace])(
    'to one address have a limit, with an account or without: %s',
    async (email) => {
      const statuses: number[] = [];
      for (let times = 0; times < 8; times += 1)
        statuses.push((await post(email, platform.browser(`198.51.${times}.7`))).status);
      expect(statuses).toEqual([303, 303, 303, 303, 303, 303, 429, 429]);
      expect(await takeMails(platform)).toHaveLength(6);
    },
  );
});

describe('an invitation', () => {
  it('is used once, also by fifty who create the account at once', async () => {
    const account = platform.accounts.get(ada);
    if (account === undefined) throw new Error('Ada has no account');
    const { accounts, invitations } = platform.store;
    const now = platform.clock.nowSeconds();
    const emailKey = joan;
    const invitation = { id: 'inv_1', email: joan, emailKey, createdAt: now, expiresAt: now + 60 };
    await invitations.add(invitation, undefined);
    const outcomes = await Promise.all(
      Array.from({ length: 50 }, (_, index) => {
        const joining = { ...account, id: `usr_${index}`, email: joan, emailKey };
        const session = {
          id: `ses_${index}`,
          digest: `digest ${index}`,
          accountId: joining.id,
          authenticatedAt: now,
          lastSeenAt: now,
          expiresAt: now + 60,
        };
        return accounts.join({ account: joining, session, invitationId: 'inv_1' }, now);
      }),
    );
    expect(outcomes.filter((outcome) => outcome === 'joined')).toHaveLength(1);
    expect((await invitations.load('inv_1'))?.usedAt).toBe(now);
  });
});
