import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createBrowser, type TestPlatform, type TestPlatformOptions } from '../src/index.ts';
import { createLogoutPlatform, deliveriesOf, isSignedIn, signInAt } from './logout-setting.ts';
import { noteOf } from './refusal-note.ts';
import {
  ada,
  clients,
  createSunrise,
  grace,
  obtainCode,
  obtainTokens,
  redeem,
  refresh,
} from './sunrise.ts';

const path = '/global-token-revocation';
const features = { globalTokenRevocation: true };
const scope = 'tokens:revoke permissions:read buildings:read';
const service = { kind: 'service', client_name: 'Security desk', scope } as const;
const desk = { ...service, client_id: 'desk', trust: 'first-party' } as const;

function open(options: TestPlatformOptions = {}): Promise<TestPlatform> {
  return createSunrise({ features, clients: [...clients, desk], ...options });
}

let platform: TestPlatform;
beforeEach(async () => {
  platform = await open();
});
afterEach(() => platform.close());

const adaId = () => platform.accounts.get(ada)?.id ?? '';

async function tokenWith(words: Readonly<Record<string, string>> = {}): Promise<string> {
  const form = {
    grant_type: 'client_credentials',
    resource: `${platform.issuer}/admin`,
    scope: 'tokens:revoke',
    ...words,
  };
  return (await platform.post('/token', form, 'desk')).json['access_token'] as string;
}

function send(body: string, token?: string, contentType = 'application/json') {
  const browser = createBrowser(platform.server, platform.issuer);
  const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` };
  return browser.post(path, body, { 'content-type': contentType, ...authorization });
}

async function revoke(subject: unknown) {
  return send(JSON.stringify({ sub_id: subject }), await tokenWith());
}

describe('global token revocation', () => {
  it.each([
    ['iss_sub', () => ({ format: 'iss_sub', iss: platform.issuer, sub: adaId() })],
    ['email', () => ({ format: 'email', email: ada.toUpperCase() })],
    ['opaque', () => ({ format: 'opaque', id: adaId() })],
  ])(
    'ends sessions, refresh tokens and access tokens of the user named by %s: 204',
    async (_, subject) => {
      const browser = platform.browser();
      await platform.signIn(browser, ada);
      const tokens = await obtainTokens(platform);
      const answer = await revoke(subject());
      expect(answer.status).toBe(204);
      expect(answer.body).toBe('');
      expect(await isSignedIn(browser)).toBe(false);
      expect((await refresh(platform, tokens.refresh_token)).json['error']).toBe('invalid_grant');
      const userinfo = await platform.get('/userinfo', {
        authorization: `Bearer ${tokens.access_token}`,
      });
      expect(userinfo.status).toBe(401);
      const { access_token: token } = tokens;
      expect((await platform.post('/introspect', { token }, 'buildings-api')).json).toEqual({
        active: false,
      });
      expect(platform.events).toContainEqual({
        type: 'account.tokens_revoked',
        accountId: adaId(),
        by: 'desk',
      });
    },
  );

  it('ends access that was granted for the time after the session, and codes that were not redeemed', async () => {
    const away = await obtainTokens(platform, { scope: 'openid offline_access buildings:read' });
    const code = await obtainCode(platform);
    await revoke({ format: 'opaque', id: adaId() });
    expect((await refresh(platform, away.refresh_token)).json['error']).toBe('invalid_grant');
    expect((await redeem(platform, code)).json['error']).toBe('invalid_grant');
  });

  it('keeps the account, and the user can sign in and consent again', async () => {
    await obtainTokens(platform);
    await revoke({ format: 'opaque', id: adaId() });
    expect((await obtainTokens(platform)).access_token).toBeDefined();
  });

  it('does not affect other users, and may be repeated', async () => {
    const browser = platform.browser();
    await platform.signIn(browser, grace);
    for (let time = 0; time < 2; time += 1)
      expect((await revoke({ format: 'opaque', id: adaId() })).status).toBe(204);
    expect(await isSignedIn(browser)).toBe(true);
  });

  it('notifies clients by back-channel logout', async () => {
    const told = await createLogoutPlatform();
    const id = told.accounts.get(ada)?.id ?? '';
    await signInAt(told, told.browser());
    await signInAt(told, told.browser());
    await told.store.accounts.endEverything(id, told.clock.nowSeconds());
    expect(await deliveriesOf(told)).toHaveLength(2);
    await told.close();
  });
});

describe('global token revocation is refused with', () => {
  it.each([
    ['email', { format: 'email', email: 'nobody@example.com' }],
    ['opaque', { format: 'opaque', id: 'usr_nobody' }],
    ['another issuer', { format: 'iss_sub', iss: 'https://other.example', sub: 'usr_x' }],
  ])('404 for an unknown user: %s', async (_, subject) => {
    const answer = await revoke(subject);
    expect([answer.status, answer.reason]).toEqual([404, 'subject_unknown']);
  });

  it('404 for an account with the name of another issuer', async () => {
    const answer = await revoke({ format: 'iss_sub', iss: 'https://other.example', sub: adaId() });
    expect(answer.status).toBe(404);
  });

  const format = 'sub_id.format must be email, iss_sub or opaque.';
  const noText = (member: string) => `sub_id.${member} must be a text of 1 to 320 characters.`;
  it.each([
    ['no object', [], 'sub_id must be a subject identifier (RFC 9493).'],
    ['no format', { email: ada }, format],
    ['a format that is not spoken here', { format: 'phone_number', phone_number: '+1' }, format],
    ['a format that is no text', { format: 7 }, format],
    ['a member that is missing', { format: 'iss_sub', sub: 'usr_x' }, noText('iss')],
    ['a member that is no text', { format: 'email', email: [ada] }, noText('email')],
    ['an empty member', { format: 'opaque', id: '' }, noText('id')],
    ['an endless member', { format: 'opaque', id: 'x'.repeat(321) }, noText('id')],
    ['a member of the prototype', { format: 'constructor' }, format],
  ])('400 for a subject identifier that is %s', async (_, subject, note) => {
    const answer = await revoke(subject);
    expect([answer.status, answer.reason, noteOf(platform)]).toEqual([400, 'body_malformed', note]);
  });

  it('400 for a body that is no JSON object, or for a form', async () => {
    const token = await tokenWith();
    for (const body of ['', '[]', 'null', '{"sub_id":{"format":"email"', '{"sub_id":1,"sub_id":2}'])
      expect((await send(body, token)).reason).toBe('body_malformed');
    expect((await send('a=b', token, 'application/x-www-form-urlencoded')).reason).toBe(
      'content_type_wrong',
    );
  });

  it('401 without a token, with a bad one, or with one for another API', async () => {
    const body = JSON.stringify({ sub_id: { format: 'opaque', id: adaId() } });
    const missing = await send(body);
    expect([missing.status, missing.reason]).toEqual([401, 'token_missing']);
    expect(missing.headers['www-authenticate']).toContain('Bearer');
    expect((await send(body, 'nonsense')).status).toBe(401);
    const other = await tokenWith({
      resource: 'https://api.sunrise.example',
      scope: 'buildings:read',
    });
    expect((await send(body, other)).reason).toBe('token_audience_wrong');
  });

  it('403 without the scope, and nothing ends', async () => {
    const browser = platform.browser();
    await platform.signIn(browser, ada);
    const body = JSON.stringify({ sub_id: { format: 'opaque', id: adaId() } });
    const answer = await send(body, await tokenWith({ scope: 'permissions:read' }));
    expect([answer.status, answer.reason]).toEqual([403, 'scope_insufficient']);
    expect(await isSignedIn(browser)).toBe(true);
  });

  it('401 with the token of a user, which is not accepted at this API', async () => {
    const { access_token: token } = await obtainTokens(platform);
    const body = JSON.stringify({ sub_id: { format: 'opaque', id: adaId() } });
    expect((await send(body, token)).status).toBe(401);
  });

  it('405 for any other method', async () => {
    expect((await platform.get(path)).status).toBe(405);
  });
});

describe('the metadata of the server', () => {
  it('names the endpoint of global token revocation where it is on', async () => {
    const { json } = await platform.get('/.well-known/oauth-authorization-server');
    expect(json).toMatchObject({
      global_token_revocation_endpoint: `${platform.issuer}/global-token-revocation`,
      global_token_revocation_endpoint_auth_methods_supported: ['Bearer'],
    });
    expect(json['scopes_supported']).toContain('tokens:revoke');
  });

  it('does not name it where it is off, and then it is not served', async () => {
    await platform.close();
    platform = await open({ features: {} });
    const { body } = await platform.get('/.well-known/oauth-authorization-server');
    expect(body).not.toMatch(/global_token|tokens:revoke/);
    expect((await send('{}')).status).toBe(404);
  });
});
