import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createTestPlatform, type Browser, type TestPlatform } from '../src/index.ts';
import {
  ada,
  createOpenIdPlatform,
  errorOf,
  follow,
  signInAs,
  signInTo,
} from './openid-setting.ts';

let platform: TestPlatform;
let browser: Browser;
beforeEach(async () => {
  platform = await createOpenIdPlatform();
  browser = platform.browser();
});
afterEach(() => platform.close());

const essential = (...values: readonly string[]) => ({
  claims: JSON.stringify({ id_token: { acr: { essential: true, values } } }),
});

describe('a request for an essential acr that no sign-in at the server reaches', () => {
  it('is unmet_authentication_requirements, before a user is asked to sign in (OpenID Connect Core §5.5.1.1)', async () => {
    expect(await errorOf(browser, essential('urn:example:gold'))).toBe(
      'unmet_authentication_requirements',
    );
    expect(await errorOf(browser, { ...essential('urn:example:gold'), prompt: 'none' })).toBe(
      'unmet_authentication_requirements',
    );
  });

  it('stays essential beside acr_values that could be met', async () => {
    const words = { ...essential('urn:example:gold'), acr_values: 'urn:keywright:acr:password' };
    expect(await errorOf(browser, words)).toBe('unmet_authentication_requirements');
  });

  it('causes a new sign-in where that could help, and tells the client when it did not help', async () => {
    // A sign-in of a weaker method than the password, as another way to sign in would make it.
    await platform.close();
    platform = await createOpenIdPlatform(undefined, {
      ports: ({ store }) => ({
        store: {
          ...store,
          sessions: {
            ...store.sessions,
            load: async (...asked) => {
              const signedIn = await store.sessions.load(...asked);
              return (
                signedIn && {
                  ...signedIn,
                  session: { ...signedIn.session, terms: { acr: 'urn:example:weak' } },
                }
              );
            },
          },
        },
      }),
    });
    browser = platform.browser();
    const words = essential('urn:keywright:acr:password');
    await signInTo(platform, {}, browser);
    expect(await errorOf(browser, { ...words, prompt: 'none' })).toBe('login_required');
    expect((await follow(browser, words)).pathname).toBe('/sign-in');
    const back = await signInAs(platform, browser, ada, words);
    expect(back.searchParams.get('error')).toBe('unmet_authentication_requirements');
    // A value that is not essential is tried once.
    const voluntary = { acr_values: 'urn:keywright:acr:password' };
    expect((await follow(browser, voluntary)).pathname).toBe('/sign-in');
    expect(
      (await signInAs(platform, browser, ada, voluntary)).searchParams.get('code'),
    ).toBeTruthy();
  });
});

describe('the parameters prompt and max_age:', () => {
  it('prompt=create is not supported, and the error says so', async () => {
    expect(await errorOf(browser, { prompt: 'create' })).toBe('invalid_request');
  });

  it.each(['-1', '1.5', 'soon', '9'.repeat(10)])(
    'max_age=%s is invalid_request',
    async (max_age) => {
      expect(await errorOf(browser, { max_age })).toBe('invalid_request');
    },
  );

  it('acr_values of more than 2048 characters is invalid_request', async () => {
    expect(await errorOf(browser, { acr_values: 'x'.repeat(2049) })).toBe('invalid_request');
  });

  it('prompt=none with a session that is too old is login_required', async () => {
    await signInTo(platform, {}, browser);
    platform.clock.advance(100);
    expect(await errorOf(browser, { prompt: 'none', max_age: '50' })).toBe('login_required');
  });
});

describe('the name of a sign-in', () => {
  it.each(['0', 'two words', '', 'urn:keywright:acr:two-factor'])(
    'cannot be %j',
    async (passwordAcr) => {
      await expect(createTestPlatform({ passwordAcr })).rejects.toThrow('passwordAcr');
    },
  );
});
