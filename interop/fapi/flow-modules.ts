/**
 * FAPI 2.0 Security Profile, Final: the modules of both test plans about the flow, the request, the
 * code and the refresh token.
 */
import { decodeJwt, decodeProtectedHeader } from 'jose';
import { expect } from 'vitest';
import { ada, type Bench, type BenchClient, callback, type Words } from './bench.ts';
import { expectRefused, type Module } from './modules.ts';

/**
 * Of every module that ends well: the answer has its issuer, state and code, and the tokens are
 * what they should be.
 */
async function flow(
  bench: Bench,
  words: Words = {},
  client: BenchClient = bench.first,
): Promise<void> {
  const attempt = await bench.authorize(client, words);
  expect([...attempt.told.keys()].toSorted()).toEqual(
    ['code', 'iss', ...(attempt.words['state'] === undefined ? [] : ['state'])].toSorted(),
  );
  expect(attempt.told.get('iss')).toBe(bench.issuer);
  expect(attempt.told.get('state') ?? undefined).toBe(attempt.words['state']);
  const { status, headers, json } = await bench.redeem(client, attempt);
  expect([status, json]).toEqual([200, expect.objectContaining({ token_type: 'DPoP' })]);
  expect(headers.get('cache-control')).toContain('no-store');
  expect(json['expires_in']).toBeTypeOf('number');
  const idToken = String(json['id_token']);
  expect(['PS256', 'ES256', 'EdDSA']).toContain(decodeProtectedHeader(idToken).alg);
  const claims = decodeJwt(idToken);
  expect(claims).toMatchObject({ iss: bench.issuer, aud: client.id });
  expect(claims['nonce']).toBe(attempt.words['nonce']);
  const person = await bench.resource(client, String(json['access_token']));
  expect([person.status, person.json['sub']]).toEqual([200, claims.sub]);
}

async function expectNotPushed(
  bench: Bench,
  words: Words,
  errors = ['invalid_request'],
): Promise<void> {
  expectRefused(await bench.push(bench.first, bench.request(bench.first, words).words), errors);
}

/**
 * An error at PAR is what a server does that checks there; at the authorization endpoint it would
 * be a page or an answer.
 */
const badRequest = ['invalid_request', 'invalid_request_object'];
const badGrant = ['invalid_grant'];

export const flowModules: readonly Module[] = [
  ['happy-flow', (bench) => flow(bench)],
  ['happy-flow with the second client', (bench) => flow(bench, {}, bench.second)],
  [
    'user-rejects-authentication',
    async (bench) => {
      const { words } = bench.request(bench.first, { prompt: 'consent' });
      const { json } = await bench.push(bench.first, words);
      const back = await bench
        .visitor()
        .authorize(bench.link(bench.first, json['request_uri']), ada, { answer: 'deny' });
      const told = await bench.told(back);
      expect(Object.fromEntries(told)).toMatchObject({
        error: 'access_denied',
        state: words['state'],
        iss: bench.issuer,
      });
    },
  ],
  [
    'ensure-authorization-request-without-state-success',
    (bench) => flow(bench, { state: undefined }),
  ],
  [
    'ensure-authorization-request-without-nonce-success',
    (bench) => flow(bench, { nonce: undefined }),
  ],
  [
    'ensure-authorization-request-with-64-char-nonce-success',
    (bench) => flow(bench, { nonce: 'n'.repeat(64) }),
  ],
  [
    'ensure-authorization-request-with-long-nonce',
    (bench) => flow(bench, { nonce: 'n'.repeat(384) }),
  ],
  [
    'ensure-authorization-request-with-long-state',
    (bench) => flow(bench, { state: 's'.repeat(1000) }),
  ],
  [
    'ensure-other-scope-order-succeeds',
    (bench) => flow(bench, { scope: 'accounts offline_access openid' }),
  ],
  [
    'test-claims-parameter-identity-claims',
    async (bench) => {
      expect(bench.metadata['claims_parameter_supported']).toBe(true);
      const claims = { name: { essential: true }, email: null, nobody_knows_it: null };
      const tokens = await bench.connect(bench.first, {
        claims: JSON.stringify({ userinfo: claims, id_token: claims }),
        scope: 'openid profile email',
      });
      const known = { name: 'Ada Lovelace', email: ada.email };
      expect(decodeJwt(tokens['id_token'] ?? '')).toMatchObject(known);
      const person = await bench.resource(bench.first, tokens['access_token'] ?? '');
      expect(person.json).toMatchObject(known);
      expect(person.json).not.toHaveProperty('nobody_knows_it');
    },
  ],
  [
    'par-without-duplicate-parameters',
    async (bench) => {
      const { link } = await bench.authorize(bench.first);
      expect([...link.searchParams.keys()]).toEqual(['client_id', 'request_uri']);
    },
  ],
  [
    'ensure-registered-redirect-uri',
    (bench) => expectNotPushed(bench, { redirect_uri: `${callback}/elsewhere` }),
  ],
  [
    'ensure-redirect-uri-in-authorization-request',
    (bench) => expectNotPushed(bench, { redirect_uri: undefined }),
  ],
  [
    'ensure-unsigned-authorization-request-without-using-par-fails',
    async (bench) => {
      const { words } = bench.request(bench.first);
      const address = new URL(
        `${bench.issuer}/authorize?${new URLSearchParams(words as Record<string, string>)}`,
      );
      const arrival = await bench.visitor().go(address);
      if (arrival.kind === 'page') expect(arrival.page.status).toBe(400);
      else expect((await bench.told(arrival.address)).get('error')).toBe('invalid_request');
    },
  ],
  [
    'ensure-response-type-code-idtoken-fails',
    (bench) =>
      expectNotPushed(bench, { response_type: 'code id_token' }, [
        'unsupported_response_type',
        ...badRequest,
      ]),
  ],
  [
    'ensure-response-type-token-fails',
    (bench) =>
      expectNotPushed(bench, { response_type: 'token' }, [
        'unsupported_response_type',
        ...badRequest,
      ]),
  ],
  [
    'ensure-client-id-in-token-endpoint',
    async (bench) => {
      const attempt = await bench.authorize(bench.first);
      const assertion = await bench.assertion(bench.second, { key: bench.first.key });
      const words = { ...assertion, client_id: bench.second.id };
      expectRefused(await bench.redeem(bench.first, attempt, { words }), [
        'invalid_client',
        'invalid_grant',
      ]);
    },
  ],
  [
    'ensure-authorization-code-is-bound-to-client',
    async (bench) => {
      const attempt = await bench.authorize(bench.first);
      expectRefused(await bench.redeem(bench.second, attempt), badGrant);
    },
  ],
  [
    'attempt-reuse-authorization-code-after-one-second',
    async (bench) => {
      const attempt = await bench.authorize(bench.first);
      const { json } = await bench.redeem(bench.first, attempt);
      expectRefused(await bench.redeem(bench.first, attempt), badGrant);
      // RFC 6749 §4.1.2: all tokens of it, too; of a signed access token the server's own endpoints
      // know it.
      expectRefused(await bench.refresh(bench.first, json['refresh_token']), badGrant);
      const token = String(json['access_token']);
      expect((await bench.resource(bench.first, token)).status).toBe(401);
      // An API of the bench asks by introspection, and keeps no answer.
      const form = { token, ...(await bench.assertion(bench.service)) };
      const { json: told } = await bench.post('/introspect', form);
      const signed = bench.isSigned ? decodeJwt(String(told['text']))['token_introspection'] : told;
      expect(signed).toEqual({ active: false });
    },
  ],
  [
    'refresh-token',
    async (bench) => {
      const first = await bench.connect(bench.first);
      expect(first['refresh_token']).toMatch(/^[\x20-\x7e]+$/);
      const second = await bench.refresh(bench.first, first['refresh_token']);
      expect(second.status).toBe(200);
      // Security Profile §5.3.2.1: no rotation.
      expect(second.json['refresh_token'] ?? first['refresh_token']).toBe(first['refresh_token']);
      expect((await bench.resource(bench.first, String(second.json['access_token']))).status).toBe(
        200,
      );
      expectRefused(await bench.refresh(bench.first, first['refresh_token'], 'none'), [
        'invalid_request',
        'invalid_grant',
        'invalid_client',
      ]);
      const others = await bench.connect(bench.second);
      expectRefused(await bench.refresh(bench.first, others['refresh_token']), badGrant);
    },
  ],
  [
    'par-ensure-reused-request-uri-prior-to-auth-completion-succeeds',
    async (bench) => {
      const asked = bench.request(bench.first);
      const { json } = await bench.push(bench.first, asked.words);
      const link = bench.link(bench.first, json['request_uri']);
      const visitor = bench.visitor();
      expect((await visitor.go(link)).kind).toBe('page');
      expect((await bench.told(await visitor.authorize(link, ada))).has('code')).toBe(true);
    },
  ],
  [
    'par-attempt-reuse-request_uri',
    async (bench) => {
      const { link, visitor } = await bench.authorize(bench.first);
      const arrival = await visitor.go(link);
      if (arrival.kind === 'page') expect(arrival.page.status).toBe(400);
      else expect((await bench.told(arrival.address)).get('error')).toBe('invalid_request_uri');
    },
  ],
  [
    'par-ensure-request-uri-is-bound-to-client',
    async (bench) => {
      const { json } = await bench.push(bench.first, bench.request(bench.first).words);
      const arrival = await bench.visitor().go(bench.link(bench.second, json['request_uri']));
      expect(arrival.kind === 'page' && arrival.page.status).toBe(400);
    },
  ],
  [
    'par-authorization-request-containing-request_uri-form-param',
    async (bench) => {
      const words = await bench.pushed(bench.first, bench.request(bench.first).words);
      const request_uri = 'urn:ietf:params:oauth:request_uri:abc';
      const answer = await bench.post('/par', {
        ...words,
        request_uri,
        ...(await bench.assertion(bench.first)),
      });
      expectRefused(answer, badRequest);
    },
  ],
  [
    'par-attempt-invalid-http-method',
    async (bench) =>
      expect((await bench.send(`${bench.issuer}/par`, { method: 'PUT' })).status).toBe(405),
  ],
  ['par-ensure-pkce-required', (bench) => expectNotPushed(bench, { code_challenge: undefined })],
  [
    'par-ensure-plain-pkce-rejected',
    (bench) => expectNotPushed(bench, { code_challenge_method: 'plain' }),
  ],
  [
    'par-ensure-plain-pkce-rejected, also where the method is left out',
    (bench) => expectNotPushed(bench, { code_challenge_method: undefined }),
  ],
  [
    'par-ensure-pkce-code-verifier-required',
    async (bench) => {
      const attempt = await bench.authorize(bench.first);
      const words = { code_verifier: undefined };
      expectRefused(await bench.redeem(bench.first, attempt, { words }), badGrant, [400]);
    },
  ],
  [
    'par-incorrect-pkce-code-verifier-rejected',
    async (bench) => {
      const attempt = await bench.authorize(bench.first);
      const words = { code_verifier: 'a'.repeat(43) };
      expectRefused(await bench.redeem(bench.first, attempt, { words }), badGrant);
    },
  ],
  [
    'the code and the request_uri are short-lived, so a module that waits for their end sees it (§5.3.2.1-13, §5.3.2.2-10)',
    async (bench) => {
      const { json } = await bench.push(bench.first, bench.request(bench.first).words);
      expect(json['expires_in']).toBeLessThan(600);
      expect(json['request_uri']).toMatch(/^urn:ietf:params:oauth:request_uri:[\w-]{22,}$/);
    },
  ],
  [
    'the pages answer a form by 303, never 307 (§5.3.2.2-11)',
    async (bench) => {
      const { json } = await bench.push(bench.first, bench.request(bench.first).words);
      const link = bench.link(bench.first, json['request_uri']);
      const answer = await bench.send(link.href);
      expect(answer.status).toBe(303);
    },
  ],
];
