/**
 * Addresses of the server's own pages stay within the 8 KB that servers on the way accept, whatever
 * a client puts into its request.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Answer, TestPlatform } from '../src/index.ts';
import {
  createAuthorizePlatform,
  push,
  shortLink,
  signObject,
  toldIn,
} from './authorize-setting.ts';
import { createLogoutPlatform, endSessionLink, signedOut } from './logout-setting.ts';
import { ada, authorizeLink, type Words } from './sunrise.ts';

const longest = 8000;
/** One byte each, and six bytes in JSON. */
const unprintable = '\u0001'.repeat(2000);

/** Whether the address is within the bound, or the answer says why there is none. */
function isBounded(answer: Answer): boolean {
  if (answer.status !== 303) return answer.status === 400;
  const told = answer.location.searchParams.get('error_description');
  return (
    told?.includes('too long') === true || String(answer.headers['location']).length <= longest
  );
}

describe('an authorization request', () => {
  let platform: TestPlatform;
  beforeAll(async () => {
    platform = await createAuthorizePlatform({}, { features: { claimsParameter: true } });
  });
  afterAll(() => platform.close());

  const requests: readonly (readonly [string, Words])[] = [
    ['of the longest state', { state: 's'.repeat(2048) }],
    ['of the longest state, nonce and hint', longThree('x')],
    ['of a state that JSON makes longer', { state: unprintable }],
    ['of quotes alone', longThree('"')],
    ['of contexts in another script', { acr_values: '漢'.repeat(2048) }],
    [
      'of claims for somebody with a long name',
      { claims: JSON.stringify({ userinfo: { sub: { value: '"'.repeat(900) } } }) },
    ],
  ];
  function longThree(character: string): Words {
    const text = character.repeat(2048);
    return { state: text, nonce: text, login_hint: text };
  }

  for (const [name, words] of requests)
    it(`${name} leads to an address within the bound, or is refused with the reason`, async () => {
      const inTheOpen = await platform.browser().get(authorizeLink(words));
      expect(isBounded(inTheOpen)).toBe(true);
      const posted = await platform
        .browser()
        .post('/authorize', authorizeLink(words).split('?')[1] ?? '');
      expect(isBounded(posted)).toBe(true);
      const signed = await platform
        .browser()
        .get(shortLink({ request: signObject(platform, words) }));
      expect(isBounded(signed)).toBe(true);
    });

  it('that is too long is also refused where no page would have to carry it, whether or not the user is signed in', async () => {
    const browser = platform.browser();
    await platform.signIn(browser, ada);
    const answer = await browser.get(authorizeLink({ prompt: 'none', ...longThree('x') }));
    expect(toldIn(answer).get('error')).toBe('invalid_request');
  });

  it('that is too long for an address may be pushed, and its address is then short', async () => {
    const request_uri = await push(platform, longThree('x'));
    const answer = await platform.browser().get(shortLink({ request_uri }));
    expect(answer.location.pathname).toBe('/sign-in');
    expect(String(answer.headers['location']).length).toBeLessThan(500);
  });
});

describe('signing out', () => {
  let platform: TestPlatform;
  beforeAll(async () => {
    platform = await createLogoutPlatform();
  });
  afterAll(() => platform.close());

  for (const [name, state] of [
    ['the longest', 's'.repeat(2048)],
    ['one that JSON makes longer', unprintable],
    ['one that an address makes longer', '%'.repeat(2048)],
  ] as const)
    it(`with ${name} as its state leads to addresses within the bound, or is refused`, async () => {
      const link = endSessionLink({
        client_id: 'heatlens',
        post_logout_redirect_uri: signedOut,
        state,
      });
      const nobody = await platform.browser().get(link);
      expect(isBounded(nobody)).toBe(true);
      const browser = platform.browser();
      await platform.signIn(browser, ada);
      expect(isBounded(await browser.get(link))).toBe(true);
    });
});
