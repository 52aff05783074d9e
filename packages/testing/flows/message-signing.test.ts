/**
 * FAPI 2.0 Message Signing for the authorization request: pushed, signed, and with a signed answer.
 * Everything else is refused.
 */
import { randomUUID } from 'node:crypto';
import { signJwtSync } from '@keywright/jwt';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Answer, TestPlatform } from '../src/index.ts';
import {
  createAuthorizePlatform,
  goThrough,
  heatlensKey,
  makeClientKey,
  type ObjectWords,
  requestWords,
  shortLink,
  signObject,
  toldIn,
} from './authorize-setting.ts';
import { authorizeLink, claimsOf, headerOf, type Words } from './sunrise.ts';

const rsa = makeClientKey('RS256');
const client = {
  profile: 'fapi-2-message-signing',
  token_endpoint_auth_method: 'private_key_jwt',
  jwks: { keys: [heatlensKey.jwk, rsa.jwk] },
} as const;
let platform: TestPlatform;
beforeAll(async () => {
  platform = await createAuthorizePlatform(client);
});
afterAll(() => platform.close());

/** RFC 7523 §2.2. */
function credentials(at: TestPlatform): Record<string, string> {
  const now = at.clock.nowSeconds();
  const claims = {
    iss: 'heatlens',
    sub: 'heatlens',
    aud: at.issuer,
    jti: randomUUID(),
    iat: now,
    exp: now + 60,
  };
  return {
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: signJwtSync(heatlensKey, 'JWT', claims),
  };
}

const pushForm = (form: Readonly<Record<string, string>>, at = platform): Promise<Answer> =>
  at.browser().post('/par', { ...credentials(at), ...form });
const pushObject = (words: Words = {}, object: ObjectWords = {}): Promise<Answer> =>
  pushForm({ request: signObject(platform, { response_mode: 'jwt', ...words }, object) });

it('a pushed, signed request is answered by a signed response, with an algorithm of the profile', async () => {
  const pushed = await pushObject();
  expect([pushed.status, pushed.body]).toEqual([201, expect.any(String)]);
  const link = shortLink({ request_uri: String(pushed.json['request_uri']) });
  const told = toldIn(await goThrough(platform, link));
  const response = told.get('response') ?? '';
  expect([...told.keys()]).toEqual(['response']);
  expect(headerOf(response)['alg']).toBe('ES256');
  expect(claimsOf(response)).toMatchObject({
    aud: 'heatlens',
    code: expect.any(String),
    state: 'af0ifjsldkj',
  });
});

it('a request that asks for no signed response gets a plain one (the variant plain_response of the suite)', async () => {
  const pushed = await pushForm({ request: signObject(platform) });
  const link = shortLink({ request_uri: String(pushed.json['request_uri']) });
  const told = toldIn(await goThrough(platform, link));
  expect([told.has('response'), told.has('code'), told.get('iss')]).toEqual([
    false,
    true,
    platform.issuer,
  ]);
});

it('a request object needs no type (RFC 9101 §4)', async () => {
  const pushed = await pushObject({}, { typ: undefined });
  expect([pushed.status, pushed.body]).toEqual([201, expect.any(String)]);
});

describe('signed responses are a separate option (§5.1):', () => {
  it('a client that registered only signed response modes gets no other', async () => {
    const strict = await createAuthorizePlatform({ ...client, response_modes: ['jwt'] });
    const plain = await pushForm(
      { request: signObject(strict, { response_mode: 'query' }) },
      strict,
    );
    expect([plain.status, plain.json['error']]).toEqual([400, 'invalid_request']);
    const pushed = await pushForm({ request: signObject(strict) }, strict);
    const link = shortLink({ request_uri: String(pushed.json['request_uri']) });
    expect([...toldIn(await goThrough(strict, link)).keys()]).toEqual(['response']);
    expect([...toldIn(await strict.browser().get(authorizeLink())).keys()]).toEqual(['response']);
    await strict.close();
  });

  it('a server may leave them out, and then announces none', async () => {
    const without = await createAuthorizePlatform(
      { token_endpoint_auth_method: 'private_key_jwt' },
      { profile: 'fapi-2-message-signing', features: { securedResponses: false } },
    );
    const { json } = await without.browser().get('/.well-known/openid-configuration');
    expect(json['response_modes_supported']).toEqual(['query', 'fragment', 'form_post']);
    const asked = await pushForm(
      { request: signObject(without, { response_mode: 'jwt' }) },
      without,
    );
    expect([asked.status, asked.json['error']]).toEqual([400, 'invalid_request']);
    expect((await pushForm({ request: signObject(without) }, without)).status).toBe(201);
    await without.close();
  });
});

describe('a request with less than the profile demands is refused:', () => {
  const inTheOpen: readonly [string, (words: Words) => string][] = [
    ['unsigned', authorizeLink],
    ['signed', (words) => shortLink({ request: signObject(platform, words) })],
  ];
  it.each(inTheOpen)(
    'a request with its parameters in the address, %s, and the refusal is signed only where that was requested',
    async (_, link) => {
      const refused = { error: 'invalid_request', state: 'af0ifjsldkj' };
      const plain = toldIn(await platform.browser().get(link({})));
      expect(Object.fromEntries(plain)).toMatchObject(refused);
      const told = toldIn(await platform.browser().get(link({ response_mode: 'jwt' })));
      expect([...told.keys()]).toEqual(['response']);
      expect(claimsOf(told.get('response') ?? '')).toMatchObject(refused);
    },
  );

  const cases: readonly [string, () => Promise<Answer>, string][] = [
    [
      'a push that is not signed',
      () => pushForm(requestWords({ response_mode: 'jwt' })),
      'invalid_request',
    ],
    [
      'an object without redirect_uri',
      () => pushObject({ redirect_uri: undefined }),
      'invalid_request',
    ],
    [
      'the same of a request without openid',
      () => pushObject({ redirect_uri: undefined, scope: 'measurements:read' }),
      'invalid_request',
    ],
    [
      'another response type',
      () => pushObject({ response_type: 'code id_token' }),
      'unsupported_response_type',
    ],
    [
      'an algorithm that the profile refuses',
      () => pushObject({}, { key: rsa }),
      'invalid_request_object',
    ],
    ['an object of another type', () => pushObject({}, { typ: 'JWT' }), 'invalid_request_object'],
    [
      'an object without exp',
      () => pushObject({}, { claims: { exp: undefined } }),
      'invalid_request_object',
    ],
    [
      'an object without iss',
      () => pushObject({}, { claims: { iss: undefined } }),
      'invalid_request_object',
    ],
    [
      'an object without aud',
      () => pushObject({}, { claims: { aud: undefined } }),
      'invalid_request_object',
    ],
    [
      'an object without nbf',
      () => pushObject({}, { claims: { nbf: undefined } }),
      'invalid_request_object',
    ],
    [
      'an object that began too long ago',
      () => pushObject({}, { claims: { nbf: platform.clock.nowSeconds() - 3601 } }),
      'invalid_request_object',
    ],
    [
      'an object that lives too long',
      () => pushObject({}, { claims: { exp: platform.clock.nowSeconds() + 3601 } }),
      'invalid_request_object',
    ],
  ];
  it.each(cases)('%s', async (_name, push, error) => {
    const answer = await push();
    expect([answer.status, answer.json['error']]).toEqual([400, error]);
  });

  it('a client that authenticates by a secret', async () => {
    const answer = await platform
      .browser()
      .post('/par', { ...requestWords(), client_secret: 'x'.repeat(43) });
    expect([answer.status, answer.json['error']]).toEqual([401, 'invalid_client']);
  });
});
