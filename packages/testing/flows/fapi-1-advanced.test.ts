/**
 * FAPI 1.0 Advanced: the request signed, by value or pushed, and the answer by the hybrid flow or
 * signed (JARM).
 */
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TestPlatform } from '../src/index.ts';
import {
  authorize,
  createFapi1,
  credentials,
  redeem,
  type RequestMethod,
  type ResponseWish,
  shown,
  shownThumbprint,
  wishes,
} from './fapi-1-setting.ts';
import { claimsOf, headerOf, tokensOf, verifier } from './sunrise.ts';

const halfOf = (text: string) =>
  createHash('sha256').update(text).digest().subarray(0, 16).toString('base64url');

let platform: TestPlatform;
beforeAll(async () => {
  platform = await createFapi1();
});
afterAll(() => platform.close());

const variants: readonly (readonly [RequestMethod, ResponseWish])[] = [
  ['by_value', 'plain_response'],
  ['by_value', 'jarm'],
  ['pushed', 'plain_response'],
  ['pushed', 'jarm'],
];

describe.each(variants)('a FAPI 1.0 Advanced client with %s, %s', (method, wish) => {
  it('completes the flow and gets tokens that are bound to the certificate (§5.2.2-5, -6)', async () => {
    const { told, isFragment } = await authorize(platform, method, wishes[wish]);
    const response = told.get('response');
    expect([isFragment, response !== null]).toEqual(
      wish === 'jarm' ? [false, true] : [true, false],
    );
    const code = response === null ? told.get('code') : claimsOf(response)['code'];
    const tokens = tokensOf(
      await redeem(platform, String(code), method === 'pushed' ? verifier : undefined),
    );
    expect(tokens.token_type).toBe('Bearer');
    expect(claimsOf(tokens.access_token)['cnf']).toEqual({ 'x5t#S256': shownThumbprint });
    expect(headerOf(tokens.id_token)['alg']).toBe('ES256');
    const form = { grant_type: 'refresh_token', refresh_token: tokens.refresh_token };
    const again = await platform
      .browser('192.0.2.1', shown)
      .post('/token', { ...form, ...credentials(platform) });
    expect(claimsOf(tokensOf(again).access_token)['cnf']).toEqual({ 'x5t#S256': shownThumbprint });
  });
});

describe('the ID token of FAPI 1.0 Advanced is a detached signature of the answer (§5.2.2.1)', () => {
  it('with c_hash and s_hash, and without claims about the user', async () => {
    const { told } = await authorize(platform, 'by_value', {
      ...wishes.plain_response,
      scope: 'openid profile email',
    });
    const claims = claimsOf(told.get('id_token') ?? '');
    expect(claims).toMatchObject({
      c_hash: halfOf(told.get('code') ?? ''),
      s_hash: halfOf('af0ifjsldkj'),
      nonce: 'n-0S6_WzA2Mj',
    });
    expect([claims['email'], claims['name']]).toEqual([undefined, undefined]);
  });

  it('without s_hash where no state was sent', async () => {
    const words = { ...wishes.plain_response, state: undefined };
    const { told } = await authorize(platform, 'by_value', words);
    expect(told.has('state')).toBe(false);
    expect(claimsOf(told.get('id_token') ?? '')['s_hash']).toBeUndefined();
  });
});

describe('userinfo repeats x-fapi-interaction-id (FAPI 1.0 Baseline §6.2.1-11)', () => {
  const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

  it.each([
    [
      'as the client named it',
      '6ba7b810-9dad-11d1-80b4-00c04fd430c8',
      /^6ba7b810-9dad-11d1-80b4-00c04fd430c8$/,
    ],
    ['by a name of our own, where it sent none', undefined, uuid],
    ['by a name of our own, where it sent what is none', '<script>', uuid],
  ])('%s', async (_name, sent, named) => {
    const { told } = await authorize(platform, 'by_value', wishes.plain_response);
    const { access_token } = tokensOf(await redeem(platform, told.get('code') ?? '', undefined));
    const answer = await platform.browser('192.0.2.1', shown).get('/userinfo', {
      authorization: `Bearer ${access_token}`,
      ...(sent === undefined ? {} : { 'x-fapi-interaction-id': sent }),
    });
    expect(answer.status).toBe(200);
    expect(answer.headers['x-fapi-interaction-id']).toMatch(named);
  });
});

it('a FAPI 1.0 Advanced server announces only what it accepts (discovery-end-point-verification)', async () => {
  const { json } = await platform.get('/.well-known/openid-configuration');
  expect(json).toMatchObject({
    response_types_supported: ['code', 'code id_token'],
    response_modes_supported: [
      'fragment',
      'form_post',
      'jwt',
      'query.jwt',
      'fragment.jwt',
      'form_post.jwt',
    ],
    token_endpoint_auth_methods_supported: [
      'private_key_jwt',
      'tls_client_auth',
      'self_signed_tls_client_auth',
    ],
    token_endpoint_auth_signing_alg_values_supported: ['ES256', 'PS256'],
    request_object_signing_alg_values_supported: ['PS256', 'ES256'],
    id_token_signing_alg_values_supported: ['ES256'],
    tls_client_certificate_bound_access_tokens: true,
    request_parameter_supported: true,
    require_signed_request_object: true,
    require_pushed_authorization_requests: false,
  });
  expect(json['dpop_signing_alg_values_supported']).toBeUndefined();
});
