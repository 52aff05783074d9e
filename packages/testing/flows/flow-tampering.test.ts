/**
 * Changes of data that passes through the browser during a flow: hidden fields, cookies, addresses,
 * and the redirect URI.
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readForm, type TestPlatform } from '../src/index.ts';
import {
  createAuthorizePlatform,
  push,
  requestWords,
  shortLink,
  signObject,
} from './authorize-setting.ts';
import { ada, authorizeLink, callback, grace } from './sunrise.ts';

let platform: TestPlatform;
beforeEach(async () => {
  platform = await createAuthorizePlatform();
});
afterEach(() => platform.close());

const redirectUris = [
  `${callback}/`,
  `${callback}?`,
  `${callback}?x=1`,
  `${callback}#`,
  `${callback}#x`,
  `${callback}/..`,
  `${callback}/../callback`,
  `${callback}%2f`,
  `${callback}%00`,
  `${callback} `,
  ` ${callback}`,
  `${callback};x`,
  `${callback}\n`,
  'https://heatlens.example/Callback',
  'https://heatlens.example/./callback',
  'https://heatlens.example//callback',
  'https://heatlens.example/%63allback',
  'https://heatlens.example\\callback',
  'https:/heatlens.example/callback',
  'https:heatlens.example/callback',
  '//heatlens.example/callback',
  '/callback',
  'http://heatlens.example/callback',
  'HTTPS://heatlens.example/callback',
  'https://HEATLENS.example/callback',
  'https://heatlens.example:443/callback',
  'https://heatlens.example:8443/callback',
  'https://heatlens.example./callback',
  'https://heatlens.example.evil.example/callback',
  'https://evil.example/heatlens.example/callback',
  'https://heatlensXexample/callback',
  'https://sub.heatlens.example/callback',
  'https://user@heatlens.example/callback',
  'https://heatlens.example@evil.example/callback',
  'https://heatlens.example%40evil.example/callback',
  `https://evil.example/?${callback}`,
  `https://evil.example/#${callback}`,
  `${callback},https://evil.example`,
  `${callback} https://evil.example`,
  'https://hеatlens.example/callback',
  `javascript:alert(1)//${callback}`,
  `data:text/html,${callback}`,
  'https://portal.sunrise.example/callback',
];

describe('a redirect URI that differs by one character from the registered one gets no answer (RFC 9700 §2.1, ASVS 10.4.1)', () => {
  it.each(redirectUris)(
    '%j: in the link, in a post, in a push and in a signed object',
    async (redirect_uri) => {
      for (const response_mode of ['query', 'form_post', 'jwt']) {
        const words = { redirect_uri, response_mode };
        const opened = await platform.browser().get(authorizeLink(words));
        const posted = await platform.browser().post('/authorize', requestWords(words));
        const signed = await platform
          .browser()
          .get(shortLink({ request: signObject(platform, words) }));
        for (const answer of [opened, posted, signed]) {
          expect([answer.status, answer.json['page'], answer.reason]).toEqual([
            400,
            'error',
            'redirect_uri_mismatch',
          ]);
          expect(answer.headers).not.toHaveProperty('location');
        }
      }
      const pushed = await platform.post('/par', requestWords({ redirect_uri }), 'heatlens');
      expect([pushed.status, pushed.json['error']]).toEqual([400, 'invalid_request']);
    },
  );
});

describe('in the middle of an authorization no one can change', () => {
  async function consentPage(link: string) {
    const browser = platform.browser();
    const { location } = await browser.get(link);
    const signedIn = await platform.signIn(browser, ada, location);
    return { browser, page: await browser.get(signedIn.location.href), address: signedIn.location };
  }

  const flip = (text: string, at: number) =>
    text.slice(0, at) + (text[at] === 'A' ? 'B' : 'A') + text.slice(at + 1);

  it.each(['in the open', 'pushed'])('a hidden field: %s', async (how) => {
    const link =
      how === 'pushed' ? shortLink({ request_uri: await push(platform) }) : authorizeLink();
    const { browser, page } = await consentPage(link);
    const fields = readForm(page);
    for (const [name, value] of Object.entries(fields))
      for (const changed of [
        '',
        flip(value, 3),
        flip(value, value.length - 2),
        value.slice(1),
        `${value}A`,
      ]) {
        const answer = await browser.post('/consent', {
          ...fields,
          [name]: changed,
          decision: 'allow',
        });
        expect([answer.status, answer.headers['location']]).toEqual([400, undefined]);
      }
    expect((await browser.post('/consent', { ...fields, decision: 'allow' })).status).toBe(303);
  });

  it('the cookie: without it, or with another user’s, no consent counts', async () => {
    const { browser, page } = await consentPage(authorizeLink());
    const fields = readForm(page);
    const other = platform.browser();
    await platform.signIn(other, grace);
    for (const cookies of [
      new Map<string, string>(),
      other.cookies,
      new Map([...browser.cookies].map(([name, value]) => [name, flip(value, 5)])),
    ]) {
      const thief = platform.browser();
      for (const [name, value] of cookies) thief.cookies.set(name, value);
      const answer = await thief.post('/consent', { ...fields, decision: 'allow' });
      expect(answer.headers['location'] ?? '').not.toContain('code=');
    }
  });

  it('the sealed request: what was sealed for one purpose cannot be opened for another', async () => {
    const { browser, page } = await consentPage(authorizeLink());
    const fields = readForm(page);
    const revoked = platform.ports.vault.seal('revoked', JSON.stringify({ clientId: 'heatlens' }));
    const answer = await browser.post('/consent', {
      ...fields,
      request: revoked,
      decision: 'allow',
    });
    expect([answer.status, answer.reason]).toEqual([400, 'request_expired']);
  });

  it('the client: an implicit request of a client without that grant type is refused also after a restart', async () => {
    const { browser, address } = await consentPage(authorizeLink());
    for (const more of [
      '&response_type=token',
      '&response_mode=fragment',
      '&redirect_uri=https://evil.example/',
      '&client_id=spa',
    ]) {
      const again = await browser.get(address.pathname + address.search + more);
      expect(again.json['page']).toBe('consent');
      const answer = await browser.post(`/consent?x${more}`, {
        ...readForm(again),
        decision: 'deny',
      });
      expect(answer.headers['location'] ?? '').not.toContain('access_token');
      if (answer.status === 303)
        expect(answer.location.origin + answer.location.pathname).toBe(callback);
    }
  });
});

describe('mix-up attacks (RFC 9700 §4.4, RFC 9207 §2) are prevented:', () => {
  it.each(['query', 'fragment', 'form_post'])(
    'each answer names its issuer, also an error: %s',
    async (response_mode) => {
      const fault = await platform.browser().get(authorizeLink({ response_mode, prompt: 'none' }));
      const told =
        fault.status === 200
          ? new URLSearchParams(readForm(fault))
          : new URLSearchParams((fault.location.hash || fault.location.search).slice(1));
      expect([told.get('error'), told.get('iss')]).toEqual(['login_required', platform.issuer]);
    },
  );
});
