import { describe, expect, it } from 'vitest';
import { openPolicy } from '../../policy/policy.ts';
import type { ClientRegistration } from '../client-registration.ts';
import { checkAnswers } from './answers.ts';
import { checkAuthorization } from './authorization.ts';
import { settingsOf } from './settings.ts';

function check(input: Partial<ClientRegistration>) {
  const problems: string[] = [];
  const whole = { kind: 'web', trust: 'third-party', client_name: 'App', ...input };
  const context = { algorithms: ['ES256', 'RS256'], policy: openPolicy, apis: [] } as const;
  for (const ofKind of [checkAuthorization, checkAnswers])
    ofKind(whole, (member) => void problems.push(member), context);
  const { jwks: _, ...settings } = settingsOf(whole) ?? {};
  return { settings, problems };
}

const jwks = { keys: [{ kty: 'EC' }] };

it('a client’s metadata about authorization requests is kept, and absent members stay absent', () => {
  expect(check({})).toEqual({ settings: {}, problems: [] });
  expect(
    check({
      jwks,
      response_types: ['code', 'id_token code'],
      response_modes: ['form_post', 'jwt'],
      require_pushed_authorization_requests: true,
      require_signed_request_object: true,
      request_object_signing_alg: 'ES256',
      request_object_encryption_alg: 'ECDH-ES',
      request_uris: ['https://app.example/r#hash'],
      authorization_signed_response_alg: 'RS256',
      authorization_encrypted_response_alg: 'RSA-OAEP',
      authorization_encrypted_response_enc: 'A256GCM',
    }),
  ).toEqual({
    problems: [],
    settings: {
      responseTypes: ['code', 'code id_token'],
      responseModes: ['form_post', 'jwt'],
      requirePushedRequests: true,
      requireSignedRequestObject: true,
      requestObjectSigningAlg: 'ES256',
      requestObjectEncryption: { alg: 'ECDH-ES', enc: 'A128CBC-HS256' },
      requestUris: ['https://app.example/r#hash'],
      authorizationSignedResponseAlg: 'RS256',
      authorizationEncryption: { alg: 'RSA-OAEP', enc: 'A256GCM' },
    },
  });
});

describe('wrong metadata about authorization requests is reported by member:', () => {
  const cases: readonly [string, Partial<ClientRegistration>, string][] = [
    ['an unknown response type', { response_types: ['code', 'magic'] }, 'response_types[1]'],
    [
      'code without its grant (Registration §2)',
      { response_types: ['code'], grant_types: ['implicit'] },
      'response_types[0]',
    ],
    [
      'token without its grant',
      { response_types: ['code token'], grant_types: ['authorization_code'] },
      'response_types[0]',
    ],
    [
      'token where no grants are named: none is implicit by itself',
      { response_types: ['token'] },
      'response_types[0]',
    ],
    [
      'a service that sends people',
      { kind: 'service', response_types: ['code'] },
      'response_types[0]',
    ],
    ['an unknown response mode', { response_modes: ['web_message'] }, 'response_modes[0]'],
    ['an address without TLS', { request_uris: ['http://app.example/r'] }, 'request_uris[0]'],
    ['an address with a user', { request_uris: ['https://u@app.example/r'] }, 'request_uris[0]'],
    ['an address that is none', { request_uris: ['/r'] }, 'request_uris[0]'],
    [
      'a long address (Core §6.2)',
      { request_uris: [`https://app.example/${'r'.repeat(500)}`] },
      'request_uris[0]',
    ],
    [
      'many addresses',
      { request_uris: Array.from({ length: 51 }, (_, i) => `https://app.example/${i}`) },
      'request_uris',
    ],
    [
      'requests without a signature (RFC 9101 §10.1)',
      { request_object_signing_alg: 'none' },
      'request_object_signing_alg',
    ],
    [
      'signed requests without keys',
      { require_signed_request_object: true },
      'require_signed_request_object',
    ],
    [
      'requests encrypted as we cannot open',
      { request_object_encryption_alg: 'RSA-OAEP' },
      'request_object_encryption_alg',
    ],
    ['RSA1_5', { request_object_encryption_alg: 'RSA1_5' }, 'request_object_encryption_alg'],
    [
      'enc without alg',
      { request_object_encryption_enc: 'A256GCM' },
      'request_object_encryption_enc',
    ],
    [
      'answers signed as we do not',
      { authorization_signed_response_alg: 'HS256' },
      'authorization_signed_response_alg',
    ],
    [
      'answers encrypted without a key',
      { authorization_encrypted_response_alg: 'RSA-OAEP' },
      'authorization_encrypted_response_alg',
    ],
  ];
  it.each(cases)('%s', (_name, input, member) => {
    expect(check(input).problems).toContain(member);
  });
});
