/** A user changes the e-mail address of the account, and undoes a change. */
import type { Mail } from '@keywright/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Answer, type Browser, readForm, type TestPlatform } from '../src/index.ts';
import { takeCode, takeMails } from './mails.ts';
import { follow, send } from './page-walk.ts';
import { ada, createSunrise, grace } from './sunrise.ts';

const fresh = 'countess@example.org';
const path = '/account/email';
const day = 86_400;

let platform: TestPlatform;
let browser: Browser;
beforeEach(async () => {
  platform = await createSunrise({ sendsMail: true });
  browser = platform.browser();
  await platform.signIn(browser, ada);
  await takeMails(platform);
});
afterEach(() => platform.close());

const ask = async (email = fresh, from = browser) => send(await from.get(path), { email }, from);

/** Changes the address, and returns the address of the undo. */
async function change(email = fresh, from = browser): Promise<string> {
  const page = await follow(await ask(email, from), from);
  const { code } = await takeCode(platform);
  expect((await send(page, { code }, from)).location.pathname).toBe('/account');
  const [notice] = await takeMails(platform);
  return ((notice as Mail).content as { readonly undo: string }).undo;
}

const load = async () => {
  const account = await platform.store.accounts.load(platform.accounts.get(ada)?.id ?? '');
  return [account?.email, account?.emailKey, account?.emailVerified];
};
const isSignedIn = async (one: Browser) => (await one.get('/account')).status === 200;

async function signIn(email: string): Promise<number> {
  const from = platform.browser();
  const form = { ...readForm(await from.get('/sign-in')), email, password: 'correct horse' };
  const { status } = await from.post('/sign-in', form);
  await takeMails(platform);
  return status;
}

describe('a user who changes the e-mail address', () => {
  it('finds the page from the account page, and nowhere where no mail is sent', async () => {
    expect((await browser.get('/account')).json['changeEmail']).toBe(path);
    const silent = await createSunrise();
    const other = silent.browser();
    await silent.signIn(other, ada);
    expect((await other.get('/account')).json['changeEmail']).toBeUndefined();
    expect((await other.get(path)).status).toBe(404);
    await silent.close();
  });

  it('proves the new one with the code of a mail, and signs in with it from then on', async () => {
    const page = await follow(await ask(' Countess@Example.org '), browser);
    expect(page.json).toMatchObject({ page: 'code', purpose: 'email_change' });
    const { code } = await takeCode(platform);
    const shown = await follow(await send(page, { code }, browser), browser);
    expect(shown.json).toMatchObject({ page: 'account', emailChanged: true });
    expect(await load()).toEqual(['Countess@Example.org', fresh, true]);
    expect([await signIn(ada), await signIn(fresh)]).toEqual([401, 303]);
    expect(platform.events).toContainEqual(
      expect.objectContaining({ type: 'account.email_changed', network: '192.0.2.1' }),
    );
  });

  it('stays signed in, and the browser stays known', async () => {
    await change();
    expect(await isSignedIn(browser)).toBe(true);
    const form = { ...readForm(await browser.get('/sign-in')), email: fresh };
    await browser.post('/sign-in', { ...form, password: 'correct horse' });
    expect(await takeMails(platform)).toEqual([]);
  });

  it('gets a notice at the former address, with a link that undoes the change', async () => {
    const page = await follow(await ask(), browser);
    const { code } = await takeCode(platform);
    await send(page, { code }, browser);
    const expiresAt = platform.clock.nowSeconds() + 7 * day;
    expect(await takeMails(platform)).toMatchObject([
      {
        to: ada,
        content: { kind: 'email_changed', email: fresh, network: '192.0.2.1', expiresAt },
      },
    ]);
  });

  it('must have signed in within ten minutes', async () => {
    const page = await browser.get(path);
    platform.clock.advance(600);
    const late = await browser.get(path);
    expect(late.location.pathname).toBe('/sign-in');
    expect((await send(page, { email: fresh }, browser)).location.pathname).toBe('/sign-in');
    expect(await takeMails(platform)).toEqual([]);
    const onward = await platform.signIn(browser, ada, late.location);
    expect(onward.location.pathname).toBe(path);
  });
});

describe('the undo of a change', () => {
  it('restores the address and ends every session, without a sign-in', async () => {
    const undo = await change();
    const owner = platform.browser('198.51.100.7');
    const asked = await owner.get(undo);
    expect(asked.json).toMatchObject({ page: 'email-undo', email: ada, isUndone: false });
    const done = await send(asked, {}, owner);
    expect(done.json).toMatchObject({ page: 'email-undo', email: ada, isUndone: true });
    expect(await load()).toEqual([ada, ada, true]);
    expect(await isSignedIn(browser)).toBe(false);
    expect(await takeMails(platform)).toMatchObject([
      { to: fresh, content: { kind: 'email_restored', email: ada, network: '198.51.100.7' } },
      { to: ada, content: { kind: 'email_restored', email: ada, network: '198.51.100.7' } },
    ]);
    expect(platform.events).toContainEqual(
      expect.objectContaining({ type: 'account.email_restored', network: '198.51.100.7' }),
    );
  });

  it('is not used up by a program that opens the link', async () => {
    const undo = await change();
    for (let times = 0; times < 10; times += 1) await platform.browser().get(undo);
    expect(await load()).toEqual([fresh, fresh, true]);
    const owner = platform.browser();
    expect((await send(await owner.get(undo), {}, owner)).json['isUndone']).toBe(true);
  });

  it('works once, and for seven days', async () => {
    const undo = await change();
    const owner = platform.browser();
    const page = await owner.get(undo);
    const sent = Array.from({ length: 50 }, () => send(page, {}, owner));
    const statuses = (await Promise.all(sent)).map(({ status }) => status);
    expect(statuses.filter((status) => status === 200)).toHaveLength(1);
    expect((await owner.get(undo)).status).toBe(400);
    await platform.signIn(browser, ada);
    await takeMails(platform);
    const late = await change();
    platform.clock.advance(7 * day);
    expect((await owner.get(late)).status).toBe(400);
  });

  it('undoes later changes too, and their own undo is void', async () => {
    const first = await change();
    const second = await change('mallory@evil.example');
    const owner = platform.browser();
    await send(await owner.get(first), {}, owner);
    expect(await load()).toEqual([ada, ada, true]);
    expect((await owner.get(second)).status).toBe(400);
  });

  it('is refused where the address has another account by now', async () => {
    const undo = await change();
    const owner = platform.browser();
    const page = await owner.get(undo);
    await platform.store.formerEmails.change(platform.accounts.get(grace)?.id ?? '', {
      email: ada,
      emailKey: ada,
      former: {
        id: 'fem_1',
        accountId: platform.accounts.get(grace)?.id ?? '',
        email: grace,
        emailKey: grace,
        changedAt: 0,
        expiresAt: 0,
      },
      notice: undefined,
    });
    expect((await send(page, {}, owner)).status).toBe(409);
    expect(await load()).toEqual([fresh, fresh, true]);
  });

  it('is refused from another site, and without a change', async () => {
    const undo = await change();
    const owner = platform.browser();
    const page = await owner.get(undo);
    const form = readForm(page);
    const foreign = { 'sec-fetch-site': 'cross-site' };
    const answer = await owner.post('/account/email/undo', form, foreign);
    expect(answer.reason).toBe('form_foreign');
    for (const address of ['/account/email/undo', '/account/email/undo?change=unknown'])
      expect((await owner.get(address)).status).toBe(400);
  });
});

describe('a change is refused', () => {
  const statusOf = async (answer: Promise<Answer>) => (await answer).status;

  it.each([
    ['to the address that the account has', ' ADA@example.com '],
    ['to no address', 'ada'],
    ['to an address with a header', 'countess@example.org\r\nBcc: mallory@evil.example'],
  ])('%s', async (_, email) => {
    expect(await statusOf(ask(email))).toBe(400);
    expect(await takeMails(platform)).toEqual([]);
  });

  it('to an address of another account: its owner gets a mail, and the page does not say so', async () => {
    const page = await follow(await ask(grace), browser);
    expect(page.json).toMatchObject({ page: 'code', email: grace });
    expect(await takeMails(platform)).toMatchObject([
      { to: grace, content: { kind: 'sign_up_known' } },
    ]);
    expect(await statusOf(send(page, { code: '00000000' }, browser))).toBe(401);
  });

  it('to the second of two accounts that prove the same address', async () => {
    const other = platform.browser();
    await platform.signIn(other, grace);
    await takeMails(platform);
    const pages = [await follow(await ask(), browser)];
    const { code } = await takeCode(platform);
    pages.push(await follow(await ask(fresh, other), other));
    const { code: second } = await takeCode(platform);
    const answers = await Promise.all([
      send(pages[0] as Answer, { code }, browser),
      send(pages[1] as Answer, { code: second }, other),
    ]);
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([303, 409]));
  });

  it('without a sign-in, with the session of another account, and after a new password', async () => {
    const page = await follow(await ask(), browser);
    const { code } = await takeCode(platform);
    await platform.signIn(browser, grace);
    await takeMails(platform);
    const answer = await send(page, { code }, browser);
    expect([answer.status, answer.json['page']]).toEqual([400, 'email-change']);
    expect(await load()).toEqual([ada, ada, true]);
    await platform.signIn(browser, ada);
    await takeMails(platform);
    const late = await follow(await ask(), browser);
    const { code: another } = await takeCode(platform);
    const id = platform.accounts.get(ada)?.id ?? '';
    await platform.store.accounts.changePassword(id, { passwordHash: 'another' }, 0);
    expect((await send(late, { code: another }, browser)).location.pathname).toBe('/sign-in');
    expect(await load()).toEqual([ada, ada, true]);
  });

  it('from another site, and with the form of another session', async () => {
    const page = await browser.get(path);
    const form = { ...readForm(page), email: fresh };
    const foreign = { 'sec-fetch-site': 'cross-site' };
    expect((await browser.post(path, form, foreign)).reason).toBe('form_foreign');
    await platform.signIn(browser, ada);
    expect((await browser.post(path, form)).reason).toBe('form_foreign');
  });
});
