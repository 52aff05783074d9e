/**
 * The log line of a refusal: enough to explain it, found by the id in the answer, and without
 * secrets.
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readForm, type TestPlatform } from '../src/index.ts';
import { ada, authorizeLink, buildings, callback, createSunrise, obtainTokens } from './sunrise.ts';

let platform: TestPlatform;
beforeEach(async () => {
  platform = await createSunrise();
});
afterEach(() => platform.close());

const eventOf = (decision: unknown) =>
  platform.events.find((event) => event['decision'] === decision);
const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

describe('a refusal is in the log by the id that its answer shows', () => {
  it.each([
    ['/token', { grant_type: 'authorization_code', code: 'x', code_verifier: 'y' }, 'code_invalid'],
    ['/token', {}, 'parameter_missing'],
    ['/token', { grant_type: 'magic' }, 'grant_type_unsupported'],
    ['/token', { grant_type: 'client_credentials' }, 'client_not_permitted'],
    ['/introspect', {}, 'parameter_missing'],
    ['/revoke', {}, 'parameter_missing'],
  ] as const)('at %s, with the client that asked %j', async (path, form, reason) => {
    const { decision, status } = await platform.post(path, form, 'heatlens');
    expect(eventOf(decision)).toMatchObject({
      type: 'refused',
      reason,
      status,
      method: 'POST',
      path,
      clientId: 'heatlens',
    });
  });

  it('with the grant type or response type that the client may not use, because libraries choose one silently', async () => {
    const { json } = await platform.post(
      '/token',
      { grant_type: 'client_credentials' },
      'heatlens',
    );
    expect(json['error_description']).toBe(
      'This client may not use grant_type=client_credentials.',
    );
    const { location } = await platform.browser().get(authorizeLink({ response_type: 'token' }));
    const told = new URLSearchParams(location.search || location.hash.slice(1));
    expect(told.get('error_description')).toBe('This client may not use response_type=token.');
  });

  it('with the redirect URI of the request, without parts that may be secret, in at most one line', async () => {
    const sent = `https://elsewhere.example/${'x'.repeat(300)}?code=secret#secret`;
    const { decision } = await platform.browser().get(authorizeLink({ redirect_uri: sent }));
    expect(eventOf(decision)).toMatchObject({ note: `came: ${sent.slice(0, 200)}` });
    const short = await platform
      .browser()
      .get(authorizeLink({ redirect_uri: `${callback}/?x=secret` }));
    expect(eventOf(short.decision)).toMatchObject({ note: `came: ${callback}/` });
    const named = 'https://ada:secret@elsewhere.example/cb';
    const user = await platform.browser().get(authorizeLink({ redirect_uri: named }));
    expect(eventOf(user.decision)).toMatchObject({ note: 'came: https://elsewhere.example/cb' });
  });

  it('where a service asks about a token of an API that it does not represent', async () => {
    const { access_token } = await obtainTokens(platform, { scope: 'buildings:read' });
    const { json } = await platform.post('/introspect', { token: access_token }, 'collector');
    expect(json).toEqual({ active: false });
    expect(platform.events.at(-1)).toEqual({
      type: 'introspection.withheld',
      clientId: 'collector',
      audience: buildings,
    });
  });

  it('where client authentication failed, with the client if it exists', async () => {
    const { issuer } = platform;
    const wrong = { authorization: `Basic ${btoa('collector:wrong-secret')}` };
    const answer = await platform.browser().post(`${issuer}/token`, { grant_type: 'x' }, wrong);
    expect(eventOf(answer.decision)).toMatchObject({
      reason: 'client_authentication_failed',
      clientId: 'collector',
      method: 'POST',
      authentication: 'client_secret_basic',
    });
    const unknown = { authorization: `Basic ${btoa('made-up-name:s')}` };
    await platform.browser().post('/token', { grant_type: 'x' }, unknown);
    expect(JSON.stringify(platform.events)).not.toMatch(/made-up-name|wrong-secret/);
  });

  it('at userinfo, with client, subject and token', async () => {
    const { access_token } = await obtainTokens(platform, { scope: 'buildings:read' });
    const answer = await platform.get('/userinfo', bearer(access_token));
    expect(eventOf(answer.decision)).toMatchObject({
      reason: 'scope_insufficient',
      status: 403,
      path: '/userinfo',
      scope: 'openid',
      clientId: 'heatlens',
      accountId: platform.accounts.get(ada)?.id,
    });
  });

  it('at userinfo, with the reason why a token cannot be parsed', async () => {
    const answer = await platform.get('/userinfo', bearer('a.b'));
    expect(eventOf(answer.decision)).toMatchObject({
      reason: 'token_malformed',
      note: 'not three parts',
    });
  });

  it('at the redirect URI, in error_uri (RFC 6749 §4.1.2.1)', async () => {
    const { location, decision } = await platform.browser().get(authorizeLink({ prompt: 'none' }));
    expect(location.href.startsWith(callback)).toBe(true);
    expect(eventOf(decision)).toMatchObject({
      type: 'authorization.refused',
      reason: 'login_required',
      method: 'GET',
      path: '/authorize',
      clientId: 'heatlens',
    });
  });

  it('at the sign-in page, with the application that sent the person', async () => {
    const browser = platform.browser();
    const page = await browser.get((await browser.get(authorizeLink())).location.href);
    const fields = { ...readForm(page), email: ada, password: 'wrong horse' };
    const refused = await browser.post('/sign-in', fields);
    expect(refused.status).toBe(401);
    expect(eventOf(refused.decision)).toMatchObject({
      type: 'sign_in.refused',
      reason: 'sign_in_wrong',
      clientId: 'heatlens',
      path: '/sign-in',
    });
  });

  it('for an unknown address, without the query, and in a bounded length', async () => {
    const path = `/${'a'.repeat(5000)}`;
    const { decision } = await platform.get(`${path}?access_token=s3cret`);
    expect(decision).toMatch(/^dec_[\w-]{22}$/);
    const event = eventOf(decision);
    expect(event).toMatchObject({ reason: 'path_unknown', status: 404, method: 'GET' });
    expect(event?.['path']).toBe(path.slice(0, 200));
    expect(JSON.stringify(platform.events)).not.toContain('s3cret');
  });

  it('but not on the page for a browser with an unknown address, where a person mistyped it', async () => {
    const answer = await platform.get('/acount', {
      accept: 'text/html,application/xhtml+xml;q=0.9',
    });
    expect(answer.status).toBe(404);
    expect(answer.headers['content-type']).toContain('text/html');
    expect(answer.reason).toBe('path_unknown');
    expect([answer.json['title'], answer.json['text']]).toEqual([
      'This page does not exist',
      'The address may be mistyped, or its page does not exist any more.',
    ]);
    expect(eventOf(answer.decision)).toMatchObject({ reason: 'path_unknown', path: '/acount' });
    const other = await platform.get('/acount', { accept: '*/*' });
    expect(other.headers['content-type']).toBe('application/json');
  });
});
