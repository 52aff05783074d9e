/** A user sees where they are signed in, and ends it. */
import type { SessionsView } from '@keywright/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Answer, Browser, TestPlatform } from '../src/index.ts';
import { ada, createSunrise, grace, obtainCode, redeem, refresh, tokensOf } from './sunrise.ts';

let platform: TestPlatform;
let browser: Browser;
let elsewhere: Browser;
beforeEach(async () => {
  platform = await createSunrise();
  browser = platform.browser();
  await platform.signIn(browser, ada);
  elsewhere = platform.browser('2001:db8::7');
});
afterEach(() => platform.close());

const securityPage = '/account/security';
const endAddress = '/account/sessions/end';
const isSignedIn = async (one: Browser) => (await one.get('/account')).status === 200;
const shown = async (from = browser) =>
  (await from.get(securityPage)).json['sessions'] as SessionsView;

async function endFirst(over: Readonly<Record<string, string>> = {}): Promise<Answer> {
  const { others } = await shown();
  return browser.post(endAddress, { ...others[0]?.end.fields, ...over });
}

async function endOthers(from = browser): Promise<Answer> {
  return from.post(endAddress, (await shown(from)).endOthers?.fields ?? {});
}

describe('the sign-ins of a user', () => {
  it('are shown with the network of the last use, and say which one is this', async () => {
    expect(await shown()).toMatchObject({
      current: { network: '192.0.2.1', userAgent: '' },
      others: [],
      hasMore: false,
    });
    const then = platform.clock.nowSeconds();
    platform.clock.advance(120);
    await platform.signIn(elsewhere, ada);
    expect(await shown(elsewhere)).toMatchObject({
      current: { network: '2001:db8:0:0::/64', signedInAt: then + 120 },
      others: [{ network: '192.0.2.1', signedInAt: then, lastSeenAt: then }],
    });
  });

  it('are shown with the header of the browser, cut', async () => {
    const page = await elsewhere.get('/sign-in');
    const { form } = page.json as { form: { fields: Record<string, string> } };
    const typed = { email: ada, password: 'correct horse' };
    const agent = { 'user-agent': 'x'.repeat(5000) };
    await elsewhere.post('/sign-in', { ...form.fields, ...typed }, agent);
    expect((await shown()).others).toMatchObject([{ userAgent: 'x'.repeat(400) }]);
  });

  it('end one by one, with the tokens that the sign-in started, as by signing out', async () => {
    await platform.signIn(elsewhere, ada);
    const connect = async (from: Browser) =>
      tokensOf(await redeem(platform, await obtainCode(platform, { scope: 'openid' }, from)));
    const [own, others] = [await connect(browser), await connect(elsewhere)];
    const answer = await endFirst();
    expect((await browser.get(answer.location.href)).json).toMatchObject({
      page: 'security',
      sessionsEnded: 1,
      sessions: { others: [] },
    });
    expect([await isSignedIn(browser), await isSignedIn(elsewhere)]).toEqual([true, false]);
    expect((await refresh(platform, others.refresh_token)).status).toBe(400);
    expect((await refresh(platform, own.refresh_token)).status).toBe(200);
    const accountId = platform.accounts.get(ada)?.id;
    const event = { type: 'account.sessions_ended', accountId, network: '192.0.2.1', count: 1 };
    expect(platform.events).toContainEqual(expect.objectContaining(event));
  });

  it('end all but this one with one form', async () => {
    for (const one of [elsewhere, platform.browser(), platform.browser()])
      await platform.signIn(one, ada);
    const answer = await endOthers();
    expect((await browser.get(answer.location.href)).json['sessionsEnded']).toBe(3);
    expect([await isSignedIn(browser), await isSignedIn(elsewhere)]).toEqual([true, false]);
  });

  it('need no new sign-in to be ended, however old this one is', async () => {
    await platform.signIn(elsewhere, ada);
    platform.clock.advance(1700);
    await endFirst();
    expect(await isSignedIn(elsewhere)).toBe(false);
  });

  it('end once: a form that is sent again tells nothing and is no event', async () => {
    await platform.signIn(elsewhere, ada);
    const fields = (await shown()).others[0]?.end.fields ?? {};
    for (let time = 0; time < 2; time += 1) await browser.post(endAddress, fields);
    const events = platform.events.filter(({ type }) => type === 'account.sessions_ended');
    expect(events).toHaveLength(1);
  });
});

describe('a sign-in is not ended', () => {
  it('of another user, whose id is sent', async () => {
    await platform.signIn(elsewhere, ada);
    const graces = platform.browser();
    await platform.signIn(graces, grace);
    const { id = '' } = platform.accounts.get(grace) ?? {};
    const [session] = await platform.store.sessions.list(id, 900, platform.clock.nowSeconds(), 9);
    expect((await endFirst({ session: session?.id ?? '' })).location.pathname).toBe(securityPage);
    expect([await isSignedIn(graces), await isSignedIn(elsewhere)]).toEqual([true, true]);
  });

  it.each([
    ['without the mark of the page', { csrf: '' }, {}],
    ['from another site', {}, { 'sec-fetch-site': 'cross-site' }],
  ])('by a form %s', async (_, over, headers) => {
    await platform.signIn(elsewhere, ada);
    const fields = (await shown()).others[0]?.end.fields ?? {};
    const answer = await browser.post(endAddress, { ...fields, ...over }, headers);
    expect([answer.status, answer.reason]).toEqual([400, 'form_foreign']);
    expect(await isSignedIn(elsewhere)).toBe(true);
  });

  it('by a form of a session that has ended, with all others of the account', async () => {
    await platform.signIn(elsewhere, ada);
    const third = platform.browser();
    await platform.signIn(third, ada);
    const { endOthers: form } = await shown(elsewhere);
    await endFirst();
    await endFirst();
    const answer = await elsewhere.post(endAddress, form?.fields ?? {});
    expect(answer.location.pathname).toBe('/sign-in');
    expect(await isSignedIn(browser)).toBe(true);
  });

  it('if it is this one: signing out does that, and clears the cookie', async () => {
    await platform.signIn(elsewhere, ada);
    const { id = '' } = platform.accounts.get(ada) ?? {};
    const found = await platform.store.sessions.list(id, 900, platform.clock.nowSeconds(), 9);
    const fields = (await shown()).others[0]?.end.fields ?? {};
    for (const { id: session } of found) await browser.post(endAddress, { ...fields, session });
    expect([await isSignedIn(browser), await isSignedIn(elsewhere)]).toEqual([true, false]);
  });
});
