/** Attacks on the accounts that users manage themselves. Each title says what must hold. */
import type { Mail } from '@keywright/core';
import { afterEach, describe, expect, it } from 'vitest';
import { createAccounts } from '../../server/src/accounts/accounts.ts';
import { emailKey, findEmailProblem } from '../../server/src/accounts/email.ts';
import {
  type Answer,
  type Browser,
  readForm,
  type TestPlatform,
  type TestPlatformOptions,
} from '../src/index.ts';
import { takeMails } from './mails.ts';
import { follow, send } from './page-walk.ts';
import { addPasskey, createWithPasskeys, signInWith, withPasskey } from './passkey-setting.ts';
import {
  askedForCode,
  createFactorPlatform,
  enrolAda,
  typeCode,
  wrongCode,
} from './second-factor-setting.ts';
import {
  ada,
  allow,
  createSunrise,
  grace,
  obtainTokens,
  redeem,
  refresh,
  tokensOf,
} from './sunrise.ts';

const password = 'lantern gravel umbrella';
const typed = { name: 'Mallory', new_password: password, new_password_again: password };

/** The rules for addresses of the product, not those of the tests. */
const real: NonNullable<TestPlatformOptions['ports']> = ({ accounts }) => ({
  accounts: { ...accounts, emailKey, judgeEmail: findEmailProblem },
});

let platform: TestPlatform;
afterEach(() => platform.close());

async function prove(email: string, from: Browser): Promise<{ page: Answer; mail: Mail }> {
  const asked = await send(await from.get('/sign-up'), { email }, from);
  const codePage = await follow(asked, from);
  const [mail] = (await takeMails(platform)) as [Mail];
  const { code } = mail.content as { code: string };
  return { page: await follow(await send(codePage, { code }, from), from), mail };
}

describe('an e-mail address that is typed', () => {
  it.each([
    'mallory@sunrise.example#.evil.example',
    'mallory@sunrise.example/.evil.example',
    'mallory@sunrise.example?.evil.example',
    'mallory@sunrise.example\\.evil.example',
    'mallory@sunr\tise.example',
    'mallory@sunrise%2Eexample',
  ])('of a domain that a mail server may read in another way is refused: %j', async (email) => {
    platform = await createSunrise({
      sendsMail: true,
      signUp: 'domains',
      signUpDomains: ['sunrise.example'],
      ports: real,
    });
    const browser = platform.browser();
    const answer = await send(await browser.get('/sign-up'), { email }, browser);
    const mails = await takeMails(platform);
    expect([answer.status, mails.map(({ to }) => to)]).toEqual([400, []]);
  });

  it('gets the code in the form that the account has, also before the @', async () => {
    platform = await createSunrise({ sendsMail: true, signUp: 'open', ports: real });
    const browser = platform.browser();
    const { page, mail } = await prove('ⓑoss@sunrise.example', browser);
    await send(page, typed, browser);
    const account = await platform.store.accounts.loadByEmailKey('boss@sunrise.example');
    expect([account?.email, account?.emailVerified, mail.to]).toEqual([
      'boss@sunrise.example',
      true,
      'boss@sunrise.example',
    ]);
  });

  it('gets the code in the form that the account has, also at a change of the address', async () => {
    platform = await createSunrise({ sendsMail: true, ports: real });
    const browser = platform.browser();
    await platform.signIn(browser, grace);
    await takeMails(platform);
    const email = 'ⓑoss@sunrise.example';
    const page = await follow(
      await send(await browser.get('/account/email'), { email }, browser),
      browser,
    );
    const [mail] = (await takeMails(platform)) as [Mail];
    await send(page, { code: (mail.content as { code: string }).code }, browser);
    const account = await platform.store.accounts.load(platform.accounts.get(grace)?.id ?? '');
    expect(mail.to).toBe(account?.email);
  });

  it('is refused at sign-up when it is too long, and nothing is stored', async () => {
    platform = await createSunrise({ sendsMail: true, signUp: 'open', ports: real });
    const browser = platform.browser();
    const email = `m@evil.example/${'a'.repeat(60_000)}`;
    const answer = await send(await browser.get('/sign-up'), { email }, browser);
    const due = await platform.store.deliveries.takeDue(platform.clock.nowSeconds(), 100, 1);
    const kept = due.map(({ body }) => body.length);
    expect([answer.status, kept]).toEqual([400, []]);
  });

  it('is refused at recovery when it is too long', async () => {
    platform = await createSunrise({ sendsMail: true, ports: real });
    const browser = platform.browser();
    const email = `m@evil.example/${'a'.repeat(60_000)}`;
    const answer = await send(await browser.get('/recover'), { email }, browser);
    expect(answer.status).toBe(400);
  });
});

describe('codes for one mailbox', () => {
  it('are limited together, also with a tag behind a plus in the address', async () => {
    platform = await createSunrise({ sendsMail: true, signUp: 'open', ports: real });
    for (let count = 0; count < 60; count += 1) {
      const browser = platform.browser(`203.0.113.${count}`);
      const email = `victim+${count}@sunrise.example`;
      await send(await browser.get('/sign-up'), { email }, browser);
    }
    expect(await takeMails(platform)).toHaveLength(6);
  });
});

describe('the mail with the code for a new address', () => {
  it('has no text that a user has chosen, because it goes to anybody', async () => {
    platform = await createSunrise({ sendsMail: true, ports: real });
    const browser = platform.browser();
    await platform.signIn(browser, grace);
    await takeMails(platform);
    const email = 'victim@sunrise.example';
    await send(await browser.get('/account/email'), { email }, browser);
    const [mail] = (await takeMails(platform)) as [Mail];
    expect(mail.name).toBe(email);
  });
});

describe('the undo of a change of the e-mail address', () => {
  const day = 86_400;
  const undo = async (thief: Browser) => {
    const email = 'mallory@evil.example';
    const asked = await send(await thief.get('/account/email'), { email }, thief);
    const page = await follow(asked, thief);
    const mails = await takeMails(platform);
    const [{ content }] = mails.filter(({ to }) => to === email) as [Mail];
    const { code } = content as { code: string };
    expect((await send(page, { code }, thief)).location.pathname).toBe('/account');
    const [notice] = (await takeMails(platform)) as [Mail];
    const { undo: link } = notice.content as { undo: string };
    const owner = platform.browser('198.51.100.7');
    return send(await owner.get(link), {}, owner);
  };

  it('removes what a person with a stolen password had added in the week before', async () => {
    platform = await createWithPasskeys({ features: { totp: true } });
    const tokens = await obtainTokens(platform, { scope: 'openid buildings:read' });
    const kept = await withPasskey(platform);
    platform.clock.advance(8 * day);
    const thief = platform.browser('203.0.113.9');
    const app = await enrolAda(platform, thief);
    const { passkey } = await addPasskey(thief, { aaguid: 'd548826e-79b4-db40-a3d8-11116f7e8349' });
    const words = { scope: 'openid measurements:read offline_access' };
    const code = (await allow(platform, words, thief)).searchParams.get('code') ?? '';
    const stolen = tokensOf(await redeem(platform, code));
    platform.clock.advance(6 * day);
    await signInWith(thief, passkey);
    const done = await undo(thief);
    expect(done.json).toMatchObject({
      isUndone: true,
      since: platform.clock.nowSeconds() - 7 * day,
      removed: { passkeys: ['Bitwarden'], hasSecondFactor: true, applications: ['Heatlens'] },
    });
    const { id = '' } = platform.accounts.get(ada) ?? {};
    expect((await platform.store.passkeys.list(id)).map((one) => one.id)).toEqual([kept.id]);
    expect(await platform.store.secondFactors.load(id)).toBeUndefined();
    for (const { refresh_token } of [tokens, stolen])
      expect((await refresh(platform, refresh_token)).status).toBe(400);
    expect(app.codes).toHaveLength(10);
    expect((await takeMails(platform)).map(({ to }) => to)).toEqual(['mallory@evil.example', ada]);
  });

  it('keeps a connection that was agreed to before that week', async () => {
    platform = await createSunrise({ sendsMail: true });
    const { refresh_token } = await obtainTokens(platform, {
      scope: 'openid buildings:read offline_access',
    });
    platform.clock.advance(8 * day);
    const thief = platform.browser('203.0.113.9');
    await platform.signIn(thief, ada);
    await takeMails(platform);
    expect((await undo(thief)).json['removed']).toEqual({
      passkeys: [],
      hasSecondFactor: false,
      applications: [],
    });
    expect((await refresh(platform, refresh_token)).status).toBe(200);
  });
});

describe('tries of the second factor', () => {
  it('are not multiplied by browsers that signed in before there was one', async () => {
    platform = await createFactorPlatform();
    const known: Browser[] = [];
    for (let count = 0; count < 20; count += 1) {
      const one = platform.browser('203.0.113.9');
      await platform.signIn(one, ada);
      known.push(one);
    }
    const app = await enrolAda(platform, platform.browser('198.51.100.7'));
    let judged = 0;
    for (const one of known)
      for (let count = 0; count < 5; count += 1) {
        const page = await askedForCode(platform, one);
        const { status } = await typeCode(one, page, { totp: wrongCode(platform, app) });
        if (status === 401) judged += 1;
      }
    expect(judged).toBeLessThanOrEqual(11);
  });
});

describe('wrong passwords', () => {
  it('are limited by network, also from browsers that signed in with a former password', async () => {
    platform = await createSunrise();
    const known: Browser[] = [];
    for (let count = 0; count < 20; count += 1) {
      const one = platform.browser('203.0.113.9');
      await platform.signIn(one, ada);
      known.push(one);
    }
    const id = platform.accounts.get(ada)?.id ?? '';
    await platform.store.accounts.changePassword(id, { passwordHash: 'new' }, 0);
    let judged = 0;
    for (const one of known) {
      const form = readForm(await one.get('/sign-in'));
      for (let count = 0; count < 10; count += 1) {
        const answer = await one.post('/sign-in', { ...form, email: ada, password: 'guess' });
        if (answer.status === 401) judged += 1;
      }
    }
    expect(judged).toBeLessThanOrEqual(32);
  });
});

describe('a network with one proof of an address', () => {
  it('cannot keep other networks from signing in by sending it many times', async () => {
    let accounts: ReturnType<typeof createAccounts> | undefined;
    platform = await createSunrise({
      sendsMail: true,
      signUp: 'open',
      ports: ({ store, vault }) => {
        accounts = createAccounts(store.accounts, vault);
        return { accounts };
      },
    });
    const mallory = platform.browser('203.0.113.9');
    const { page } = await prove('mallory@evil.example', mallory);
    expect((await send(page, typed, mallory)).status).toBe(303);
    const owner = platform.browser('198.51.100.7');
    const signIn = readForm(await owner.get('/sign-in'));
    const flood = Array.from({ length: 60 }, () => send(page, typed, mallory));
    await new Promise((resolve) => setImmediate(resolve));
    const { status } = await owner.post('/sign-in', {
      ...signIn,
      email: 'mallory@evil.example',
      password,
    });
    await Promise.all(flood);
    expect(status).toBe(303);
  });
});
