import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Answer, TestPlatform } from '../src/index.ts';
import { asParameter, createWithDetails, detailClients, reading } from './details-setting.ts';
import { type App, codeOf, enrolAda, wrongCode } from './second-factor-setting.ts';
import { ada, challenge, claimsOf, redeem, refresh, tokensOf, type Words } from './sunrise.ts';

let platform: TestPlatform;
beforeEach(async () => {
  platform = await createWithDetails({
    features: { challengeEndpoint: true },
    clients: [
      ...detailClients.map((client) =>
        client.client_id === 'portal' ? { ...client, first_party_challenge: true } : client,
      ),
      {
        client_id: 'pocket',
        kind: 'native',
        trust: 'first-party',
        client_name: 'Sunrise in the pocket',
        redirect_uris: ['com.sunrise.pocket:/callback'],
        scope: 'openid profile buildings:read',
        authorization_details_types: ['building_access'],
        first_party_challenge: true,
      },
    ],
  });
});
afterEach(() => platform.close());

const start = {
  client_id: 'pocket',
  scope: 'openid buildings:read',
  code_challenge: challenge,
  code_challenge_method: 'S256',
};
const typed = { username: ada, password: 'correct horse' };

function ask(words: Words): Promise<Answer> {
  const present = Object.entries(words).filter(([, value]) => value !== undefined);
  return platform.post(
    '/authorize-challenge',
    Object.fromEntries(present) as Record<string, string>,
  );
}

async function tokensFor(words: Words) {
  const { json } = await ask({ ...start, ...words });
  return redeem(
    platform,
    String(json['authorization_code']),
    { redirect_uri: undefined },
    'pocket',
  );
}

describe('the authorization challenge endpoint', () => {
  it('is in the metadata (§4) and served only while it is on', async () => {
    const { json } = await platform.get('/.well-known/oauth-authorization-server');
    expect(json['authorization_challenge_endpoint']).toBe(`${platform.issuer}/authorize-challenge`);
    const off = await createWithDetails();
    expect((await off.post('/authorize-challenge', {})).status).toBe(404);
    expect((await off.get('/.well-known/oauth-authorization-server')).json).not.toHaveProperty(
      'authorization_challenge_endpoint',
    );
    await off.close();
  });

  it('gives a code for user name and password at once (§5.2.1), which is redeemed without a redirect URI (§6)', async () => {
    const answer = await ask({ ...start, ...typed });
    expect(answer.status).toBe(200);
    expect(answer.headers['cache-control']).toBe('no-store');
    expect(Object.keys(answer.json)).toEqual(['authorization_code', 'auth_session']);
    const code = String(answer.json['authorization_code']);
    const tokens = await redeem(platform, code, { redirect_uri: undefined }, 'pocket');
    expect(claimsOf(tokensOf(tokens).access_token)).toMatchObject({
      client_id: 'pocket',
      scope: 'openid buildings:read',
    });
    expect((await refresh(platform, tokensOf(tokens).refresh_token, {}, 'pocket')).status).toBe(
      200,
    );
  });

  it('works step by step: the answer names what is missing, and auth_session joins the steps (§5.2.2, §5.3.1)', async () => {
    const first = await ask(start);
    expect(first.status).toBe(400);
    expect(first.json).toMatchObject({
      error: 'insufficient_authorization',
      error_description: 'username is needed.',
      auth_session: expect.any(String) as string,
    });
    const second = await ask({
      client_id: 'pocket',
      username: ada,
      auth_session: String(first.json['auth_session']),
    });
    expect(second.json['error_description']).toBe('password is needed.');
    const third = await ask({
      client_id: 'pocket',
      password: typed.password,
      auth_session: String(second.json['auth_session']),
    });
    expect(third.json['authorization_code']).toEqual(expect.any(String));
  });

  it('lets the user try again in the same session after a wrong password', async () => {
    const wrong = await ask({ ...start, ...typed, password: 'wrong' });
    expect([wrong.status, wrong.json['error'], wrong.reason]).toEqual([
      400,
      'insufficient_authorization',
      'challenge_wrong',
    ]);
    const right = await ask({
      client_id: 'pocket',
      password: typed.password,
      auth_session: String(wrong.json['auth_session']),
    });
    expect(right.status).toBe(200);
  });

  it('keeps the values of the first step: nonce, details, resources', async () => {
    const answer = await tokensFor({
      ...typed,
      nonce: 'n-1',
      authorization_details: asParameter(reading('b-1')),
    });
    expect(claimsOf(tokensOf(answer).id_token)['nonce']).toBe('n-1');
    expect(answer.json['authorization_details']).toEqual([reading('b-1')]);
  });

  it('authenticates a web client as the token endpoint does (§4.1)', async () => {
    const { client_id: _, ...words } = start;
    const refused = await platform.post('/authorize-challenge', { ...start, client_id: 'portal' });
    expect(refused.status).toBe(401);
    const answer = await platform.post('/authorize-challenge', { ...words, ...typed }, 'portal');
    expect(answer.json['authorization_code']).toEqual(expect.any(String));
  });

  it('requires that a redirect URI that was sent comes again with the code (RFC 6749 §4.1.3)', async () => {
    const redirect_uri = 'com.sunrise.pocket:/callback';
    const { json } = await ask({ ...start, ...typed, redirect_uri });
    const code = String(json['authorization_code']);
    expect((await redeem(platform, code, { redirect_uri: undefined }, 'pocket')).status).toBe(400);
    expect((await redeem(platform, code, { redirect_uri }, 'pocket')).status).toBe(200);
  });

  it('is recorded as a sign-in in log and audit: success, failure, and the consent', async () => {
    await ask({ ...start, ...typed, password: 'wrong' });
    await ask({ ...start, ...typed });
    const told = platform.events.filter(({ type }) => !type.startsWith('signing_key'));
    expect(told.map(({ type }) => type)).toEqual([
      'password.wrong',
      'sign_in.refused',
      'sign_in.succeeded',
      'authorization.granted',
    ]);
    expect(told[2]).toMatchObject({ clientId: 'pocket', network: '192.0.2.1' });
  });

  it('stores the consent, as any other sign-in does', async () => {
    const { json } = await ask({ ...start, ...typed });
    const code = String(json['authorization_code']);
    await redeem(platform, code, { redirect_uri: undefined }, 'pocket');
    const account = platform.accounts.get(ada)?.id ?? '';
    const grant = await platform.store.grants.load(account, 'pocket');
    expect(grant?.scopes).toEqual(['openid', 'buildings:read']);
  });
});

describe('an account with a second factor', () => {
  let app: App;
  beforeEach(async () => {
    await platform.close();
    platform = await createWithDetails({
      features: { challengeEndpoint: true, totp: true },
      clients: [
        {
          client_id: 'pocket',
          kind: 'native',
          trust: 'first-party',
          client_name: 'Sunrise in the pocket',
          redirect_uris: ['com.sunrise.pocket:/callback'],
          scope: 'openid profile buildings:read',
          first_party_challenge: true,
        },
      ],
    });
    app = await enrolAda(platform);
  });

  it('is asked for otp after the password, which need not be sent again', async () => {
    const first = await ask({ ...start, ...typed });
    expect(first.json).toMatchObject({
      error: 'insufficient_authorization',
      error_description: 'otp is needed.',
    });
    expect(first.json).not.toHaveProperty('authorization_code');
    const auth_session = String(first.json['auth_session']);
    const second = await ask({ client_id: 'pocket', auth_session, otp: codeOf(platform, app) });
    const code = String(second.json['authorization_code']);
    const tokens = tokensOf(await redeem(platform, code, { redirect_uri: undefined }, 'pocket'));
    expect(claimsOf(tokens.id_token)).toMatchObject({ amr: ['pwd', 'otp', 'mfa'] });
  });

  it('takes password and otp at once, and a recovery code as well', async () => {
    const both = await ask({ ...start, ...typed, otp: codeOf(platform, app) });
    expect(both.status).toBe(200);
    const [otp] = app.codes;
    expect((await ask({ ...start, ...typed, otp })).status).toBe(200);
    expect((await ask({ ...start, ...typed, otp })).reason).toBe('challenge_code_wrong');
  });

  it('is not reached by a code without the password, or after a wrong one', async () => {
    const otp = codeOf(platform, app);
    const without = await ask({ ...start, username: ada, otp });
    expect(without.json['error_description']).toBe('password is needed.');
    const auth_session = String(without.json['auth_session']);
    const still = await ask({ client_id: 'pocket', auth_session, otp });
    expect(still.json['error_description']).toBe('password is needed.');
    const wrong = await ask({ ...start, ...typed, password: 'wrong', otp });
    expect(wrong.reason).toBe('challenge_wrong');
  });

  it('is not reached with the proven password of another account, or a former one', async () => {
    const { json } = await ask({ ...start, ...typed });
    const proven = { client_id: 'pocket', auth_session: String(json['auth_session']) };
    const otp = codeOf(platform, app);
    const other = await ask({ ...proven, username: 'grace@example.com', otp });
    expect(other.reason).toBe('challenge_wrong');
    const id = platform.accounts.get(ada)?.id ?? '';
    const now = platform.clock.nowSeconds();
    await platform.store.accounts.changePassword(id, { passwordHash: 'other' }, now);
    expect((await ask({ ...proven, otp })).reason).toBe('challenge_wrong');
  });

  it('lets the user try again after a wrong code, five times', async () => {
    const { json } = await ask({ ...start, ...typed });
    let auth_session = String(json['auth_session']);
    const otp = wrongCode(platform, app);
    for (let count = 0; count < 5; count++) {
      const wrong = await ask({ client_id: 'pocket', auth_session, otp });
      expect(wrong.reason).toBe('challenge_code_wrong');
      auth_session = String(wrong.json['auth_session']);
    }
    const refused = await ask({ client_id: 'pocket', auth_session, otp: codeOf(platform, app) });
    expect(refused.status).toBe(429);
  });
});
