import { describe, expect, it } from 'vitest';
import { openPolicy } from '../../policy/policy.ts';
import type { ClientRegistration } from '../client-registration.ts';
import { checkAnswers } from './answers.ts';
import { checkOpenId } from './openid.ts';
import { settingsOf } from './settings.ts';

const jwks = { keys: [{ kty: 'RSA' }] };

function check(members: Partial<ClientRegistration>) {
  const faults: string[] = [];
  const input = {
    kind: 'web',
    trust: 'third-party',
    client_name: 'A',
    redirect_uris: ['https://a.example/cb'],
    ...members,
  };
  const context = { algorithms: ['ES256', 'RS256'], policy: openPolicy, apis: [] } as const;
  for (const ofKind of [checkOpenId, checkAnswers])
    ofKind(input, (member) => void faults.push(member), context);
  const { jwks: _, ...settings } = settingsOf(input) ?? {};
  return { faults, settings };
}

describe('the metadata of an OpenID Connect client (Dynamic Registration §2)', () => {
  it('is stored with its own names', () => {
    const { faults, settings } = check({
      jwks,
      subject_type: 'pairwise',
      sector_identifier_uri: 'https://a.example/sector.json',
      id_token_encrypted_response_alg: 'RSA-OAEP-256',
      userinfo_signed_response_alg: 'RS256',
      userinfo_encrypted_response_alg: 'ECDH-ES',
      userinfo_encrypted_response_enc: 'A128GCM',
      default_max_age: 0,
      require_auth_time: true,
      default_acr_values: ['urn:a', 'urn:b'],
    });
    expect(faults).toEqual([]);
    expect(settings).toEqual({
      subjectType: 'pairwise',
      sectorIdentifierUri: 'https://a.example/sector.json',
      idTokenEncryption: { alg: 'RSA-OAEP-256', enc: 'A128CBC-HS256' },
      userinfoSignedResponseAlg: 'RS256',
      userinfoEncryption: { alg: 'ECDH-ES', enc: 'A128GCM' },
      defaultMaxAge: 0,
      requireAuthTime: true,
      defaultAcrValues: ['urn:a', 'urn:b'],
    });
  });

  it('may be empty', () => expect(check({})).toEqual({ faults: [], settings: {} }));

  it.each<[string, Partial<ClientRegistration>]>([
    ['subject_type', { subject_type: 'ephemeral' }],
    ['sector_identifier_uri', { sector_identifier_uri: 'http://a.example/sector.json' }],
    ['sector_identifier_uri', { sector_identifier_uri: 'https://a.example/#x' }],
    ['sector_identifier_uri', { sector_identifier_uri: 'a.example' }],
    ['userinfo_signed_response_alg', { userinfo_signed_response_alg: 'none' }],
    ['userinfo_signed_response_alg', { userinfo_signed_response_alg: 'PS256' }],
    ['id_token_encrypted_response_alg', { jwks, id_token_encrypted_response_alg: 'RSA1_5' }],
    ['id_token_encrypted_response_alg', { id_token_encrypted_response_alg: 'RSA-OAEP-256' }],
    ['userinfo_encrypted_response_alg', { userinfo_encrypted_response_alg: 'RSA-OAEP-256' }],
    ['userinfo_encrypted_response_enc', { jwks, userinfo_encrypted_response_enc: 'A128GCM' }],
    ['default_max_age', { default_max_age: -1 }],
    ['default_max_age', { default_max_age: 1.5 }],
    ['default_acr_values', { default_acr_values: [] }],
    ['default_acr_values', { default_acr_values: ['two words'] }],
  ])('with the member %s as %j is refused', (member, members) => {
    expect(check(members).faults).toEqual([member]);
  });

  it.each<[string, Partial<ClientRegistration>]>([
    ['two hosts', { redirect_uris: ['https://a.example/cb', 'https://b.example/cb'] }],
    [
      'a native client, whose addresses others have too',
      { kind: 'native', redirect_uris: ['http://127.0.0.1/cb'] },
    ],
    ['a scheme without a host', { kind: 'native', redirect_uris: ['com.example.app:/cb'] }],
    ['no redirect URI', { redirect_uris: [] }],
  ])(
    'must have a sector_identifier_uri for pairwise subjects with %s (Core §8.1)',
    (_, members) => {
      expect(check({ ...members, subject_type: 'pairwise' }).faults).toEqual([
        'sector_identifier_uri',
      ]);
      const vouched = {
        ...members,
        subject_type: 'pairwise',
        sector_identifier_uri: 'https://a.example/s',
      };
      expect(check(vouched).faults).toEqual([]);
    },
  );
});
