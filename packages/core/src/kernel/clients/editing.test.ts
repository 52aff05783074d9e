import { toPictureAddress } from '../../rules/picture-address.ts';
import { pictures } from '../../rules/testing-parts/pictures.ts';
import { randomBytes } from 'node:crypto';
import { createVault } from '@keywright/jwt';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Api, Client } from '../../model/entities.ts';
import { clientMemberTypes, type ClientRegistration } from './client-registration.ts';
import { changeClient } from './editing.ts';
import { renderForAdministrators, renderRegistration } from './metadata/rendering.ts';
import { registerClient } from './registration.ts';

const api: Api = {
  identifier: 'https://api.example',
  name: 'API',
  scopes: [{ name: 'read', description: 'Read' }],
  introspectors: [],
  tokenStatus: false,
  settings: {
    authorizationDetailsTypes: [
      { type: 'building_access', description: 'A building', schema: {} } as never,
    ],
  },
  origin: 'config',
};
const random = { bytes: (length: number) => randomBytes(length) };
const context = { now: 1000, random, apis: [api] } as const;
const vault = createVault(new Uint8Array(32).fill(1));
const changing = { ...context, vault, allowsOtherSubjects: false };

const web: ClientRegistration = {
  client_id: 'heatlens',
  kind: 'web',
  trust: 'third-party',
  client_name: 'Heatlens',
  redirect_uris: ['https://app.example/cb'],
  scope: 'openid read',
};
const key = { kty: 'EC', crv: 'P-256', kid: 'k', x: 'x', y: 'y' };
const service: ClientRegistration = {
  client_id: 'night',
  kind: 'service',
  trust: 'first-party',
  client_name: 'Night Job',
  scope: 'read',
};
const exchange = 'urn:ietf:params:oauth:grant-type:token-exchange';
const bearer = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
const ciba = 'urn:openid:params:grant-type:ciba';

/** Together they say every member that there is. */
const registrations: readonly ClientRegistration[] = [
  web,
  {
    ...web,
    token_endpoint_auth_method: 'client_secret_basic',
    publisher: 'Nordwind',
    require_pkce: false,
  },
  { ...web, id_token_claims: 'from_scopes' },
  { ...web, refresh_absolute_seconds: 'never', refresh_retry_seconds: 'until_used' },
  { ...web, optional_scope: 'read', client_uri: 'https://app.example', response_types: ['code'] },
  {
    ...web,
    kind: 'native',
    redirect_uris: ['com.example.app:/cb'],
    token_endpoint_auth_method: 'none',
  },
  {
    ...web,
    kind: 'browser',
    trust: 'first-party',
    grant_types: ['authorization_code', 'implicit'],
  },
  { ...web, trust: 'unverified', scope: 'openid profile' },
  {
    ...web,
    trust: 'first-party',
    grant_types: ['authorization_code'],
    first_party_challenge: true,
  },
  {
    ...web,
    trust: 'first-party',
    brand_name: 'Own Portal',
    brand_accent: '#0d5c4a',
    brand_logo: toPictureAddress({ type: 'image/png' }, pictures.png),
  },
  {
    ...web,
    subject_type: 'pairwise',
    sector_identifier_uri: 'https://app.example/sector',
    profile: 'fapi-2',
  },
  {
    ...web,
    jwks: { keys: [key] },
    token_endpoint_auth_method: 'private_key_jwt',
    token_endpoint_auth_signing_alg: 'ES256',
    require_pushed_authorization_requests: true,
    require_signed_request_object: true,
    request_object_signing_alg: 'ES256',
    dpop_bound_access_tokens: true,
    default_max_age: 60,
    require_auth_time: true,
    default_acr_values: ['urn:x'],
  },
  {
    ...web,
    response_modes: ['query', 'form_post'],
    post_logout_redirect_uris: ['https://app.example/out'],
    backchannel_logout_uri: 'https://app.example/bc',
    backchannel_logout_session_required: true,
    frontchannel_logout_uri: 'https://app.example/fc',
    frontchannel_logout_session_required: true,
    logo_uri: 'https://app.example/logo',
    policy_uri: 'https://app.example/policy',
    tos_uri: 'https://app.example/tos',
    initiate_login_uri: 'https://app.example/login',
    contacts: ['ops@app.example'],
    software_id: 'x',
    software_version: '1',
  },
  {
    ...web,
    jwks_uri: 'https://app.example/jwks',
    id_token_signed_response_alg: 'ES256',
    id_token_encrypted_response_alg: 'ECDH-ES',
    userinfo_signed_response_alg: 'ES256',
    userinfo_encrypted_response_alg: 'ECDH-ES',
    userinfo_encrypted_response_enc: 'A256GCM',
    authorization_signed_response_alg: 'ES256',
    authorization_encrypted_response_alg: 'ECDH-ES',
    request_object_encryption_alg: 'ECDH-ES',
    request_uris: ['https://app.example/request'],
    authorization_details_types: ['building_access'],
    introspection_signed_response_alg: 'ES256',
    introspection_encrypted_response_alg: 'ECDH-ES',
  },
  {
    ...web,
    grant_types: ['authorization_code', 'refresh_token', ciba],
    backchannel_token_delivery_mode: 'ping',
    backchannel_client_notification_endpoint: 'https://app.example/ping',
    backchannel_user_code_parameter: false,
    backchannel_authentication_request_signing_alg: 'ES256',
    jwks: { keys: [key] },
  },
  service,
  {
    ...service,
    token_endpoint_auth_method: 'tls_client_auth',
    tls_client_auth_san_dns: 'night.example',
    tls_client_certificate_bound_access_tokens: true,
  },
  {
    ...service,
    grant_types: ['client_credentials', exchange, bearer],
    token_exchange: { delegation: true, audiences: ['https://api.example'] },
    assertion_issuers: ['https://hr.example'],
  },
];

it('the tests of editing use each member of the client metadata', () => {
  const said = new Set(registrations.flatMap((registration) => Object.keys(registration)));
  // One of five names in a certificate is as good as another; an encryption without its content
  // encryption has the default.
  const alike = /^client_secret$|^tls_client_auth_|_encrypted_response_enc$|_encryption_enc$/;
  const members = Object.keys(clientMemberTypes).filter((name) => !alike.test(name));
  expect(members.filter((name) => !said.has(name))).toEqual([]);
});

const made = (registration: ClientRegistration): Client =>
  registerClient(registration, { ...context, origin: 'command' }).client;

describe('the metadata of a stored client', () => {
  it.each(registrations.map((one, index) => [index, one] as const))(
    'makes the same client when it is registered again: %i',
    (_, registration) => {
      const client = made(registration);
      const again = made(renderRegistration(client));
      expect({ ...again, secrets: [] }).toEqual({ ...client, secrets: [] });
    },
  );

  it.each(registrations.map((one, index) => [index, one] as const))(
    'changes nothing when it is sent back as it was read: %i',
    (_, registration) => {
      const client = made(registration);
      const read = JSON.parse(JSON.stringify(renderForAdministrators(client))) as Record<
        string,
        unknown
      >;
      expect(changeClient(client, read, changing)).toEqual({ client, endsGrants: false });
    },
  );
});

it('a patch changes only the members that it names, and never id, status or creation time, for random patches', () => {
  const client = made(web);
  const name = fc.constantFrom(
    'client_name',
    'publisher',
    'scope',
    'trust',
    'jwks',
    'contacts',
    'toString',
  );
  const value = fc.oneof(
    fc.constantFrom(null, '', 'openid', 'unverified', 'A name', true, 7),
    fc.array(fc.constantFrom('a', 'openid')),
    fc.dictionary(fc.constantFrom('keys', 'x'), fc.constantFrom(null, 1)),
  );
  fc.assert(
    fc.property(fc.dictionary(name, value), (patch) => {
      try {
        const changed = changeClient(client, patch, changing).client;
        for (const kept of [
          'id',
          'kind',
          'redirectUris',
          'secrets',
          'status',
          'createdAt',
          'origin',
        ] as const)
          expect(changed[kept]).toEqual(client[kept]);
      } catch (error) {
        expect((error as Error).name).toBe('ConfigError');
      }
    }),
    { seed: 11, numRuns: 500 },
  );
});

it('a change ends consents when users would not have been asked, or when the client becomes another kind', () => {
  const first = { ...web, trust: 'first-party' };
  const ends = (registration: ClientRegistration, patch: object) =>
    changeClient(made(registration), { ...patch }, changing).endsGrants;
  const grants = { grant_types: ['authorization_code', 'refresh_token'] };
  expect(ends(first, { trust: 'third-party', ...grants })).toBe(true);
  expect(ends(first, { trust: 'unverified', scope: 'openid', ...grants })).toBe(true);
  expect(ends(web, { trust: 'first-party' })).toBe(false);
  expect(ends(web, { trust: 'unverified', scope: 'openid' })).toBe(false);
  expect(ends(web, { kind: 'browser', token_endpoint_auth_method: 'none' })).toBe(true);
});
