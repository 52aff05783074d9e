/**
 * The user refuses at the sign-in page: the application gets the error, for any user and any
 * earlier consent.
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Answer, type Browser, readForm, type TestPlatform } from '../src/index.ts';
import { createAuthorizePlatform, push, shortLink, toldIn } from './authorize-setting.ts';
import { ada, allow, authorizeLink, callback, type Words } from './sunrise.ts';

let platform: TestPlatform;
let browser: Browser;
beforeEach(async () => {
  platform = await createAuthorizePlatform();
  browser = platform.browser();
});
afterEach(() => platform.close());

interface Refusal {
  readonly action: string;
  readonly fields: Readonly<Record<string, string>>;
}

/** The sign-in page of the link, and its form for refusing. */
async function reachSignIn(
  link: string,
): Promise<{ readonly location: URL; readonly form: Refusal }> {
  const { location } = await browser.get(link);
  expect(location.pathname).toBe('/sign-in');
  const page = await browser.get(location.href);
  return { location, form: page.json['refuse'] as Refusal };
}

async function refuse(words: Words = {}, changes: Refusal['fields'] = {}): Promise<Answer> {
  const { form } = await reachSignIn(authorizeLink(words));
  return browser.post(form.action, { ...form.fields, ...changes });
}

describe('refusing an application’s request at the sign-in page', () => {
  it('redirects to the application with access_denied, state and iss (RFC 6749 §4.1.2.1)', async () => {
    const back = await refuse();
    expect(back.status).toBe(303);
    expect(back.location.origin + back.location.pathname).toBe(callback);
    expect(Object.fromEntries(back.location.searchParams)).toMatchObject({
      error: 'access_denied',
      state: 'af0ifjsldkj',
      iss: platform.issuer,
    });
    expect(back.location.searchParams.has('code')).toBe(false);
    const told = platform.events.filter(({ type }) => type === 'authorization.denied');
    expect(told).toMatchObject([{ clientId: 'heatlens' }]);
  });

  it('is explained at error_uri as a choice of the user, without a status, because a redirect has none', async () => {
    const uri = String((await refuse()).location.searchParams.get('error_uri'));
    const { json } = await platform.browser().get(uri);
    expect(json).toMatchObject({ page: 'explanation', reason: 'user_denied', isChoice: true });
    expect(json).not.toHaveProperty('status');
  });

  it('works where the consent is remembered and the application asks for a new sign-in', async () => {
    await allow(platform, {}, browser);
    const back = await refuse({ prompt: 'login' });
    expect(back.location.searchParams.get('error')).toBe('access_denied');
  });

  it('answers in the response mode of the request', async () => {
    const back = await refuse({ response_mode: 'form_post' });
    expect(back.json['page']).toBe('form-post');
    expect(toldIn(back).get('error')).toBe('access_denied');
  });

  it('spends a pushed request', async () => {
    const first = shortLink({ request_uri: await push(platform) });
    const { form, location } = await reachSignIn(first);
    const back = await browser.post(form.action, form.fields);
    expect(back.location.searchParams.get('error')).toBe('access_denied');
    expect((await browser.post(form.action, form.fields)).reason).toBe('request_expired');
    const signedIn = await platform.signIn(browser, ada, location);
    const page = await browser.get(signedIn.location.href);
    const late = await browser.post('/consent', { ...readForm(page), decision: 'allow' });
    expect(late.headers['location'] ?? '').not.toContain('code=');
  });

  it('is not offered at a sign-in without an application', async () => {
    expect((await browser.get('/sign-in')).json).not.toHaveProperty('refuse');
  });
});

describe('refusing a request is only possible on the page of the server:', () => {
  const refused = { status: 400, reason: 'form_foreign' };

  it('not by a link', async () => {
    const { form } = await reachSignIn(authorizeLink());
    const answer = await browser.get(`${form.action}?${new URLSearchParams(form.fields)}`);
    expect([answer.status, answer.headers['location']]).toEqual([405, undefined]);
  });

  it.each<[string, Refusal['fields']]>([
    ['without the mark of the form', { csrf: '' }],
    ['with another mark', { csrf: 'A'.repeat(43) }],
  ])('not %s', async (_, changes) => {
    const answer = await refuse({}, changes);
    expect({ status: answer.status, reason: answer.reason }).toEqual(refused);
    expect(answer.headers['location']).toBeUndefined();
  });

  it('not from another site, from another browser, or with the CSRF token of another request', async () => {
    const { form } = await reachSignIn(authorizeLink());
    const { form: other } = await reachSignIn(authorizeLink({ state: 'other' }));
    const elsewhere = { 'sec-fetch-site': 'cross-site' };
    const answers = [
      await browser.post(form.action, form.fields, elsewhere),
      await platform.browser().post(form.action, form.fields),
      await browser.post(form.action, { ...form.fields, csrf: other.fields['csrf'] ?? '' }),
    ];
    for (const { status, reason, headers } of answers) {
      expect({ status, reason }).toEqual(refused);
      expect(headers['location']).toBeUndefined();
    }
  });

  it('not to an address that the application has lost, or to a disabled application', async () => {
    await allow(platform, {}, browser);
    const { form } = await reachSignIn(authorizeLink({ prompt: 'login' }));
    const client = await platform.store.clients.load('heatlens');
    if (client === undefined) throw new Error('there is no Heatlens');
    await platform.store.clients.save({
      ...client,
      redirectUris: ['https://heatlens.example/new'],
    });
    const moved = await browser.post(form.action, form.fields);
    expect([moved.reason, moved.headers['location']]).toEqual(['redirect_uri_mismatch', undefined]);
    await platform.store.clients.save({ ...client, status: 'disabled' });
    const gone = await browser.post(form.action, form.fields);
    expect([gone.reason, gone.headers['location']]).toEqual(['client_unknown', undefined]);
  });

  it('not to an address that was changed in the form', async () => {
    const answer = await refuse({}, { request: 'made-up', redirect_uri: 'https://evil.example/' });
    expect([answer.reason, answer.headers['location']]).toEqual(['request_expired', undefined]);
  });
});
