import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Answer, TestPlatform } from '../src/index.ts';
import {
  answerFromAfar,
  askAsDevice,
  askFromAfar,
  createDeferred,
  desk,
  idOfRequest,
  pinged,
  pollAsDevice,
  pollFromAfar,
  signedIn,
  television,
  waitingOf,
} from './deferred-setting.ts';
import { noteOf } from './refusal-note.ts';
import { ada, billing, grace, obtainTokens, refresh, tokensOf } from './sunrise.ts';

let platform: TestPlatform;
beforeEach(async () => {
  platform = await createDeferred();
});
afterEach(() => platform.close());

const errorOf = ({ status, json }: Answer) => [status, json['error']];

describe('a request that is refused (CIBA §7.1, §13)', () => {
  const oneHint = 'Send exactly one of login_hint and id_token_hint.';
  const expiry = 'requested_expiry must be a positive whole number of seconds.';
  it.each<[string, string, string, string?]>([
    ['no hint', 'scope=openid', 'invalid_request', oneHint],
    ['two hints', `scope=openid&login_hint=${ada}&id_token_hint=x`, 'invalid_request', oneHint],
    [
      'a login_hint_token',
      'scope=openid&login_hint_token=x',
      'invalid_request',
      'login_hint_token is not supported: use login_hint or id_token_hint.',
    ],
    [
      'all three',
      `scope=openid&login_hint=${ada}&id_token_hint=x&login_hint_token=x`,
      'invalid_request',
      oneHint,
    ],
    ['nobody of this name', 'scope=openid&login_hint=nobody@example.com', 'unknown_user_id'],
    ['a name that is no address', `scope=openid&login_hint=${'x'.repeat(5000)}`, 'unknown_user_id'],
    [
      'a hint that is no token',
      'scope=openid&id_token_hint=x.y.z',
      'invalid_request',
      'id_token_hint is not an ID token that was issued to this client.',
    ],
    ['no scope', `login_hint=${ada}`, 'invalid_request', 'scope is required.'],
    [
      'a scope without openid',
      `scope=email&login_hint=${ada}`,
      'invalid_scope',
      'scope must contain openid.',
    ],
    [
      'a scope beyond the client (B17)',
      `scope=openid+admin&login_hint=${ada}`,
      'invalid_scope',
      'Value 2 of scope is unknown, or this client may not have it.',
    ],
    [
      'an API that is not there',
      `scope=openid&resource=https://x.example&login_hint=${ada}`,
      'invalid_target',
      'resource is not an API that this client may use.',
    ],
    [
      'a scope of another API',
      `scope=openid+buildings:read&resource=${billing}&login_hint=${ada}`,
      'invalid_scope',
      'A requested scope does not belong to the requested resource.',
    ],
    [
      'an expiry of nought',
      `scope=openid&requested_expiry=0&login_hint=${ada}`,
      'invalid_request',
      expiry,
    ],
    [
      'an expiry that is no number',
      `scope=openid&requested_expiry=5m&login_hint=${ada}`,
      'invalid_request',
      expiry,
    ],
    ['a signed request of a client that does not sign', `request=x.y.z`, 'request_not_supported'],
    [
      'a repeated parameter',
      `scope=openid&login_hint=${ada}&login_hint=${grace}`,
      'invalid_request',
    ],
  ])('%s', async (_, form, error, note) => {
    expect(errorOf(await platform.post('/bc-authorize', form, desk))).toEqual([400, error]);
    expect(noteOf(platform)).toBe(note);
  });

  it.each([
    ['too long', 'x'.repeat(65)],
    ['two lines', 'one\ntwo'],
    ['text turned around', 'pay \u202eme'],
    ['an invisible letter', 'pay\u200bme'],
    ['spaces that make a picture', 'a      b'],
    ['marks of a link or a script', '<b>x</b>'],
  ])('a binding message with %s is invalid_binding_message', async (_, binding_message) => {
    expect(errorOf(await askFromAfar(platform, { binding_message }))).toEqual([
      400,
      'invalid_binding_message',
    ]);
  });

  it.each([
    ['a client that did not register the grant', 'heatlens'],
    ['a service', 'collector'],
    ['an unverified application', 'stranger'],
    ['a public client', television],
  ])('%s is unauthorized_client', async (_, clientId) => {
    expect(errorOf(await askFromAfar(platform, {}, clientId))).toEqual([
      400,
      'unauthorized_client',
    ]);
  });

  it('a client must authenticate: a name alone or a wrong secret is not enough', async () => {
    for (const form of [{}, { client_id: desk }, { client_id: desk, client_secret: 'x' }])
      expect(
        errorOf(
          await platform.post('/bc-authorize', { scope: 'openid', login_hint: ada, ...form }),
        ),
      ).toEqual([401, 'invalid_client']);
    expect(errorOf(await platform.post('/bc-authorize?scope=openid', {}, desk))).toEqual([
      400,
      'invalid_request',
    ]);
  });

  it('a client that was stored as public is refused, also when it has the grant type', async () => {
    const client = await platform.store.clients.load(desk);
    if (client === undefined) throw new Error('no client');
    await platform.store.clients.save({
      ...client,
      id: 'bare',
      authenticationMethods: ['none'],
      secrets: [],
    });
    expect(errorOf(await askFromAfar(platform, {}, 'bare'))).toEqual([400, 'unauthorized_client']);
  });

  it('an ID token of another client, an access token or a changed ID token is not accepted as a hint', async () => {
    const { id_token, access_token } = await obtainTokens(platform);
    for (const id_token_hint of [id_token, access_token, `${id_token.slice(0, -8)}AAAAAAAA`])
      expect(errorOf(await askFromAfar(platform, { id_token_hint }))).toEqual([
        400,
        'invalid_request',
      ]);
  });

  it('a disabled account is answered like an unknown account', async () => {
    const { id = '' } = platform.accounts.get(ada) ?? {};
    await platform.store.accounts.disable(id, platform.clock.nowSeconds());
    expect(errorOf(await askFromAfar(platform))).toEqual([400, 'unknown_user_id']);
  });

  it.each([
    ['none', ''],
    ['a short one', 'short'],
    ['one with a space', `${'a'.repeat(30)} b`],
    ['one of 1025 characters', 'a'.repeat(1025)],
  ])('a client with ping mode must send a notification token: %s is refused', async (_, token) => {
    const words = { client_notification_token: token };
    expect(errorOf(await askFromAfar(platform, words, pinged))).toEqual([400, 'invalid_request']);
  });

  it('a client that wants pings gets an error if the server cannot send them', async () => {
    const deaf = await createDeferred({ ports: () => ({}) });
    const words = { client_notification_token: 'a'.repeat(40) };
    expect(errorOf(await askFromAfar(deaf, words, pinged))).toEqual([400, 'invalid_request']);
    await deaf.close();
  });
});

describe('CIBA requests cannot annoy users or reveal accounts (ASVS 6.6.4):', () => {
  it('of a hundred requests at once, two of one client wait for one user', async () => {
    const answers = await Promise.all(Array.from({ length: 100 }, () => askFromAfar(platform)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(2);
    const refused = answers.filter(({ status }) => status === 429);
    expect(refused).toHaveLength(98);
    expect(refused.every(({ headers }) => headers['retry-after'] !== undefined)).toBe(true);
    expect(await waitingOf(await signedIn(platform))).toHaveLength(2);
  });

  it('one client does not use up the waiting requests of other clients', async () => {
    await askFromAfar(platform);
    await askFromAfar(platform);
    expect((await askFromAfar(platform)).status).toBe(429);
    expect((await askFromAfar(platform, {}, 'other-desk')).status).toBe(200);
    expect((await askFromAfar(platform, { login_hint: grace })).status).toBe(200);
  });

  it('declining does not allow the next request at once: ten, and then one a minute', async () => {
    const browser = await signedIn(platform);
    const statuses: number[] = [];
    for (let times = 0; times < 12; times += 1) {
      statuses.push((await askFromAfar(platform)).status);
      await answerFromAfar(browser, 'deny');
    }
    expect(statuses.filter((status) => status === 200)).toHaveLength(10);
    platform.clock.advance(60);
    expect((await askFromAfar(platform)).status).toBe(200);
  });

  it('the operator sets how many requests may wait, and how often a client may ask', async () => {
    const backchannelRequests = { waitingOfClient: 3, waitingOfAccount: 4, burst: 5 };
    const wide = await createDeferred({ backchannelRequests });
    const statuses: number[] = [];
    for (const clientId of [desk, desk, desk, desk, 'other-desk', 'other-desk'])
      statuses.push((await askFromAfar(wide, {}, clientId)).status);
    expect(statuses).toEqual([200, 200, 200, 429, 200, 429]);
    const browser = await signedIn(wide, grace);
    const inARow: number[] = [];
    for (let times = 0; times < 6; times += 1) {
      inARow.push((await askFromAfar(wide, { login_hint: grace })).status);
      await answerFromAfar(browser, 'deny');
    }
    expect(inARow).toEqual([200, 200, 200, 200, 200, 429]);
    await wide.close();
  });

  it('a client that guesses accounts is slowed down, and one that names existing accounts is not', async () => {
    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, index) =>
        askFromAfar(platform, { login_hint: `guess${index}@example.com` }),
      ),
    );
    expect(answers.filter(({ status }) => status === 400)).toHaveLength(20);
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(80);
    expect((await askFromAfar(platform, {}, 'other-desk')).status).toBe(200);
  });
});

describe('only the named user can answer a CIBA request (B19):', () => {
  it('a form of one user does not work in the browser of another user', async () => {
    const id = await idOfRequest(platform);
    const [waiting] = await waitingOf(await signedIn(platform));
    const other = await signedIn(platform, grace);
    await other.get('/account');
    for (const decision of ['allow', 'deny'])
      expect(
        (await other.post('/account/answer', { ...waiting?.form.fields, decision })).status,
      ).toBe(400);
    expect(errorOf(await pollFromAfar(platform, id))).toEqual([400, 'authorization_pending']);
  });

  it('a form from another site, without our CSRF token, or with that of another request is refused', async () => {
    await askFromAfar(platform);
    await askFromAfar(platform);
    const browser = await signedIn(platform);
    const [one, other] = await waitingOf(browser);
    const form = { ...one?.form.fields, decision: 'allow' };
    const send = (over: object, headers = {}) =>
      browser.post('/account/answer', { ...form, ...over }, headers);
    expect((await send({}, { 'sec-fetch-site': 'cross-site' })).status).toBe(400);
    expect((await send({}, { origin: 'https://evil.example' })).status).toBe(400);
    expect((await send({ csrf: 'x' })).status).toBe(400);
    expect((await send({ request: other?.form.fields['request'] })).status).toBe(400);
    expect((await send({ decision: 'perhaps' })).status).toBe(400);
    expect((await send({})).status).toBe(303);
  });

  it('a user without a session is sent to the sign-in page', async () => {
    expect((await platform.browser().post('/account/answer', {})).location.pathname).toBe(
      '/sign-in',
    );
  });

  it('a form is answered once when it is sent 20 times in parallel', async () => {
    await askFromAfar(platform);
    const browser = await signedIn(platform);
    const [waiting] = await waitingOf(browser);
    const form = { ...waiting?.form.fields, decision: 'allow' };
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => browser.post('/account/answer', form)),
    );
    expect(answers.filter(({ status }) => status === 303)).toHaveLength(1);
  });

  it('a link cannot make the account page say that something was allowed', async () => {
    const browser = await signedIn(platform);
    expect((await browser.get('/account?told=forged')).json['answered']).toBeUndefined();
  });
});

describe('polling for the tokens of a CIBA request', () => {
  it('distinguishes access_denied, expired_token and invalid_grant (CIBA §11)', async () => {
    const browser = await signedIn(platform);
    const declined = await idOfRequest(platform);
    await answerFromAfar(browser, 'deny');
    expect(errorOf(await pollFromAfar(platform, declined))).toEqual([400, 'access_denied']);
    const lapsed = await idOfRequest(platform);
    platform.clock.advance(300);
    expect(errorOf(await pollFromAfar(platform, lapsed))).toEqual([400, 'expired_token']);
    expect(errorOf(await pollFromAfar(platform, 'unknown'))).toEqual([400, 'invalid_grant']);
  });

  it('with the id of another client, or with a device code, is invalid_grant and spends nothing (B1)', async () => {
    const id = await idOfRequest(platform);
    const { device_code } = await askAsDevice(platform);
    await answerFromAfar(await signedIn(platform));
    expect(errorOf(await pollFromAfar(platform, id, {}, 'other-desk'))).toEqual([
      400,
      'invalid_grant',
    ]);
    expect(errorOf(await pollFromAfar(platform, device_code))).toEqual([400, 'invalid_grant']);
    expect(errorOf(await pollAsDevice(platform, id))).toEqual([400, 'invalid_grant']);
    expect((await pollFromAfar(platform, id)).status).toBe(200);
  });

  it('a hundred times in parallel gives one success, and a second use ends the tokens', async () => {
    const id = await idOfRequest(platform);
    await answerFromAfar(await signedIn(platform));
    const answers = await Promise.all(
      Array.from({ length: 100 }, () => pollFromAfar(platform, id)),
    );
    const [won, ...more] = answers.filter(({ status }) => status === 200);
    expect(more).toEqual([]);
    if (won === undefined) throw new Error('nobody won');
    expect(errorOf(await refresh(platform, tokensOf(won).refresh_token, {}, desk))).toEqual([
      400,
      'invalid_grant',
    ]);
  });
});
