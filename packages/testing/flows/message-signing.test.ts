/** FAPI 2.0 Message Signing, as far as the authorization request goes: pushed, signed, and answered signed; nothing less is taken. */
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
let platform: TestPlatform;
beforeAll(async () => {
  platform = await createAuthorizePlatform({
    profile: 'fapi-2-message-signing',
    token_endpoint_auth_method: 'private_key_jwt',
    jwks: { keys: [heatlensKey.jwk, rsa.jwk] },
  });
});
afterAll(() => platform.close());

/** RFC 7523 §2.2. */
function credentials(): Record<string, string> {
  const now = platform.clock.nowSeconds();
  const claims = {
    iss: 'heatlens',
    sub: 'heatlens',
    aud: platform.issuer,
    jti: randomUUID(),
    iat: now,
    exp: now + 60,
  };
  return {
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: signJwtSync(heatlensKey, 'JWT', claims),
  };
}

const pushForm = (form: Readonly<Record<string, string>>): Promise<Answer> =>
  platform.browser().post('/par', { ...credentials(), ...form });
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

it('without response_mode the answer is signed all the same', async () => {
  const pushed = await pushForm({ request: signObject(platform) });
  const link = shortLink({ request_uri: String(pushed.json['request_uri']) });
  expect(toldIn(await goThrough(platform, link)).has('response')).toBe(true);
});

describe('nothing less is taken', () => {
  it('a request in the open, signed or not, is refused; and the refusal is signed, too', async () => {
    for (const link of [authorizeLink(), shortLink({ request: signObject(platform) })]) {
      const told = toldIn(await platform.browser().get(link));
      expect([...told.keys()]).toEqual(['response']);
      expect(claimsOf(told.get('response') ?? '')).toMatchObject({
        error: 'invalid_request',
        state: 'af0ifjsldkj',
      });
    }
  });

  const cases: readonly [string, () => Promise<Answer>, string][] = [
    ['a push that is not signed', () => pushForm(requestWords({ response_mode: 'jwt' })), 'invalid_request'],
    ['an answer in the clear', () => pushObject({ response_mode: 'query' }), 'invalid_request'],
    [
      'another response type',
      () => pushObject({ response_type: 'code id_token' }),
      'unsupported_response_type',
    ],
    ['an algorithm that the profile refuses', () => pushObject({}, { key: rsa }), 'invalid_request_object'],
    ['an object without its type', () => pushObject({}, { typ: 'JWT' }), 'invalid_request_object'],
    ['an object without iss', () => pushObject({}, { claims: { iss: undefined } }), 'invalid_request_object'],
    ['an object without aud', () => pushObject({}, { claims: { aud: undefined } }), 'invalid_request_object'],
    ['an object without nbf', () => pushObject({}, { claims: { nbf: undefined } }), 'invalid_request_object'],
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

  it('a client that proves itself by a secret', async () => {
    const answer = await platform
      .browser()
      .post('/par', { ...requestWords(), client_secret: 'x'.repeat(43) });
    expect([answer.status, answer.json['error']]).toEqual([401, 'invalid_client']);
  });
});
