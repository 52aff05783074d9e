/**
 * An authorization request by POST (OpenID Connect Core §3.1.2.1) comes without our cookies, and
 * has the same effect as a link.
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Browser, TestPlatform } from '../src/index.ts';
import { createAuthorizePlatform, push, requestWords, toldIn } from './authorize-setting.ts';
import { ada, allow, type Words } from './sunrise.ts';

let platform: TestPlatform;
let browser: Browser;
beforeEach(async () => {
  platform = await createAuthorizePlatform();
  browser = platform.browser();
  await allow(platform, {}, browser);
});
afterEach(() => platform.close());

/**
 * As the page of the client sends it: without a cookie. Returns the answer that the browser gets
 * next.
 */
async function sendPosted(words: Readonly<Record<string, string>>) {
  const posted = await platform.browser().post('/authorize', words);
  return browser.get(posted.location.href);
}

describe('a user who signed in a moment before', () => {
  const strict: readonly (readonly [string, Words])[] = [
    ['prompt=login', { prompt: 'login' }],
    ['prompt=select_account', { prompt: 'select_account' }],
    ['max_age=0', { max_age: '0' }],
  ];
  for (const [name, words] of strict)
    it(`must sign in again for ${name} once, and is then answered`, async () => {
      platform.clock.advance(30);
      const asked = await sendPosted(requestWords(words));
      expect(asked.location.pathname).toBe('/sign-in');
      const after = await platform.signIn(browser, ada, asked.location);
      expect(toldIn(await browser.get(after.location.href)).has('code')).toBe(true);
    });

  it('must also sign in again for a request that was pushed before it was posted', async () => {
    const request_uri = await push(platform, { prompt: 'login' });
    const asked = await sendPosted({ client_id: 'heatlens', request_uri });
    expect(asked.location.pathname).toBe('/sign-in');
    const after = await platform.signIn(browser, ada, asked.location);
    expect(toldIn(await browser.get(after.location.href)).has('code')).toBe(true);
  });

  it('need not sign in again where the request does not ask for it', async () => {
    expect(toldIn(await sendPosted(requestWords())).has('code')).toBe(true);
  });
});
