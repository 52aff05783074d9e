/**
 * FAPI 2.0 Message Signing, Final: the modules about signed requests, signed answers and signed
 * introspection.
 */
import { decodeJwt, decodeProtectedHeader } from 'jose';
import { expect } from 'vitest';
import { ada, type Bench, type Changes, type Words } from './bench.ts';
import { makeKey, nowSeconds } from './keys.ts';
import { expectRefused, type Module } from './modules.ts';

const badObject = ['invalid_request', 'invalid_request_object'];

async function pushChanged(bench: Bench, object: Changes, words: Words = {}) {
  const asked = bench.request(bench.first, words);
  return bench.push(bench.first, asked.words, { object });
}

const refused: readonly (readonly [name: string, (bench: Bench) => Changes])[] = [
  ['ensure-request-object-without-exp-fails', () => ({ claims: { exp: undefined } })],
  ['ensure-request-object-without-nbf-fails', () => ({ claims: { nbf: undefined } })],
  [
    'ensure-request-object-without-redirect_uri-fails',
    () => ({ claims: { redirect_uri: undefined } }),
  ],
  [
    'ensure-expired-request-object-fails',
    () => ({ claims: { nbf: nowSeconds() - 600, exp: nowSeconds() - 300 } }),
  ],
  [
    'ensure-request-object-with-bad-aud-fails',
    () => ({ claims: { aud: 'https://www.other1.example.com/' } }),
  ],
  ['ensure-request-object-without-aud-fails', () => ({ claims: { aud: undefined } })],
  [
    'ensure-request-object-with-exp-over-60-fails',
    () => ({ claims: { exp: nowSeconds() + 70 * 60 } }),
  ],
  [
    'ensure-request-object-with-nbf-over-60-fails',
    () => ({ claims: { nbf: nowSeconds() - 70 * 60 } }),
  ],
  [
    'ensure-signed-request-object-with-RS256-fails',
    ({ rsa }) => ({ header: { alg: 'RS256' }, key: rsa }),
  ],
  ['ensure-request-object-signature-algorithm-is-not-none', () => ({ text: withoutSignature })],
  [
    'ensure-request-object-with-invalid-signature-fails',
    () => ({
      text: (jwt) => `${jwt.slice(0, -8)}${jwt.endsWith('AAAAAAAA') ? 'BBBBBBBB' : 'AAAAAAAA'}`,
    }),
  ],
  ['ensure-matching-key-in-authorization-request', ({ second }) => ({ key: second.key })],
  ['a request object of a key that nobody knows', () => ({ key: makeKey('ES256') })],
  ['a request object of another type (RFC 9101 §10.8)', () => ({ header: { typ: 'JWT' } })],
  [
    'par-authorization-request-containing-request_uri',
    () => ({ claims: { request_uri: 'urn:ietf:params:oauth:request_uri:abc' } }),
  ],
];

function withoutSignature(jwt: string): string {
  const [, body = ''] = jwt.split('.');
  const header = { alg: 'none', typ: 'oauth-authz-req+jwt' };
  return `${Buffer.from(JSON.stringify(header)).toString('base64url')}.${body}.`;
}

/** RFC 9101 §6.3: what stands beside the object does not count. */
async function expectInside(bench: Bench, more: Words): Promise<void> {
  const { told, words, verifier } = await bench.authorize(bench.first, {}, { more });
  expect(told.get('state')).toBe(words['state']);
  const { json } = await bench.redeem(bench.first, { told, verifier });
  expect(decodeJwt(String(json['id_token']))['nonce']).toBe(words['nonce']);
}

export const signingModules: readonly Module[] = [
  ...refused.map(
    ([name, changes]): Module => [
      name,
      async (bench) => expectRefused(await pushChanged(bench, changes(bench)), badObject),
    ],
  ),
  [
    'ensure-server-accepts-request-object-with-multiple-aud',
    async (bench) => {
      const aud = [bench.issuer, 'https://www.other1.example.com/'];
      expect((await pushChanged(bench, { claims: { aud } })).status).toBe(201);
    },
  ],
  [
    'ensure-request-object-with-nbf-8-seconds-in-the-future-is-accepted',
    async (bench) =>
      expect((await pushChanged(bench, { claims: { nbf: nowSeconds() + 8 } })).status).toBe(201),
  ],
  [
    'ensure-unsigned-request-at-par-endpoint-fails',
    async (bench) => {
      const { words } = bench.request(bench.first);
      const answer = await bench.post('/par', {
        ...words,
        ...(await bench.assertion(bench.first)),
      });
      expectRefused(answer, badObject);
    },
  ],
  ...(['state', 'nonce'] as const).map(
    (name): Module => [
      `ensure-different-${name}-inside-and-outside-request-object`,
      (bench) => expectInside(bench, { [name]: 'outside' }),
    ],
  ),
  [
    'state-only-outside-request-object-not-used',
    async (bench) => {
      const { told } = await bench.authorize(
        bench.first,
        { state: undefined },
        { more: { state: 'outside' } },
      );
      expect([told.has('state'), told.has('code')]).toEqual([false, true]);
    },
  ],
  [
    'the answer is a JWT alone: issuer, audience, end of at most ten minutes, and the algorithm of the client (JARM §2.1)',
    async (bench) => {
      const { back } = await bench.authorize(bench.first);
      expect([...back.searchParams.keys()]).toEqual(['response']);
      const response = back.searchParams.get('response') ?? '';
      expect(decodeProtectedHeader(response).alg).toBe('ES256');
      const { exp = 0, iss, aud, code } = decodeJwt(response);
      expect([iss, aud, typeof code]).toEqual([bench.issuer, bench.first.id, 'string']);
      expect(exp).toBeGreaterThan(nowSeconds());
      expect(exp).toBeLessThanOrEqual(nowSeconds() + 600);
    },
  ],
  [
    'a refusal is signed, too (JARM §2.2)',
    async (bench) => {
      const { words } = bench.request(bench.first, { prompt: 'none' });
      const { json } = await bench.push(bench.first, words);
      const back = await bench
        .visitor()
        .authorize(bench.link(bench.first, json['request_uri']), ada);
      expect([...back.searchParams.keys()]).toEqual(['response']);
      expect(Object.fromEntries(await bench.told(back))).toMatchObject({
        error: 'login_required',
        state: words['state'],
      });
    },
  ],
  [
    'happy-flow, with fapi_response_mode=plain_response',
    async (bench) => {
      const { words } = bench.request(bench.first, { response_mode: undefined });
      const { json } = await bench.push(bench.first, words);
      const back = await bench
        .visitor()
        .authorize(bench.link(bench.first, json['request_uri']), ada);
      expect([...back.searchParams.keys()].toSorted()).toEqual(['code', 'iss', 'state']);
      expect(back.searchParams.get('state')).toBe(words['state']);
    },
  ],
  [
    'happy-flow, with a request object that has no typ, as SignRequestObject makes it',
    async (bench) =>
      expect((await pushChanged(bench, { header: { typ: undefined } })).status).toBe(201),
  ],
  [
    'introspection is answered by a signed token (Message Signing §5.5; RFC 9701 §5)',
    async (bench) => {
      const { access_token: token = '' } = await bench.connect(bench.first);
      const form = { token, ...(await bench.assertion(bench.service)) };
      const { status, headers, json } = await bench.post('/introspect', form, {
        accept: 'application/token-introspection+jwt',
      });
      expect([status, headers.get('content-type')]).toEqual([
        200,
        expect.stringContaining('application/token-introspection+jwt'),
      ]);
      const answer = String(json['text']);
      expect(decodeProtectedHeader(answer)).toMatchObject({
        typ: 'token-introspection+jwt',
        alg: 'ES256',
      });
      expect(decodeJwt(answer)).toMatchObject({
        iss: bench.issuer,
        aud: bench.service.id,
        token_introspection: { active: true, client_id: bench.first.id },
      });
    },
  ],
  [
    'discovery-end-point-verification, its part about signing',
    async ({ metadata }) =>
      expect(metadata).toMatchObject({
        request_parameter_supported: true,
        require_signed_request_object: true,
        response_modes_supported: expect.arrayContaining(['jwt']),
        authorization_signing_alg_values_supported: expect.arrayContaining(['ES256']),
        introspection_signing_alg_values_supported: expect.arrayContaining(['ES256']),
      }),
  ],
];
