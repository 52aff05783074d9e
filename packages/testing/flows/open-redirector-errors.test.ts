/**
 * No link to this server redirects a user to an address that nobody has checked (RFC 9700 §4.11.2).
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readForm, type TestPlatform } from '../src/index.ts';
import { createAuthorizePlatform } from './authorize-setting.ts';
import { ada, authorizeLink, type Words } from './sunrise.ts';

const stranger = {
  client_id: 'stranger',
  redirect_uri: 'https://stranger.example/callback',
  scope: 'openid',
};

let platform: TestPlatform;
beforeAll(async () => {
  platform = await createAuthorizePlatform({}, { features: { securedResponses: true } });
});
afterAll(() => platform.close());

const faults: readonly (readonly [string, Words, string])[] = [
  ['a scope that there is not', { scope: 'openid nonsense' }, 'invalid_scope'],
  ['an unknown response type', { response_type: 'magic' }, 'unsupported_response_type'],
  ['no challenge', { code_challenge: undefined }, 'invalid_request'],
  ['prompt=none where nobody is signed in', { prompt: 'none' }, 'login_required'],
];

describe('an error of a request by an unverified application', () => {
  it.each(faults)('ends at a page that shows the target: %s', async (_, words, error) => {
    const link = authorizeLink({ ...stranger, ...words });
    const page = await platform.browser().get(link);
    expect([page.status, page.headers['location'], page.json['page']]).toEqual([
      400,
      undefined,
      'error',
    ]);
    const goOn = page.json['goOn'] as { readonly address: string };
    expect(goOn).toMatchObject({ name: 'Stranger', host: 'stranger.example' });
    const address = new URL(goOn.address);
    expect(address.origin + address.pathname).toBe(stranger.redirect_uri);
    expect(Object.fromEntries(address.searchParams)).toMatchObject({
      error,
      state: 'af0ifjsldkj',
      iss: platform.issuer,
    });
  });

  it('ends there also when it came by POST with prompt=none', async () => {
    const words = authorizeLink({ ...stranger, prompt: 'none' }).split('?')[1] ?? '';
    const browser = platform.browser();
    const posted = await browser.post('/authorize', words);
    expect((await browser.get(posted.location.href)).json['page']).toBe('error');
    const broken = await browser.post(
      '/authorize',
      words.replace('response_type=code', 'response_type=magic'),
    );
    expect(broken.json['page']).toBe('error');
  });

  it('makes no form that submits itself', async () => {
    for (const response_mode of ['form_post', 'form_post.jwt']) {
      const page = await platform
        .browser()
        .get(authorizeLink({ ...stranger, prompt: 'none', response_mode }));
      expect(page.json['page']).toBe('error');
      expect(page.json).not.toHaveProperty('goOn');
      expect(page.headers['content-security-policy']).not.toContain('script-src');
    }
  });

  it('is redirected at once after the user answered on a page of the server', async () => {
    const browser = platform.browser();
    const asked = await browser.get(authorizeLink(stranger));
    const signedIn = await platform.signIn(browser, ada, asked.location);
    const page = await browser.get(signedIn.location.href);
    const { location } = await browser.post('/consent', { ...readForm(page), decision: 'deny' });
    expect([location.host, location.searchParams.get('error')]).toEqual([
      'stranger.example',
      'access_denied',
    ]);
  });
});

it.each(faults)(
  'an error of a request by a registered application is redirected to it: %s',
  async (_, words, error) => {
    const { location } = await platform.browser().get(authorizeLink(words));
    expect([location.host, location.searchParams.get('error')]).toEqual([
      'heatlens.example',
      error,
    ]);
  },
);
