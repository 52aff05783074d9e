import { createHash, randomBytes } from 'node:crypto';
import { ConfigError, registerClient } from '@keywright/core';
import { tokenExchangeGrant } from '@keywright/wire';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createSelfSigned, thumbprintOf } from '../../jwt/src/testing-parts/certificates.ts';
import type { TestPlatform } from '../src/index.ts';
import {
  accessTokenType,
  actedBy,
  adasToken,
  createExchangePlatform,
  exchange,
  type ExchangeForm,
  jwtType,
  ledger,
  meters,
  ownToken,
  signToken,
} from './exchange-setting.ts';
import { noteOf } from './refusal-note.ts';
import { ada, allow, billing, buildings, claimsOf, spaCallback } from './sunrise.ts';

let platform: TestPlatform;
beforeEach(async () => {
  platform = await createExchangePlatform();
});
afterEach(() => platform.close());

const tokenOf = ({ json }: { readonly json: Record<string, unknown> }) =>
  json['access_token'] as string;
const adaId = () => platform.accounts.get(ada)?.id ?? '';

/** The error code of RFC 8693 §2.2.2. */
async function refusedFor(subjectToken: string, words: ExchangeForm = {}, clientId?: string) {
  const { status, json, reason } = await exchange(platform, subjectToken, words, clientId);
  expect(status).toBe(400);
  return `${String(json['error'])} ${String(reason)}`;
}

const signed = (claims: Readonly<Record<string, unknown>>) => signToken(platform, claims);

describe('in token exchange, the client is refused:', () => {
  it('a client without the grant type is unauthorized_client', async () => {
    const { access_token: subject } = await adasToken(platform);
    for (const client of ['collector', 'heatlens'])
      expect(await refusedFor(subject, {}, client)).toBe(
        'unauthorized_client client_not_permitted',
      );
  });

  it('a client that was stored with the grant type but without its options is unauthorized_client', async () => {
    const client = await platform.store.clients.load('imitator');
    if (client === undefined) throw new Error('no client');
    await platform.store.clients.save({ ...client, settings: {} });
    const { access_token: subject } = await adasToken(platform);
    expect(await refusedFor(subject, {}, 'imitator')).toBe(
      'unauthorized_client client_not_permitted',
    );
  });

  it('each client is refused where the feature is off', async () => {
    await platform.close();
    platform = await createExchangePlatform({ features: {} });
    const { access_token: subject } = await adasToken(platform);
    expect(await refusedFor(subject)).toBe('unsupported_grant_type grant_type_unsupported');
  });

  it('a client without a secret or with a wrong one does not learn whether a token is valid', async () => {
    const form = {
      grant_type: tokenExchangeGrant,
      subject_token: 'x',
      subject_token_type: accessTokenType,
    };
    const missing = await platform.post('/token', form);
    expect([missing.status, missing.json['error']]).toEqual([401, 'invalid_client']);
    const wrong = await platform.post('/token', {
      ...form,
      client_id: 'buildings-api',
      client_secret: 'x',
    });
    expect([wrong.status, wrong.json['error']]).toEqual([401, 'invalid_client']);
  });
});

const types =
  'urn:ietf:params:oauth:token-type:access_token or urn:ietf:params:oauth:token-type:jwt';

describe('a token exchange request (RFC 8693 §2.1)', () => {
  it.each([
    ['subject_token', { subject_token: '' }, 'parameter_missing', 'subject_token is required.'],
    [
      'subject_token_type',
      { subject_token_type: '' },
      'parameter_missing',
      'subject_token_type is required.',
    ],
    [
      'actor_token_type',
      { actor_token: 'x' },
      'parameter_missing',
      'actor_token_type is required.',
    ],
    [
      'actor_token_type without a token',
      { actor_token_type: accessTokenType },
      'parameter_malformed',
      'actor_token_type needs actor_token.',
    ],
    [
      'a refresh token as the subject',
      { subject_token_type: 'urn:ietf:params:oauth:token-type:refresh_token' },
      'parameter_unsupported',
      `subject_token_type must be ${types}.`,
    ],
    [
      'an ID token as the subject',
      { subject_token_type: 'urn:ietf:params:oauth:token-type:id_token' },
      'parameter_unsupported',
      `subject_token_type must be ${types}.`,
    ],
    [
      'a refresh token to be issued',
      { requested_token_type: 'urn:ietf:params:oauth:token-type:refresh_token' },
      'parameter_unsupported',
      `requested_token_type must be ${types}.`,
    ],
    [
      'a SAML assertion',
      { requested_token_type: 'urn:ietf:params:oauth:token-type:saml2' },
      'parameter_unsupported',
      `requested_token_type must be ${types}.`,
    ],
    [
      'a JWT for an API that takes none',
      { audience: ledger, requested_token_type: jwtType },
      'parameter_unsupported',
      'requested_token_type: this API does not accept JWTs.',
    ],
  ] as const)('is refused without, or with: %s', async (_, words, reason, note) => {
    const { access_token: subject } = await adasToken(platform);
    expect(await refusedFor(subject, words)).toBe(`invalid_request ${reason}`);
    expect(noteOf(platform)).toBe(note);
  });
});

const ended = 'ended, or from the implicit grant';

describe('in token exchange, the subject token', () => {
  it('is refused when it is no token, forged, or of another type, with any subject_token_type', async () => {
    const {
      access_token: subject,
      refresh_token: refreshToken,
      id_token: idToken,
    } = await adasToken(platform);
    const [head = '', body = '', signature = ''] = subject.split('.');
    const other = Buffer.from(
      JSON.stringify({ ...claimsOf(subject), sub: 'usr_mallory' }),
    ).toString('base64url');
    const notes: readonly [string, string][] = [
      [`${head}.${other}.${signature}`, 'token_signature_wrong'],
      [`${head}.${body}.`, 'token_signature_wrong'],
      ['nonsense', 'token_malformed'],
      [`at_${'A'.repeat(43)}`, 'token_inactive'],
      [refreshToken, 'token_malformed'],
      [idToken, 'token_type_wrong'],
    ];
    for (const [token, note] of notes) {
      expect(await refusedFor(token)).toBe('invalid_request subject_token_invalid');
      expect(noteOf(platform)).toBe(note);
    }
  });

  it('is refused when it has expired', async () => {
    const { access_token: subject } = await adasToken(platform);
    platform.clock.advance(600);
    expect(await refusedFor(subject)).toBe('invalid_request subject_token_invalid');
    expect(noteOf(platform)).toBe('token_expired');
  });

  it.each([
    [
      'its family',
      (refreshToken: string) => platform.post('/revoke', { token: refreshToken }, 'heatlens'),
    ],
    ['its client', () => platform.store.clients.disable('heatlens', platform.clock.nowSeconds())],
    ['its account', () => platform.store.accounts.disable(adaId(), platform.clock.nowSeconds())],
  ])('is refused when what it belongs to has ended: %s', async (_, end) => {
    const { access_token: subject, refresh_token: refreshToken } = await adasToken(platform);
    await end(refreshToken);
    expect(await refusedFor(subject)).toBe('invalid_request subject_token_invalid');
    expect(noteOf(platform)).toBe(ended);
  });

  it('is refused from a service that is neither its client nor its API', async () => {
    const { access_token: subject } = await adasToken(platform, {
      scope: 'openid invoices:read',
      resource: billing,
    });
    expect(claimsOf(subject)['aud']).toBe(billing);
    expect(await refusedFor(subject)).toBe('invalid_request subject_token_invalid');
    expect(noteOf(platform)).toBe('issued to another client, for another API');
  });

  it('is refused when it is an implicit token, because no family could end the exchanged token', async () => {
    const back = await allow(platform, {
      client_id: 'spa',
      redirect_uri: spaCallback,
      response_type: 'token',
      scope: 'buildings:read',
    });
    const subject = new URLSearchParams(back.hash.slice(1)).get('access_token') ?? '';
    expect(claimsOf(subject)['aud']).toBe(buildings);
    expect(await refusedFor(subject)).toBe('invalid_request subject_token_invalid');
    expect(noteOf(platform)).toBe(ended);
  });

  it('of the service itself is refused without a proof of the key that it is bound to', async () => {
    const now = platform.clock.nowSeconds();
    const subject = await signed({
      iss: platform.issuer,
      sub: 'buildings-api',
      aud: buildings,
      client_id: 'buildings-api',
      iat: now,
      exp: now + 60,
      jti: 'x',
      scope: 'buildings:read',
      cnf: { jkt: createHash('sha256').update(randomBytes(8)).digest('base64url') },
    });
    expect(await refusedFor(subject)).toBe('invalid_request subject_token_invalid');
    expect(noteOf(platform)).toBe('its key was not proved');
  });

  it('of the service itself is refused on a connection with another certificate than the token’s', async () => {
    await platform.close();
    platform = await createExchangePlatform({ features: { tokenExchange: true, mutualTls: true } });
    const client = await platform.store.clients.load('buildings-api');
    if (client === undefined) throw new Error('no client');
    const settings = { ...client.settings, certificateBoundAccessTokens: true };
    await platform.store.clients.save({ ...client, settings });
    const [own, other] = [
      createSelfSigned({ subject: [['CN', 'a']] }),
      createSelfSigned({ subject: [['CN', 'b']] }),
    ];
    const now = platform.clock.nowSeconds();
    const subject = await signed({
      iss: platform.issuer,
      sub: 'buildings-api',
      aud: buildings,
      client_id: 'buildings-api',
      iat: now,
      exp: now + 60,
      jti: 'x',
      scope: 'buildings:read',
      cnf: { 'x5t#S256': thumbprintOf(own) },
    });
    const pair = Buffer.from(`buildings-api:${platform.secrets.get('buildings-api')}`).toString(
      'base64',
    );
    const form = { subject_token: subject, subject_token_type: accessTokenType, audience: meters };
    const askOver = ({ der: raw }: typeof own) =>
      platform
        .browser('192.0.2.1', { raw, isVerified: false })
        .post(
          '/token',
          { grant_type: tokenExchangeGrant, ...form },
          { authorization: `Basic ${pair}` },
        );
    expect((await askOver(other)).reason).toBe('subject_token_invalid');
    expect(noteOf(platform)).toBe('its key was not proved');
    expect((await askOver(own)).status).toBe(200);
  });
});

const closed = 'This client may not exchange tokens for this audience.';
const twoApis = 'An access token is for one API.';

describe('token exchange never extends access:', () => {
  it.each([
    ['a scope that the subject token has not', 'invoices:read'],
    ['a scope of OpenID Connect', 'openid'],
    ['a scope that nobody knows', 'nonsense'],
    ['an administrator’s scope', 'permissions:write'],
  ])('a scope such as %s is invalid_scope', async (_, scope) => {
    const { access_token: subject } = await adasToken(platform);
    expect(await refusedFor(subject, { scope })).toBe('invalid_scope scope_invalid');
  });

  it('a scope that the service does not have is invalid_scope', async () => {
    const { access_token: subject } = await adasToken(platform);
    expect(await refusedFor(subject, { scope: 'measurements:read' }, 'imitator')).toBe(
      'invalid_scope scope_invalid',
    );
  });

  it('a token without any scope left is invalid_scope', async () => {
    const { access_token: subject } = await adasToken(platform, {
      scope: 'openid measurements:read',
    });
    expect(await refusedFor(subject, {}, 'imitator')).toBe('invalid_scope scope_invalid');
  });

  it('a second exchange does not extend access either', async () => {
    const { access_token: subject } = await adasToken(platform);
    const narrow = tokenOf(
      await exchange(platform, subject, { scope: 'buildings:read', audience: buildings }),
    );
    const again = await refusedFor(narrow, { scope: 'measurements:read' });
    expect(again).toBe('invalid_scope scope_invalid');
  });

  it.each([
    ['an API that was not named for the client', { audience: billing }, 'imitator', closed],
    ['an API that there is not', { audience: 'https://nowhere.example' }, undefined, closed],
    ['two APIs', { audience: [meters, buildings] }, undefined, twoApis],
    ['two APIs, one of each name', { resource: buildings }, undefined, twoApis],
    ['the server’s own API', { audience: 'https://as.example/admin' }, undefined, closed],
    ['the issuer', { audience: 'https://as.example' }, undefined, closed],
  ] as const)('the target %s is invalid_target (§2.2.2)', async (_, words, client, note) => {
    const { access_token: subject } = await adasToken(platform);
    expect(await refusedFor(subject, words, client)).toBe('invalid_target target_invalid');
    expect(noteOf(platform)).toBe(note);
  });

  it('the server’s own API is refused, also where the client is configured for it', async () => {
    const client = await platform.store.clients.load('imitator');
    if (client === undefined) throw new Error('no client');
    const admin = `${platform.issuer}/admin`;
    const tokenExchange = { impersonation: true, delegation: true, audiences: [admin] };
    await platform.store.clients.save({ ...client, settings: { tokenExchange } });
    const { access_token: subject } = await adasToken(platform);
    expect(await refusedFor(subject, { audience: admin }, 'imitator')).toBe(
      'invalid_target target_invalid',
    );
    expect(noteOf(platform)).toBe(closed);
  });
});

describe('in token exchange, an actor', () => {
  it('must be named by a client that may only delegate', async () => {
    const { access_token: subject } = await adasToken(platform);
    expect(await refusedFor(subject, {}, 'delegate')).toBe('invalid_request parameter_missing');
    expect(noteOf(platform)).toBe('This client must send actor_token.');
  });

  it('cannot be named by a client that may only impersonate', async () => {
    const { access_token: subject } = await adasToken(platform);
    const actor = await ownToken(platform, 'imitator');
    expect(await refusedFor(subject, actedBy(actor), 'imitator')).toBe(
      'invalid_request actor_token_invalid',
    );
    expect(noteOf(platform)).toBe('This client may not delegate.');
  });

  it('is refused with a token that is forged, expired, or of an API that the caller does not represent', async () => {
    const actor = await ownToken(platform, 'delegate');
    platform.clock.advance(600);
    const { access_token: subject } = await adasToken(platform);
    const foreign = tokenOf(await exchange(platform, subject, { audience: billing }));
    for (const [token, note] of [
      ['nonsense', 'token_malformed'],
      [actor, 'token_expired'],
      [foreign, 'issued to another client, for another API'],
    ] as const) {
      expect(await refusedFor(subject, actedBy(token), 'delegate')).toBe(
        'invalid_request actor_token_invalid',
      );
      expect(noteOf(platform)).toBe(note);
    }
  });

  it('is refused when the actor token has an actor itself already', async () => {
    const { access_token: subject } = await adasToken(platform);
    const actor = await ownToken(platform, 'delegate');
    const acted = await exchange(
      platform,
      subject,
      { ...actedBy(actor), audience: buildings },
      'delegate',
    );
    expect(await refusedFor(subject, actedBy(tokenOf(acted)))).toBe(
      'invalid_request actor_token_invalid',
    );
    expect(noteOf(platform)).toBe('the actor token has an actor itself');
  });

  it('may have earlier actors, in a chain of limited length', async () => {
    const actor = await ownToken(platform, 'buildings-api');
    let { access_token: subject } = await adasToken(platform);
    for (let depth = 1; depth <= 5; depth += 1)
      subject = tokenOf(
        await exchange(platform, subject, { ...actedBy(actor), audience: buildings }),
      );
    expect(await refusedFor(subject, { ...actedBy(actor), audience: buildings })).toBe(
      'invalid_request subject_token_invalid',
    );
    expect(noteOf(platform)).toBe('The chain of actors is too long.');
    // The chain does not change if no actor is added.
    expect((await exchange(platform, subject)).status).toBe(200);
  });
});

describe('the claim may_act (RFC 8693 §4.4)', () => {
  async function withMayAct(mayAct: unknown): Promise<string> {
    const { access_token: subject } = await adasToken(platform);
    return signed({ ...claimsOf(subject), may_act: mayAct });
  }

  it.each([
    ['by its subject', { sub: 'delegate' }],
    ['by its client', { client_id: 'delegate' }],
    ['by its issuer too', { iss: 'https://as.example', sub: 'delegate' }],
  ])('allows the named actor: %s', async (_, mayAct) => {
    const actor = await ownToken(platform, 'delegate');
    const answer = await exchange(platform, await withMayAct(mayAct), actedBy(actor), 'delegate');
    expect(claimsOf(tokenOf(answer))['act']).toEqual({ sub: 'delegate' });
  });

  it.each([
    ['another subject', { sub: 'collector' }],
    ['another client', { client_id: 'collector' }],
    ['another issuer', { iss: 'https://other.example', sub: 'delegate' }],
    ['one whom we cannot compare', { sub: 'delegate', email: 'delegate@example.com' }],
    ['nobody', {}],
    ['an issuer alone', { iss: 'https://as.example' }],
    ['no object', 'delegate'],
  ])('refuses other actors: %s', async (_, mayAct) => {
    const actor = await ownToken(platform, 'delegate');
    expect(await refusedFor(await withMayAct(mayAct), actedBy(actor), 'delegate')).toBe(
      'invalid_request actor_token_invalid',
    );
    expect(noteOf(platform)).toBe('may_act names another party');
  });

  it('also applies to impersonation: the client is the actor', async () => {
    const allowed = await exchange(platform, await withMayAct({ sub: 'imitator' }), {}, 'imitator');
    expect(allowed.status).toBe(200);
    expect(await refusedFor(await withMayAct({ sub: 'delegate' }), {}, 'imitator')).toBe(
      'invalid_request subject_token_invalid',
    );
    expect(noteOf(platform)).toBe('may_act names another party');
  });
});

describe('the registration of token exchange', () => {
  const base = { kind: 'service', trust: 'first-party', client_name: 'Service' };
  const grant_types = ['client_credentials', tokenExchangeGrant];
  const audiences = [meters];

  it.each([
    ['the grant without the word', { grant_types }, 'token_exchange'],
    [
      'the word without the grant',
      { token_exchange: { impersonation: true, audiences } },
      'token_exchange',
    ],
    ['neither way', { grant_types, token_exchange: { audiences } }, 'token_exchange'],
    [
      'no API',
      { grant_types, token_exchange: { delegation: true, audiences: [] } },
      'token_exchange.audiences',
    ],
  ])('refuses %s', (_, members, path) => {
    const register = () =>
      registerClient(
        { ...base, ...members },
        { now: 0, random: platform.ports.random, apis: [], origin: 'command' },
      );
    expect(register).toThrow(ConfigError);
    expect(register).toThrow(`client.${path}: `);
  });
});
