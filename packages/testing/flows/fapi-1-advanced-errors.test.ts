/**
 * Refusals of FAPI 1.0 Advanced with their codes, which its test plan expects
 * (fapi1-advanced-final-…).
 */
import { refusal, type RefusalReason } from '@keywright/wire';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSelfSigned } from '../../jwt/src/testing-parts/certificates.ts';
import type { Answer, TestPlatform } from '../src/index.ts';
import {
  heatlensKey,
  makeClientKey,
  type ObjectWords,
  requestWords,
  shortLink,
  toldIn,
} from './authorize-setting.ts';
import {
  authorize,
  createFapi1,
  objectOf,
  push,
  redeem,
  type RequestMethod,
  send,
  wishes,
} from './fapi-1-setting.ts';
import { authorizeLink, claimsOf, tokensOf, verifier, type Words } from './sunrise.ts';

const rsa = makeClientKey('RS256');
const other = makeClientKey();
const ahead = createSelfSigned({ subject: [['CN', 'somebody else']] });
let platform: TestPlatform;
beforeAll(async () => {
  platform = await createFapi1({ jwks: { keys: [heatlensKey.jwk, rsa.jwk] } });
});
afterAll(() => platform.close());

const now = () => platform.clock.nowSeconds();
const hybrid = wishes.plain_response;

/** The error of any answer: to the push, on a page, or at the redirect URI, signed or not. */
function errorIn(answer: Answer): unknown {
  if (answer.status === 400) {
    const { error, reason } = answer.json as {
      readonly error?: string;
      readonly reason?: RefusalReason;
    };
    return error ?? (reason === undefined ? undefined : refusal(reason).error);
  }
  const told = toldIn(answer);
  const response = told.get('response');
  return response === null ? told.get('error') : claimsOf(response)['error'];
}

describe('with FAPI 1.0 Advanced, a request object (§5.2.2-1, -10, -13, -15, -17; §8.6)', () => {
  const cases: readonly [string, Words, () => ObjectWords, string][] = [
    [
      'ensure-request-object-without-exp-fails',
      {},
      () => ({ claims: { exp: undefined } }),
      'invalid_request_object',
    ],
    [
      'ensure-request-object-without-nbf-fails',
      {},
      () => ({ claims: { nbf: undefined } }),
      'invalid_request_object',
    ],
    [
      'ensure-request-object-without-scope-fails',
      { scope: undefined },
      () => ({}),
      'invalid_request',
    ],
    [
      'ensure-request-object-without-nonce-fails',
      { nonce: undefined },
      () => ({}),
      'invalid_request',
    ],
    [
      'without state, and without openid',
      { scope: 'buildings:read', state: undefined, response_type: 'code', response_mode: 'jwt' },
      () => ({}),
      'invalid_request',
    ],
    [
      'ensure-request-object-without-redirect-uri-fails',
      { redirect_uri: undefined },
      () => ({}),
      'invalid_request',
    ],
    [
      'ensure-registered-redirect-uri',
      { redirect_uri: 'https://evil.example/' },
      () => ({}),
      'invalid_request',
    ],
    [
      'ensure-expired-request-object-fails',
      {},
      () => ({ claims: { nbf: now() - 400, exp: now() - 100 } }),
      'invalid_request_object',
    ],
    [
      'ensure-request-object-with-bad-aud-fails',
      {},
      () => ({ claims: { aud: 'https://other.example' } }),
      'invalid_request_object',
    ],
    [
      'ensure-request-object-with-exp-over-60-fails',
      {},
      () => ({ claims: { exp: now() + 70 * 60 } }),
      'invalid_request_object',
    ],
    [
      'ensure-request-object-with-nbf-over-60-fails',
      {},
      () => ({ claims: { nbf: now() - 70 * 60 } }),
      'invalid_request_object',
    ],
    [
      'ensure-signed-request-object-with-RS256-fails',
      {},
      () => ({ key: rsa }),
      'invalid_request_object',
    ],
    [
      'ensure-matching-key-in-authorization-request',
      {},
      () => ({ key: other }),
      'invalid_request_object',
    ],
    ['of another type', {}, () => ({ typ: 'JWT' }), 'invalid_request_object'],
    ['ensure-response-mode-query', { response_mode: 'query' }, () => ({}), 'invalid_request'],
    [
      'ensure-response-mode-query, with code alone',
      { response_type: 'code', response_mode: 'query' },
      () => ({}),
      'invalid_request',
    ],
    [
      'ensure-response-type-code-fails',
      { response_type: 'code' },
      () => ({}),
      'unsupported_response_type',
    ],
    ['the implicit flow', { response_type: 'id_token' }, () => ({}), 'unsupported_response_type'],
  ];
  describe.each(['by_value', 'pushed'] as const)('%s', (method: RequestMethod) => {
    it.each(cases)('%s is refused', async (_name, words, object, error) => {
      expect(errorIn(await send(platform, method, { ...hybrid, ...words }, object()))).toBe(error);
    });

    it('ensure-request-object-signature-algorithm-is-not-none', async () => {
      const [, body = ''] = objectOf(platform, method, hybrid).split('.');
      const request = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${body}.`;
      const answer =
        method === 'pushed'
          ? await push(platform, { request })
          : await platform.browser().get(shortLink({ request }));
      expect(errorIn(answer)).toBe('invalid_request_object');
    });

    it('state-only-outside-request-object-not-used', async () => {
      const answer = await send(
        platform,
        method,
        { ...hybrid, state: undefined, prompt: 'none' },
        {},
        { state: 'x' },
      );
      expect([toldIn(answer).get('error'), toldIn(answer).has('state')]).toEqual([
        'login_required',
        false,
      ]);
    });
  });

  it('is required at the authorization endpoint: ensure-authorization-request-without-request-object-fails', async () => {
    const told = toldIn(await platform.browser().get(authorizeLink(hybrid)));
    expect([told.get('error'), told.get('state')]).toEqual(['invalid_request', 'af0ifjsldkj']);
  });

  it('is required in a pushed request', async () => {
    const answer = await push(platform, requestWords(hybrid));
    expect([answer.status, answer.json['error']]).toEqual([400, 'invalid_request']);
  });
});

describe('with FAPI 1.0 Advanced, a refusal', () => {
  it('of a request for a code is in the query, and is signed where a signed answer was requested', async () => {
    const plain = await send(platform, 'by_value', { response_type: 'code' });
    expect(plain.location.searchParams.get('error')).toBe('unsupported_response_type');
    const signed = await send(platform, 'by_value', { ...wishes.jarm, prompt: 'none' });
    expect([...signed.location.searchParams.keys()]).toEqual(['response']);
    expect(claimsOf(signed.location.searchParams.get('response') ?? '')).toMatchObject({
      error: 'login_required',
      state: 'af0ifjsldkj',
    });
  });

  it('of the hybrid flow is in the fragment, also when the query was requested', async () => {
    const answer = await send(platform, 'by_value', { ...hybrid, response_mode: 'query' });
    expect(answer.location.search).toBe('');
    expect(new URLSearchParams(answer.location.hash.slice(1)).get('error')).toBe('invalid_request');
  });

  it('does not come from response_type=code when the client registered only signed answers', async () => {
    const strict = await createFapi1({ response_types: ['code'], response_modes: ['jwt'] });
    const { told } = await authorize(strict, 'by_value', { response_type: 'code' });
    expect([...told.keys()]).toEqual(['response']);
    const mixed = await send(strict, 'by_value', hybrid);
    expect(claimsOf(toldIn(mixed).get('response') ?? '')['error']).toBe('unauthorized_client');
    await strict.close();
  });
});

describe('PKCE with FAPI 1.0 Advanced (§5.2.2-18)', () => {
  const none = { code_challenge: undefined, code_challenge_method: undefined };
  it.each([
    ['par-ensure-pkce-required', none],
    ['par-ensure-plain-pkce-rejected', { code_challenge_method: 'plain' }],
  ])('is required in a pushed request, with S256: %s', async (_name, words) => {
    const answer = await send(platform, 'pushed', { ...hybrid, ...words });
    expect([answer.status, answer.json['error']]).toEqual([400, 'invalid_request']);
  });

  it.each([
    ['par-ensure-pkce-code-verifier-required', undefined],
    ['par-incorrect-pkce-code-verifier-rejected', 'x'.repeat(43)],
  ])(
    'needs the right verifier, and a wrong one does not spend the code: %s',
    async (_name, sent) => {
      const { told } = await authorize(platform, 'pushed', hybrid);
      const answer = await redeem(platform, told.get('code') ?? '', sent);
      expect([answer.status, answer.json['error']]).toEqual([400, 'invalid_grant']);
      tokensOf(await redeem(platform, told.get('code') ?? '', verifier));
    },
  );

  it('is checked by value also where it is optional: ensure-valid-pkce-succeeds', async () => {
    const words = Object.fromEntries(
      ['code_challenge', 'code_challenge_method'].map((name) => [name, requestWords()[name]]),
    );
    const { told } = await authorize(platform, 'by_value', { ...hybrid, ...words });
    expect((await redeem(platform, told.get('code') ?? '', undefined)).json['error']).toBe(
      'invalid_grant',
    );
    tokensOf(await redeem(platform, told.get('code') ?? '', verifier));
  });
});

describe('with FAPI 1.0 Advanced, tokens are bound by mutual TLS alone (§5.2.2-5, -6)', () => {
  it('ensure-mtls-holder-of-key-required: without a certificate no token is issued, and nothing is spent', async () => {
    const { told } = await authorize(platform, 'by_value', hybrid);
    const code = told.get('code') ?? '';
    const bare = await redeem(platform, code, undefined, { as: 'nobody' });
    expect([bare.status, bare.json['error']]).toEqual([400, 'invalid_request']);
    const { access_token } = tokensOf(await redeem(platform, code, undefined));
    const by = { raw: ahead.der, isVerified: false };
    const headers = { authorization: `Bearer ${access_token}` };
    expect((await platform.browser('192.0.2.1', by).get('/userinfo', headers)).status).toBe(401);
  });
});
