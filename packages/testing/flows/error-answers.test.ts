/**
 * Common properties of all error answers of the OAuth endpoints (RFC 6749 §4.1.2.1, §5.2; RFC 6750
 * §3).
 */
import { refusals } from '@keywright/wire';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { TestPlatform } from '../src/index.ts';
import { createAuthorizePlatform, requestWords, toldIn } from './authorize-setting.ts';
import { authorizeLink } from './sunrise.ts';

let platform: TestPlatform;
beforeEach(async () => {
  platform = await createAuthorizePlatform();
});
afterEach(() => platform.close());

/** RFC 6749 §5.2, RFC 6750 §3. */
const descriptionGrammar = /^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/;

describe('an error description repeats what a client sent in printable ASCII only (RFC 6749 §5.2)', () => {
  const foreign = 'Zoë’s "claim" \\ 🎈\r\n';
  const words = () => requestWords({ claims: JSON.stringify({ userinfo: { [foreign]: 5 } }) });

  it('in a redirect', async () => {
    const answer = await platform.browser().get(`/authorize?${new URLSearchParams(words())}`);
    const description = toldIn(answer).get('error_description');
    expect(description).toMatch(descriptionGrammar);
    expect(description).toContain(
      "userinfo.Zo<U+00EB>'s 'claim' <U+005C> <U+1F388><U+000D><U+000A>",
    );
  });

  it('in a body', async () => {
    const { json } = await platform.post('/par', words(), 'heatlens');
    expect(json['error']).toBe('invalid_request');
    expect(json['error_description']).toMatch(descriptionGrammar);
  });
});

/** RFC 6749 §5.2. */
const uriGrammar = /^[\x21\x23-\x5b\x5d-\x7e]+$/;
const standard = ['error', 'error_description', 'error_uri'];

const features = { deviceAuthorization: true, backchannelAuthentication: true };

describe('an error answer has only standard parameters, and error_uri is the address of the details (RFC 6749 §5.2)', () => {
  function expectUri(uri: unknown, reason: string): void {
    expect(uri).toMatch(uriGrammar);
    expect(String(uri)).toMatch(
      new RegExp(`^${platform.issuer}/errors/${reason}\\?decision=dec_[\\w-]{22}$`),
    );
  }

  it('in a redirect, beside state and iss (§4.1.2.1)', async () => {
    const told = toldIn(await platform.browser().get(authorizeLink({ prompt: 'none' })));
    expect([...told.keys()].toSorted()).toEqual([...standard, 'iss', 'state'].toSorted());
    expectUri(told.get('error_uri'), 'login_required');
  });

  it.each([
    ['/token', 'parameter_missing'],
    ['/par', 'parameter_missing'],
    ['/revoke', 'parameter_missing'],
    ['/introspect', 'parameter_missing'],
    ['/device_authorization', 'client_not_permitted'],
    ['/bc-authorize', 'client_not_permitted'],
    ['/nowhere', 'path_unknown'],
  ])('in the body of %s', async (path, reason) => {
    await platform.close();
    platform = await createAuthorizePlatform({}, { features });
    const { json } = await platform.post(path, {}, 'heatlens');
    expect(Object.keys(json).toSorted()).toEqual(standard);
    expectUri(json['error_uri'], reason);
  });

  it('in the body of /userinfo; without a token there is only error_uri (RFC 6750 §3.1)', async () => {
    const wrong = await platform.get('/userinfo', { authorization: 'Bearer wrong' });
    expect(Object.keys(wrong.json).toSorted()).toEqual(standard);
    expectUri(wrong.json['error_uri'], 'token_malformed');
    const none = await platform.get('/userinfo');
    expect(Object.keys(none.json)).toEqual(['error_uri']);
  });

  it('except at the server’s own APIs, which also name the reason and the decision', async () => {
    const { json } = await platform.get('/admin/v1/clients');
    expect(json).toMatchObject({
      reason: 'token_missing',
      decision: expect.stringMatching(/^dec_/),
    });
    expect(String(json['error_uri'])).toContain(
      `/errors/token_missing?decision=${String(json['decision'])}`,
    );
  });
});

describe('an HTTP server that refuses before it reads a request', () => {
  it('knows for each path whether a person reads the answer', async () => {
    await platform.close();
    platform = await createAuthorizePlatform({}, { features, issuer: 'https://as.example/tenant' });
    const { server } = platform;
    const pages = server.routes.filter((route) => server.isPage(`/tenant${route}`));
    expect(pages).toEqual(expect.arrayContaining(['/authorize', '/account/password', '/device']));
    for (const route of server.routes) {
      const unknown = {
        method: 'BREW',
        query: '',
        headers: {},
        body: '',
        remoteAddress: '192.0.2.1',
      };
      const { status, headers } = await server.handle({ ...unknown, path: `/tenant${route}` });
      const isHtml = headers['content-type'] === 'text/html; charset=utf-8';
      expect([route, status, isHtml]).toEqual([route, 405, pages.includes(route)]);
    }
    expect(server.isPage('/nowhere')).toBe(false);
  });
});

describe('the error page at error_uri', () => {
  it('says what was refused, what to check and what to quote, to any reader', async () => {
    const { json } = await platform.post('/token', { grant_type: 'magic' }, 'heatlens');
    const answer = await platform.browser().get(String(json['error_uri']));
    expect(answer.status).toBe(200);
    expect(answer.headers['content-type']).toBe('text/html; charset=utf-8');
    expect(answer.headers['cache-control']).toBe('no-store');
    expect(answer.json).toEqual({
      page: 'explanation',
      reason: 'grant_type_unsupported',
      error: 'unsupported_grant_type',
      status: 400,
      text: 'The grant type is not supported.',
      section: 'RFC 6749 §5.2',
      advice: [
        { text: 'Use a grant type from ', isCode: false },
        { text: 'grant_types_supported', isCode: true },
        { text: ' in the metadata.', isCode: false },
      ],
      decision: expect.stringMatching(/^dec_[\w-]{22}$/),
    });
  });

  it('exists for each reason, and for no other text', async () => {
    const statusOf = async (reason: string) => (await platform.get(`/errors/${reason}`)).status;
    for (const reason of Object.keys(refusals))
      expect([reason, await statusOf(reason)]).toEqual([reason, 200]);
    for (const reason of ['', 'nowhere', 'toString', '__proto__', 'fault/x', 'FAULT', '%66ault'])
      expect([reason, await statusOf(reason)]).toEqual([reason, 404]);
  });

  it.each([
    'dec_<script>',
    'dec_',
    `dec_${'A'.repeat(23)}`,
    `DEC_${'A'.repeat(22)}`,
    `key_${'A'.repeat(22)}`,
    `dec_${'A'.repeat(21)}%20`,
  ])('shows nothing of the decision for an invalid id: %s', async (decision) => {
    const { status, json, body } = await platform.get(
      `/errors/fault?decision=${decision}&x=${decision}`,
    );
    expect([status, json['decision']]).toEqual([200, undefined]);
    expect(body).not.toContain(decision);
  });

  it('is below the path of an issuer that has one', async () => {
    await platform.close();
    platform = await createAuthorizePlatform({}, { issuer: 'https://as.example/tenant' });
    const { json } = await platform.post('/tenant/token', {}, 'heatlens');
    const { pathname, search } = new URL(String(json['error_uri']));
    expect(pathname).toBe('/tenant/errors/parameter_missing');
    expect((await platform.get(pathname + search)).json['page']).toBe('explanation');
  });
});
