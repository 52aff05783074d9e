/** A new account that its user creates: the address, the code of a mail, name and password. */
import type { Mail } from '@keywright/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Answer, type Browser, readForm, type TestPlatform } from '../src/index.ts';
import { takeCode, takeMails } from './mails.ts';
import { follow, send } from './page-walk.ts';
import { call, tokenOf } from './permissions-service.ts';
import { ada, authorizeLink, clients, createSunrise, redeem } from './sunrise.ts';

const joan = 'joan@example.org';
const password = 'lantern gravel umbrella';
const typed = { name: 'Joan Clarke', new_password: password, new_password_again: password };
const terms = { url: 'https://sunrise.example/terms', version: '2026-11-01' };

let platform: TestPlatform;
let browser: Browser;
async function start(options: Parameters<typeof createSunrise>[0]): Promise<void> {
  platform = await createSunrise({
    sendsMail: true,
    clients: [
      ...clients,
      {
        client_id: 'operator',
        kind: 'service',
        trust: 'first-party',
        client_name: 'Operator',
        scope: 'accounts:manage',
      },
    ],
    ...options,
  });
  browser = platform.browser();
}
afterEach(() => platform.close());

/** The page for the code. */
async function ask(email = joan, from = browser, page = '/sign-up'): Promise<Answer> {
  return follow(await send(await from.get(page), { email }, from), from);
}

/** The page for name and password. */
async function prove(email = joan, from = browser, page?: string): Promise<Answer> {
  const codePage = await ask(email, from, page);
  const { code } = await takeCode(platform);
  return follow(await send(codePage, { code }, from), from);
}

const load = (email = joan) => platform.store.accounts.loadByEmailKey(email);

describe('a new account', () => {
  beforeEach(() => start({ signUp: 'open' }));

  it('is created with the code of a mail, a name and a password', async () => {
    const page = await prove();
    expect(page.json).toMatchObject({ page: 'joining', email: joan });
    const shown = await follow(await send(page, typed, browser), browser);
    expect(shown.json).toMatchObject({ page: 'account', account: { email: joan } });
    const account = await load();
    expect(account).toMatchObject({ email: joan, emailVerified: true, name: 'Joan Clarke' });
    const elsewhere = platform.browser();
    const form = { ...readForm(await elsewhere.get('/sign-in')), email: joan, password };
    expect((await elsewhere.post('/sign-in', form)).status).toBe(303);
    expect(platform.events).toContainEqual({
      type: 'account.joined',
      accountId: account?.id,
      network: '192.0.2.1',
      kind: 'open',
    });
  });

  it('is offered on the sign-in page, and leads on to the application that sent the user', async () => {
    const { location } = await browser.get(authorizeLink());
    const signInPage = await browser.get(location.href);
    const page = await prove(joan, browser, String(signInPage.json['signUp']));
    const answer = await send(page, typed, browser);
    expect(answer.location.pathname).toBe('/consent');
    const consent = await follow(answer, browser);
    expect(consent.json).toMatchObject({ page: 'consent', account: { email: joan } });
    const form = { ...readForm(consent), decision: 'allow' };
    const back = (await browser.post('/consent', form)).location;
    const tokens = await redeem(platform, back.searchParams.get('code') ?? '');
    expect(tokens.status).toBe(200);
  });

  it('ends the session that the browser had before', async () => {
    await platform.signIn(browser, ada);
    await takeMails(platform);
    const former = platform.browser();
    for (const [name, value] of browser.cookies) former.cookies.set(name, value);
    await send(await prove(), typed, browser);
    expect((await browser.get('/account')).json).toMatchObject({ account: { email: joan } });
    expect((await former.get('/account')).status).toBe(303);
  });

  it('needs no terms where there are none', async () => {
    const page = await prove();
    expect(page.json['terms']).toBeUndefined();
    await send(page, typed, browser);
    expect((await load())?.accepted).toBeUndefined();
  });
});

describe('terms', () => {
  beforeEach(() => start({ signUp: 'open', terms }));

  it('are accepted with the account, which keeps their version and the time', async () => {
    const page = await prove();
    expect(page.json['terms']).toEqual({ url: terms.url, isAccepted: false });
    const refused = await send(page, typed, browser);
    expect([refused.status, refused.json['name']]).toEqual([400, 'Joan Clarke']);
    expect(refused.json['faults']).toEqual([
      { control: 'terms', text: 'Accept the terms to create an account.' },
    ]);
    await send(page, { ...typed, terms: 'accepted' }, browser);
    const at = platform.clock.nowSeconds();
    expect((await load())?.accepted).toEqual({ terms: '2026-11-01', at });
  });
});

describe('an address that has an account', () => {
  beforeEach(() => start({ signUp: 'open' }));

  it('gets a mail that says so', async () => {
    await ask(ada);
    expect(await takeMails(platform)).toMatchObject([
      { to: ada, name: 'Ada Byron', content: { kind: 'sign_up_known', network: '192.0.2.1' } },
    ]);
  });
});

describe('sign-up for some domains', () => {
  beforeEach(() => start({ signUp: 'domains', signUpDomains: ['example.org'] }));

  it('admits their addresses, and no others', async () => {
    expect((await browser.get('/sign-in')).json['signUp']).toBe('/sign-up');
    expect((await prove(' Joan@Example.ORG ')).json['page']).toBe('joining');
    for (const email of [ada, 'joan@sub.example.org', 'joan@example.org.evil.example']) {
      const answer = await send(await browser.get('/sign-up'), { email }, browser);
      expect([answer.status, answer.json['page']]).toEqual([403, 'sign-up']);
    }
    expect(await takeMails(platform)).toEqual([]);
  });
});

describe('an invitation', () => {
  beforeEach(() => start({ signUp: 'invite' }));

  async function invite(body: object = { email: joan }): Promise<Answer> {
    const token = await tokenOf(platform, 'operator');
    return call(platform, '/admin/v1/invitations', token, { body });
  }
  /** The page behind its link. */
  async function linkOf(answer: Answer): Promise<string> {
    expect(answer.status).toBe(201);
    const [mail] = await takeMails(platform);
    expect(mail).toMatchObject({ to: joan, content: { kind: 'invitation' } });
    const { address } = (mail as Mail).content as { readonly address: string };
    expect(answer.json['url']).toBe(address);
    return address;
  }

  it('lets its address create an account, once', async () => {
    const link = await linkOf(await invite());
    const shown = await browser.get(link);
    expect(shown.json).toMatchObject({ page: 'sign-up', email: joan, isInvited: true });
    await send(await prove('mallory@example.com', browser, link), typed, browser);
    expect(await load()).toMatchObject({ email: joan, emailVerified: true });
    const late = await platform.browser().get(link);
    expect([late.status, late.json['page'], late.json['form']]).toEqual([
      400,
      'sign-up',
      undefined,
    ]);
  });

  it('is the only way in: the sign-in page does not offer sign-up', async () => {
    expect((await browser.get('/sign-in')).json['signUp']).toBeUndefined();
    expect((await browser.get('/sign-up')).json).toMatchObject({ page: 'sign-up', email: '' });
    expect((await browser.get('/sign-up')).json['form']).toBeUndefined();
    const link = await linkOf(await invite());
    const { invitation: _, ...form } = readForm(await browser.get(link));
    expect((await browser.post('/sign-up', { ...form, email: joan })).status).toBe(403);
  });

  it('is listed with its use, and can be withdrawn', async () => {
    const { json } = await invite();
    const token = await tokenOf(platform, 'operator');
    const list = async () =>
      (await call(platform, '/admin/v1/invitations', token, { method: 'GET' })).json['invitations'];
    const { url: _, ...listed } = json;
    expect(await list()).toEqual([listed]);
    const address = `/admin/v1/invitations?invitation_id=${String(json['invitation_id'])}`;
    expect((await call(platform, address, token, { method: 'DELETE' })).status).toBe(204);
    expect(await list()).toEqual([]);
    expect((await browser.get(String(json['url']))).status).toBe(400);
  });

  it('is void after its end', async () => {
    const link = await linkOf(await invite({ email: joan, expires_in: 3600 }));
    const page = await prove(joan, browser, link);
    platform.clock.advance(3600);
    expect((await browser.get(link)).status).toBe(400);
    // The proof of the address has expired too.
    expect((await send(page, typed, browser)).status).toBe(400);
    expect(await load()).toBeUndefined();
  });

  it.each([
    ['has an account', { email: ada }, 409],
    ['is none', { email: 'joan' }, 400],
    ['is missing', {}, 400],
    ['would be valid for too long', { email: joan, expires_in: 91 * 86_400 }, 400],
    ['would be valid for no number of seconds', { email: joan, expires_in: '7d' }, 400],
  ])('is not made where the address %s', async (_, body, status) => {
    expect((await invite(body)).status).toBe(status);
    expect(await takeMails(platform)).toEqual([]);
  });
});

describe('sign-up that is closed', () => {
  beforeEach(() => start({}));

  it('has no page, no link, and no invitations', async () => {
    expect((await browser.get('/sign-in')).json['signUp']).toBeUndefined();
    for (const page of ['/sign-up', '/sign-up/code', '/sign-up/account'])
      expect((await browser.get(page)).status).toBe(404);
    const token = await tokenOf(platform, 'operator');
    const body = { email: joan };
    expect((await call(platform, '/admin/v1/invitations', token, { body })).status).toBe(404);
  });
});
