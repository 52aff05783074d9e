/** Forgotten password: the address, the code of a mail, the new password. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Answer, type Browser, readForm, type TestPlatform } from '../src/index.ts';
import { takeCode, takeMails } from './mails.ts';
import { ada, authorizeLink, createSunrise, obtainTokens, refresh } from './sunrise.ts';

const fresh = 'lantern gravel umbrella';
const former = 'correct horse';

let platform: TestPlatform;
let browser: Browser;
beforeEach(async () => {
  platform = await createSunrise({ sendsMail: true });
  browser = platform.browser();
});
afterEach(() => platform.close());

const actionOf = (page: Answer) => (page.json['form'] as { action: string }).action;

/** Sends the form of a page, with the typed values. */
async function send(page: Answer, typed: Readonly<Record<string, string>>, from = browser) {
  return from.post(actionOf(page), { ...readForm(page), ...typed });
}

/** Follows the redirect of the answer. */
const follow = (answer: Answer, from = browser) => from.get(answer.location.href);

async function ask(from = browser, email = ada, page = '/recover'): Promise<Answer> {
  return follow(await send(await from.get(page), { email }, from), from);
}

/** Up to the page for the new password. */
async function prove(from = browser, page?: string): Promise<Answer> {
  const codePage = await ask(from, ada, page);
  const { code } = await takeCode(platform);
  return follow(await send(codePage, { code }, from), from);
}

const choose = (page: Answer, password = fresh, from = browser) =>
  send(page, { new_password: password, new_password_again: password }, from);

async function signIn(password: string, from = platform.browser()): Promise<number> {
  return (await send(await from.get('/sign-in'), { email: ada, password }, from)).status;
}

const isSignedIn = async (one: Browser) => (await one.get('/account')).status === 200;

describe('a user who forgot the password', () => {
  it('finds the page from the sign-in page, and nowhere where no mail is sent', async () => {
    expect((await browser.get('/sign-in')).json['recover']).toBe('/recover');
    const silent = await createSunrise();
    expect((await silent.browser().get('/sign-in')).json['recover']).toBeUndefined();
    expect((await silent.browser().get('/recover')).status).toBe(404);
    await silent.close();
  });

  it('sets a new one with the code of a mail, and is signed in', async () => {
    const page = await prove();
    expect(page.json).toMatchObject({ page: 'new-password', account: { email: ada } });
    const shown = await follow(await choose(page));
    expect(shown.json).toMatchObject({ page: 'account', passwordChanged: true });
    expect([await signIn(former), await signIn(fresh)]).toEqual([401, 303]);
  });

  it('may type the code with spaces and hyphens', async () => {
    const page = await ask();
    const { code } = await takeCode(platform);
    const typed = ` ${code.slice(0, 4)}-${code.slice(4, 6)} ${code.slice(6)} `;
    expect((await send(page, { code: typed })).location.pathname).toBe('/recover/password');
  });

  it('goes on to the application that sent them', async () => {
    const { location } = await browser.get(authorizeLink());
    const signInPage = await browser.get(location.href);
    const page = await prove(browser, String(signInPage.json['recover']));
    const onward = await choose(page);
    expect(onward.location.pathname).toBe('/consent');
    expect((await follow(onward)).json).toMatchObject({
      page: 'consent',
      client: { name: 'Heatlens' },
      account: { email: ada },
    });
  });

  it('goes on to the page of the server that they came from', async () => {
    const { location } = await browser.get('/account/password');
    const signInPage = await browser.get(location.href);
    const page = await prove(browser, String(signInPage.json['recover']));
    expect((await choose(page)).location.pathname).toBe('/account/password');
  });

  it('gets the mail at the address of the account, however they typed it', async () => {
    await ask(browser, ' ADA@Example.com ');
    expect(await takeMails(platform)).toMatchObject([{ to: ada, name: 'Ada Byron' }]);
  });

  it('gets a mail about the new password, and the audit has it', async () => {
    await choose(await prove());
    expect(await takeMails(platform)).toMatchObject([
      { to: ada, content: { kind: 'password_changed', by: 'user', network: '192.0.2.1' } },
    ]);
    const accountId = platform.accounts.get(ada)?.id;
    expect(platform.events).toContainEqual(
      expect.objectContaining({ type: 'account.password_changed', accountId, by: 'recovery' }),
    );
    expect(platform.events).toContainEqual(
      expect.objectContaining({ type: 'code.sent', kind: 'recovery', accountId }),
    );
  });
});

describe('a recovered account', () => {
  it('has lost every other sign-in, and tokens without offline_access', async () => {
    const elsewhere = platform.browser();
    await platform.signIn(elsewhere, ada);
    await takeMails(platform);
    const ending = await obtainTokens(platform, { scope: 'openid buildings:read' });
    const scope = 'openid offline_access buildings:read';
    const lasting = await obtainTokens(platform, { scope });
    await takeMails(platform);
    await choose(await prove());
    expect([await isSignedIn(elsewhere), await isSignedIn(browser)]).toEqual([false, true]);
    expect((await refresh(platform, ending.refresh_token)).status).toBe(400);
    // The second consent replaced the first one, and continues while the user is away.
    expect((await refresh(platform, lasting.refresh_token)).status).toBe(200);
  });

  it('is not signed in with the cookie that the browser had before (session fixation)', async () => {
    const attacker = platform.browser();
    await platform.signIn(attacker, 'grace@example.com');
    for (const [name, value] of attacker.cookies) browser.cookies.set(name, value);
    await takeMails(platform);
    await choose(await prove());
    const shown = await browser.get('/account');
    expect(shown.json).toMatchObject({ account: { email: ada } });
    expect(await isSignedIn(attacker)).toBe(false);
  });
});

describe('the link of the mail', () => {
  it('opens the page for the code in the browser that asked, as often as it is followed', async () => {
    await ask();
    const { code, address } = await takeCode(platform);
    expect(address).not.toContain(code);
    const scanner = platform.browser('198.51.100.9');
    for (let times = 0; times < 10; times += 1) await scanner.get(address);
    const page = await browser.get(address);
    expect(page.json).toMatchObject({ page: 'code', purpose: 'recovery', email: ada });
    expect((await send(page, { code })).location.pathname).toBe('/recover/password');
  });

  it('asks nobody for the code in another browser', async () => {
    await ask();
    const { address } = await takeCode(platform);
    const page = await platform.browser('198.51.100.9').get(address);
    expect(page.json).toMatchObject({ page: 'code' });
    expect(page.json['form']).toBeUndefined();
  });
});
