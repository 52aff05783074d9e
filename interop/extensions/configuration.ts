/** One server with every extension on, and a client for each extension. */
import { randomBytes } from 'node:crypto';
import { cibaGrant, deviceCodeGrant, jwtBearerGrant, tokenExchangeGrant } from '@keywright/wire';
import type { DemoAccount } from '../demonstration.ts';
import { roomAccess, rooms, roomsApi } from '../rooms.ts';
import { type ClientKey, createDecryptionKey, createSigningKey } from './keys.ts';

export { rooms } from '../rooms.ts';
export const callback = 'https://app.example/callback';
export const bills = 'https://bills.example/api';
export const partner = 'https://hr.partner.example';
export const ada: DemoAccount = {
  email: 'ada@example.com',
  password: 'correct horse battery staple',
};
export const signatureAlgorithms = [
  'ES256',
  'RS256',
  'PS256',
  'EdDSA',
  'Ed25519',
  'ML-DSA-65',
] as const;

export interface Keys {
  readonly signing: ClientKey;
  readonly rsa: ClientKey;
  readonly ecdh: ClientKey;
  /** Of the issuer whose assertions are accepted. */
  readonly partner: ClientKey;
}

export async function createKeys(): Promise<Keys> {
  const [signing, rsa, ecdh, partner] = await Promise.all([
    createSigningKey('ES256'),
    createDecryptionKey('RSA-OAEP-256'),
    createDecryptionKey('ECDH-ES'),
    createSigningKey('PS256'),
  ]);
  return { signing, rsa, ecdh, partner };
}

const scope = 'openid profile email offline_access rooms:read rooms:write bills:read';
const web = { kind: 'web', trust: 'third-party', redirect_uris: [callback], scope };
const native = { kind: 'native', trust: 'third-party', scope };
const service = {
  kind: 'service',
  trust: 'first-party',
  scope: 'rooms:read rooms:write bills:read',
};

type Client = Readonly<Record<string, unknown>> & {
  readonly client_id: string;
  readonly client_secret?: string;
};

function clientsWith({ signing, rsa, ecdh }: Keys): readonly Client[] {
  const jwks = { keys: [signing.jwk] };
  return [
    {
      ...web,
      client_id: 'app',
      authorization_details_types: ['room_access'],
      post_logout_redirect_uris: ['https://app.example/signed-out'],
    },
    {
      ...web,
      client_id: 'pusher',
      token_endpoint_auth_method: 'client_secret_post',
      require_pushed_authorization_requests: true,
    },
    {
      ...web,
      client_id: 'signer',
      token_endpoint_auth_method: 'private_key_jwt',
      jwks,
      require_signed_request_object: true,
      request_object_signing_alg: 'ES256',
      authorization_signed_response_alg: 'ES256',
    },
    { ...web, client_id: 'odd', client_secret: everyPrintable },
    { ...web, client_id: 'hmac', token_endpoint_auth_method: 'client_secret_jwt' },
    {
      ...web,
      client_id: 'sealed',
      jwks: { keys: [rsa.jwk, ecdh.jwk] },
      id_token_encrypted_response_alg: 'RSA-OAEP-256',
      id_token_encrypted_response_enc: 'A256GCM',
      userinfo_signed_response_alg: 'ES256',
      userinfo_encrypted_response_alg: 'ECDH-ES',
      authorization_signed_response_alg: 'PS256',
      authorization_encrypted_response_alg: 'ECDH-ES',
    },
    { ...web, client_id: 'hybrid', response_types: ['code', 'code id_token', 'id_token'] },
    ...signatureAlgorithms.map((alg) => ({
      ...web,
      client_id: `signed-${alg}`,
      id_token_signed_response_alg: alg,
      userinfo_signed_response_alg: alg,
      authorization_signed_response_alg: alg,
    })),
    { ...web, client_id: 'pair-one', subject_type: 'pairwise' },
    {
      ...web,
      client_id: 'pair-two',
      subject_type: 'pairwise',
      redirect_uris: ['https://other.example/callback'],
    },
    {
      ...native,
      client_id: 'pocket',
      redirect_uris: ['com.example.pocket:/callback'],
      dpop_bound_access_tokens: true,
    },
    { ...native, client_id: 'screen', grant_types: [deviceCodeGrant, 'refresh_token'] },
    { ...web, client_id: 'desk', redirect_uris: [], grant_types: [cibaGrant] },
    {
      ...web,
      client_id: 'signed-desk',
      redirect_uris: [],
      grant_types: [cibaGrant],
      token_endpoint_auth_method: 'private_key_jwt',
      jwks,
      backchannel_authentication_request_signing_alg: 'ES256',
    },
    {
      ...service,
      client_id: 'gateway',
      grant_types: ['client_credentials', tokenExchangeGrant],
      token_exchange: { impersonation: true, delegation: true, audiences: [rooms, bills] },
    },
    {
      ...service,
      client_id: 'sync',
      grant_types: [jwtBearerGrant],
      assertion_issuers: [partner],
    },
    { ...service, client_id: 'rooms-api', introspection_signed_response_alg: 'ES256' },
    {
      ...service,
      client_id: 'bills-api',
      jwks: { keys: [ecdh.jwk] },
      introspection_signed_response_alg: 'PS256',
      introspection_encrypted_response_alg: 'ECDH-ES',
    },
  ];
}

/** RFC 6749 Appendix A.2: the characters of a secret. */
const everyPrintable = Array.from({ length: 95 }, (_, index) =>
  String.fromCharCode(0x20 + index),
).join('');

const secretless: ReadonlySet<string> = new Set(['signer', 'signed-desk', 'pocket', 'screen']);

export function configure(keys: Keys, secrets: Map<string, string>): object {
  const clients = clientsWith(keys).map((client) => {
    if (secretless.has(client.client_id)) return { client_name: client.client_id, ...client };
    const client_secret = client.client_secret ?? randomBytes(32).toString('base64url');
    secrets.set(client.client_id, client_secret);
    return { client_name: client.client_id, ...client, client_secret };
  });
  return {
    features: {
      hybrid: true,
      device_authorization: true,
      backchannel_authentication: true,
      token_exchange: true,
      jwt_assertions: true,
      registration: 'open',
    },
    dpop_nonce: 'required',
    keys: { algorithms: signatureAlgorithms },
    assertion_issuers: [
      { issuer: partner, jwks: { keys: [keys.partner.jwk] }, subjects: 'account_email' },
    ],
    apis: [
      {
        ...roomsApi,
        introspectors: ['rooms-api', 'gateway'],
        authorization_details_types: [roomAccess],
      },
      {
        identifier: bills,
        name: 'Bills',
        scopes: [{ name: 'bills:read', description: 'See your bills' }],
        introspectors: ['bills-api'],
      },
    ],
    clients,
    accounts: [{ ...ada, name: 'Ada Byron', email_verified: true }],
  };
}
