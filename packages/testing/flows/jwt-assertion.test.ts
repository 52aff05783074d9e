import {
  type AssertionIssuer,
  type ClientRegistration,
  type Outbound,
  resolveOptions,
} from '@keywright/core';
import { generateSigningKey, signJwtSync, type SigningAlgorithm } from '@keywright/jwt';
import { jwtBearerGrant } from '@keywright/wire';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { TestPlatform, TestPlatformOptions } from '../src/index.ts';
import { noteOf } from './refusal-note.ts';
import { ada, apis, billing, buildings, claimsOf, createSunrise, grace } from './sunrise.ts';

const hr = 'https://hr.partner.example';
const ids = 'https://ids.partner.example';
const remote = 'https://remote.partner.example';

interface Key {
  readonly kid: string;
  readonly algorithm: SigningAlgorithm;
  readonly privateKey: Awaited<ReturnType<typeof generateSigningKey>>['privateKey'];
  readonly publicJwk: Record<string, unknown>;
}

let key: Key;
let rsa: Key;
let stranger: Key;
beforeAll(async () => {
  const make = async (algorithm: SigningAlgorithm) => ({
    algorithm,
    ...(await generateSigningKey(algorithm)),
  });
  [key, rsa, stranger] = await Promise.all([make('ES256'), make('RS256'), make('ES256')]);
});

const base = {
  kind: 'service',
  trust: 'first-party',
  scope: 'buildings:read measurements:read invoices:read',
  grant_types: ['client_credentials', jwtBearerGrant],
} as const;
const clients: readonly ClientRegistration[] = [
  { ...base, client_id: 'sync', client_name: 'Nightly sync', assertion_issuers: [hr, ids, remote] },
  {
    ...base,
    client_id: 'narrow',
    client_name: 'Narrow',
    assertion_issuers: [ids],
    scope: 'buildings:read',
  },
  { ...base, client_id: 'plain', client_name: 'Plain', grant_types: ['client_credentials'] },
];

let outbound: Outbound;

function open(options: TestPlatformOptions = {}): Promise<TestPlatform> {
  const jwks = { keys: [key.publicJwk, rsa.publicJwk] };
  const assertionIssuers: readonly AssertionIssuer[] = [
    { issuer: hr, jwks, subjects: 'account_email' },
    { issuer: ids, jwks, subjects: 'account_id', audiences: [buildings] },
    { issuer: remote, jwksUri: `${remote}/jwks`, subjects: 'account_email' },
  ];
  return createSunrise({
    features: { jwtAssertions: true },
    assertionIssuers,
    clients,
    apis,
    ports: () => ({ outbound: { send: (url, request) => outbound.send(url, request) } }),
    ...options,
  });
}

let platform: TestPlatform;
beforeEach(async () => {
  const text = JSON.stringify({ keys: [key.publicJwk] });
  outbound = { send: async () => ({ status: 200, text, maxAgeSeconds: undefined }) };
  platform = await open();
});
afterEach(() => platform.close());

let made = 0;

/** The claims of the HR system about Ada. Undefined leaves a claim out. */
function claims(over: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  const now = platform.clock.nowSeconds();
  made += 1;
  const all = {
    iss: hr,
    sub: ada,
    aud: platform.issuer,
    iat: now,
    exp: now + 60,
    jti: `jti-${made}`,
    ...over,
  };
  return JSON.parse(JSON.stringify(all)) as Record<string, unknown>;
}

const sign = (over: Readonly<Record<string, unknown>> = {}, by: Key = key, typ = 'JWT') =>
  signJwtSync(by, typ, claims(over));

function bring(assertion: string, words: Readonly<Record<string, string>> = {}, client = 'sync') {
  const form = { grant_type: jwtBearerGrant, assertion, resource: buildings, ...words };
  return platform.post('/token', form, client);
}

const adaId = () => platform.accounts.get(ada)?.id ?? '';

describe('the JWT bearer grant (RFC 7523 §2.1)', () => {
  it('gives an access token for the account that the issuer names, and no refresh token (RFC 7521 §4.1)', async () => {
    const answer = await bring(sign());
    expect(answer.status).toBe(200);
    expect(answer.json).toMatchObject({
      token_type: 'Bearer',
      scope: 'buildings:read measurements:read',
    });
    expect(Object.keys(answer.json).toSorted()).toEqual([
      'access_token',
      'expires_in',
      'scope',
      'token_type',
    ]);
    expect(claimsOf(answer.json['access_token'] as string)).toMatchObject({
      sub: adaId(),
      client_id: 'sync',
      aud: buildings,
    });
    expect(platform.events).toContainEqual(
      expect.objectContaining({
        type: 'assertion_grant.used',
        clientId: 'sync',
        accountId: adaId(),
        issuer: hr,
      }),
    );
  });

  it('finds the account by its id where the issuer’s subjects are account ids', async () => {
    const { json } = await bring(
      sign({ iss: ids, sub: adaId() }),
      { scope: 'buildings:read' },
      'narrow',
    );
    expect(claimsOf(json['access_token'] as string)['sub']).toBe(adaId());
  });

  it('accepts times with a fraction of a second (RFC 7519 §2), and the assertion once', async () => {
    const assertion = sign({ exp: platform.clock.nowSeconds() + 59.5 });
    expect((await bring(assertion)).status).toBe(200);
    expect((await bring(assertion)).json['error']).toBe('invalid_grant');
  });

  it('accepts an assertion of one hour from an issuer whose clock is half a minute ahead (§3, items 4 and 6)', async () => {
    const iat = platform.clock.nowSeconds() + 30;
    expect((await bring(sign({ iat, exp: iat + 3600 }))).status).toBe(200);
  });

  it('accepts an assertion without jti once, with any encoding of its signature (§3, item 7)', async () => {
    const assertion = sign({ jti: undefined });
    expect((await bring(assertion)).status).toBe(200);
    await expectInvalid(assertion, 'was used before');
    const payload = assertion.slice(0, assertion.lastIndexOf('.'));
    const again = signJwtSync(key, 'JWT', claimsOf(assertion));
    expect(again.startsWith(payload)).toBe(true);
    await expectInvalid(again, 'was used before');
  });

  it('takes two spellings of one e-mail address as one account', async () => {
    expect((await bring(sign({ sub: ada.toUpperCase() }))).status).toBe(200);
  });

  it('accepts an assertion by any of the issuer’s keys, each with its own algorithm', async () => {
    expect((await bring(sign({}, rsa))).status).toBe(200);
  });

  it('fetches keys from the address where the issuer publishes them', async () => {
    expect((await bring(sign({ iss: remote }))).status).toBe(200);
  });

  it.each(['JWT', 'authorization-grant+jwt', 'application/authorization-grant+jwt'])(
    'accepts the type %s',
    async (typ) => {
      expect((await bring(sign({}, key, typ))).status).toBe(200);
    },
  );

  it.each([
    ['the issuer', () => platform.issuer],
    ['the token endpoint', () => `${platform.issuer}/token`],
    ['the issuer among others', () => ['https://other.example', platform.issuer]],
  ])('accepts %s as aud (§3, item 3)', async (_, aud) => {
    expect((await bring(sign({ aud: aud() }))).status).toBe(200);
  });

  it('is listed on the account page, where the user can end it', async () => {
    const { json } = await bring(sign());
    const token = json['access_token'] as string;
    const grant = await platform.store.grants.load(adaId(), 'sync');
    expect(grant?.scopes).toEqual(['buildings:read', 'measurements:read']);
    const ask = async () => (await platform.post('/introspect', { token }, 'sync')).json['active'];
    expect(await ask()).toBe(true);
    await platform.store.grants.end(grant?.id ?? '', adaId(), platform.clock.nowSeconds());
    expect(await ask()).toBe(false);
  });

  it('gives only the scope that was requested', async () => {
    const { json } = await bring(sign(), { scope: 'measurements:read' });
    expect(json['scope']).toBe('measurements:read');
  });
});

/** invalid_grant for every reason (RFC 7521 §4.1.1). */
async function expectInvalid(assertion: string, note: string, client?: string) {
  const { status, json, reason } = await bring(assertion, {}, client);
  expect([status, json['error'], reason]).toEqual([400, 'invalid_grant', 'assertion_invalid']);
  expect(noteOf(platform)).toBe(note);
}

const foreignIssuer = 'this client may not send assertions of this iss';
const foreignAudience = 'aud must be the issuer or the token endpoint';
const noText = (claim: string) => `${claim} is missing, or is not a text of up to 500 characters`;

describe('a JWT bearer assertion is refused (RFC 7523 §3)', () => {
  it.each([
    ['aud must be the issuer or the token endpoint', { aud: 'https://other.example' }],
    ['exp must be at most 3600 seconds in the future', { exp: 1_790_000_000 + 3631 }],
    ['iat must not be in the future', { iat: 1_790_000_000 + 31 }],
    ['jti is missing, or is not a text of up to 500 characters', { jti: 7 }],
  ])(
    'and the client is told that %s, once its issuer has signed it (RFC 7521 §4.1.1)',
    async (told, over) => {
      const { json } = await bring(sign(over));
      expect(json['error_description']).toBe(`Assertion: ${told}.`);
      const other = await bring(sign(over, { ...stranger, kid: key.kid }));
      expect(other.json['error_description']).not.toContain(told);
    },
  );

  it.each([
    ['without iss (item 1)', { iss: undefined }, foreignIssuer],
    ['of an issuer that nobody declared', { iss: 'https://evil.example' }, foreignIssuer],
    ['of an issuer whose name begins alike', { iss: `${hr}.evil.example` }, foreignIssuer],
    ['without sub (item 2)', { sub: undefined }, noText('sub')],
    ['of nobody here', { sub: 'nobody@example.com' }, 'sub is not an active account'],
    ['of a subject that is no text', { sub: 7 }, noText('sub')],
    ['without aud (item 3)', { aud: undefined }, foreignAudience],
    ['for another server', { aud: 'https://other.example' }, foreignAudience],
    [
      'for an address that begins alike',
      { aud: 'https://as.example.evil.example' },
      foreignAudience,
    ],
    ['without exp (item 4)', { exp: undefined }, 'exp'],
    ['with an exp that is no number', { exp: '9999999999' }, 'exp'],
    [
      'with an exp too far ahead',
      { exp: 1_790_000_000 + 3631 },
      'exp must be at most 3600 seconds in the future',
    ],
    ['that has expired', { exp: 1_790_000_000 - 30 }, 'token_expired'],
    ['before its nbf (item 5)', { nbf: 1_790_000_000 + 31 }, 'token_not_yet_valid'],
    [
      'that was made in the future (item 6)',
      { iat: 1_790_000_000 + 31 },
      'iat must not be in the future',
    ],
    ['with a jti that is no text (item 7)', { jti: 7 }, noText('jti')],
    ['with an empty jti', { jti: '' }, noText('jti')],
    ['with an endless jti', { jti: 'x'.repeat(501) }, noText('jti')],
  ] as const)('because of %s', async (_, over, note) => {
    await expectInvalid(sign(over), note);
  });

  it('that is no JWT, is not signed (item 9), or has another signer', async () => {
    const [head = '', body = '', signature = ''] = sign().split('.');
    const none = Buffer.from('{"alg":"none","typ":"JWT"}').toString('base64url');
    await expectInvalid('nonsense', 'not three parts');
    for (const assertion of [`${head}.${body}.`, `${head}.${body}.${signature.slice(2)}AA`])
      await expectInvalid(assertion, 'token_signature_wrong');
    await expectInvalid(`${none}.${body}.`, 'no such key');
    await expectInvalid(sign({}, { ...stranger, kid: key.kid }), 'token_signature_wrong');
    await expectInvalid(sign({}, stranger), 'no such key');
  });

  it('that is one of our own tokens, or has the type of one', async () => {
    const form = { grant_type: 'client_credentials', resource: buildings };
    const own = await platform.post('/token', form, 'sync');
    await expectInvalid(own.json['access_token'] as string, 'token_type_wrong');
    for (const typ of ['at+jwt', 'logout+jwt', 'dpop+jwt', 'client-authentication+jwt'])
      await expectInvalid(sign({}, key, typ), 'token_type_wrong');
  });

  it('from a client that may not use this issuer', async () => {
    await expectInvalid(sign(), foreignIssuer, 'narrow');
  });

  it('for a disabled account', async () => {
    await platform.store.accounts.disable(adaId(), platform.clock.nowSeconds());
    await expectInvalid(sign(), 'sub is not an active account');
    await expectInvalid(sign({ iss: ids, sub: adaId() }), 'sub is not an active account');
  });

  it('for an address that is not verified, because any person could register it', async () => {
    const account = platform.accounts.get(grace);
    if (account === undefined) throw new Error('no account');
    const other = {
      ...account,
      id: 'usr_unchecked',
      email: 'x@y.example',
      emailKey: 'x@y.example',
      emailVerified: false,
    };
    await platform.store.accounts.add(other);
    await expectInvalid(sign({ sub: 'x@y.example' }), 'sub is not an active account');
    expect(
      (await bring(sign({ iss: ids, sub: 'usr_unchecked' }), { scope: 'buildings:read' })).status,
    ).toBe(200);
  });

  it.each(['ａda', 'ad\u1d43', ' ada', 'ada\u00a0'])(
    'for an address that only becomes one of ours by Unicode compatibility: %j',
    async (local) => {
      const emailKey = (email: string) =>
        email.normalize('NFKC').trim().toLowerCase().replace(/\s/g, '');
      const other = await open({
        ports: ({ accounts }) => ({ accounts: { ...accounts, emailKey } }),
      });
      const assertion = sign({ sub: ada.replace('ada', local) });
      const form = { grant_type: jwtBearerGrant, assertion, resource: buildings };
      const answer = await other.post('/token', form, 'sync');
      expect([answer.status, answer.json['error']]).toEqual([400, 'invalid_grant']);
      await other.close();
    },
  );

  it('at the second use, and of twenty uses at once one is accepted (item 7)', async () => {
    const once = sign();
    expect((await bring(once)).status).toBe(200);
    await expectInvalid(once, 'was used before');
    const raced = sign();
    const answers = await Promise.all(Array.from({ length: 20 }, () => bring(raced)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
  });

  it('without being spent when the request is refused for another reason', async () => {
    const assertion = sign();
    expect((await bring(assertion, { scope: 'nonsense' })).json['error']).toBe('invalid_scope');
    expect((await bring(assertion, { resource: 'https://nowhere.example' })).json['error']).toBe(
      'invalid_target',
    );
    expect((await bring(assertion)).status).toBe(200);
  });

  it('but not because another issuer used the same jti', async () => {
    expect((await bring(sign({ jti: 'same' }))).status).toBe(200);
    expect((await bring(sign({ jti: 'same', iss: remote }))).status).toBe(200);
  });

  it('until later when the issuer’s keys cannot be reached', async () => {
    outbound = { send: () => Promise.reject(new Error('unreachable')) };
    const answer = await bring(sign({ iss: remote }));
    expect(answer.status).toBe(503);
    expect(answer.headers['retry-after']).toBeDefined();
  });
});

describe('in a request with the JWT bearer grant,', () => {
  it('a client without the grant is unauthorized_client, and one that does not authenticate invalid_client', async () => {
    expect((await bring(sign(), {}, 'plain')).json['error']).toBe('unauthorized_client');
    const form = { grant_type: jwtBearerGrant, assertion: sign() };
    expect((await platform.post('/token', form)).json['error']).toBe('invalid_client');
  });

  it('each client is refused where the feature is off', async () => {
    await platform.close();
    platform = await open({ features: {} });
    expect((await bring(sign())).json['error']).toBe('unsupported_grant_type');
  });

  it('the parameter assertion is required', async () => {
    expect((await bring('')).json['error']).toBe('invalid_request');
  });
});

describe('the access of a JWT bearer token', () => {
  it('is within the client’s scopes', async () => {
    const assertion = sign({ iss: ids, sub: adaId() });
    const { json } = await bring(assertion, { scope: 'measurements:read' }, 'narrow');
    expect(json['error']).toBe('invalid_scope');
  });

  it('is within the APIs that the issuer may give access to', async () => {
    const words = { resource: billing, scope: 'invoices:read' };
    expect((await bring(sign({ iss: ids, sub: adaId() }), words)).json['error']).toBe(
      'invalid_target',
    );
    expect((await bring(sign(), words)).status).toBe(200);
  });

  it('is for neither the server’s own API nor userinfo', async () => {
    const client = await platform.store.clients.load('sync');
    if (client === undefined) throw new Error('no client');
    await platform.store.clients.save({ ...client, scopes: ['openid', 'permissions:write'] });
    const admin = `${platform.issuer}/admin`;
    const words = { resource: admin, scope: 'permissions:write' };
    expect((await bring(sign(), words)).json['error']).toBe('invalid_target');
    expect((await bring(sign(), { resource: '', scope: 'openid' })).json['error']).toBe(
      'invalid_target',
    );
  });
});

describe('the configuration of assertion issuers', () => {
  const issuer = 'https://as.example';

  it.each([
    ['without keys', { issuer: hr, subjects: 'account_email' }, 'jwks'],
    ['twice', { issuer: hr, subjects: 'account_email', jwksUri: `${hr}/jwks` }, 'issuer'],
    ['this server itself', { issuer, subjects: 'account_email', jwksUri: `${hr}/jwks` }, 'issuer'],
    [
      'keys by http',
      { issuer: ids, subjects: 'account_email', jwksUri: 'http://x.example/' },
      'jwksUri',
    ],
    [
      'no usable key',
      { issuer: ids, subjects: 'account_email', jwks: { keys: [{ kty: 'oct', k: 'x' }] } },
      'jwks',
    ],
    [
      'another kind of subject',
      { issuer: ids, subjects: 'name', jwksUri: `${hr}/jwks` },
      'subjects',
    ],
  ] as const)('is refused with %s', async (_, second, member) => {
    const first = { issuer: hr, subjects: 'account_email', jwksUri: `${hr}/jwks` } as const;
    const assertionIssuers = [first, second as AssertionIssuer];
    expect(() => resolveOptions({ issuer, assertionIssuers })).toThrow(
      `assertionIssuers[1].${member}: `,
    );
  });
});
