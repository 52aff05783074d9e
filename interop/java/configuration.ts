/** One server with everything that Java libraries can request, and a client for each way. */
import { randomBytes } from 'node:crypto';
import { cibaGrant, deviceCodeGrant, jwtBearerGrant, tokenExchangeGrant } from '@keywright/wire';
import { exportJWK, generateKeyPair, type JWK } from 'jose';
import { roomAccess, rooms, roomsApi } from '../rooms.ts';

export { rooms } from '../rooms.ts';

export const ada = { email: 'ada@example.com', password: 'correct horse battery staple' };
export const bills = 'https://bills.example/api';
export const partner = 'https://hr.partner.example';
const callback = 'https://app.example/callback';

/** What the programs are given: the server's configuration has the public halves. */
export interface Given {
  readonly secrets: Readonly<Record<string, string>>;
  readonly keys: Readonly<Record<'signing' | 'partner', JWK>>;
}

const withSecret = [
  'app',
  'poster',
  'hmac',
  'desk',
  'gateway',
  'sync',
  'rooms-api',
  'spring',
] as const;

export async function createGiven(): Promise<Given> {
  const secrets = Object.fromEntries(
    withSecret.map((id) => [id, randomBytes(32).toString('base64url')]),
  );
  const [signing, partner] = await Promise.all([createKey('signing-1'), createKey('partner-1')]);
  return { secrets, keys: { signing, partner } };
}

async function createKey(kid: string): Promise<JWK> {
  const { privateKey } = await generateKeyPair('ES256', { extractable: true });
  return { ...(await exportJWK(privateKey)), alg: 'ES256', use: 'sig', kid };
}

function publicJwks({ d: _, ...jwk }: JWK): object {
  return { keys: [jwk] };
}

const scope = 'openid profile email offline_access rooms:read';
const web = { kind: 'web', trust: 'third-party', redirect_uris: [callback], scope };
const native = { kind: 'native', trust: 'third-party', scope };
const service = { kind: 'service', trust: 'first-party', scope: 'rooms:read bills:read' };

function springPlaces(origin: string, registration: string): object {
  return {
    redirect_uris: [`${origin}/login/oauth2/code/${registration}`],
    post_logout_redirect_uris: [`${origin}/open`],
    backchannel_logout_uri: `${origin}/logout/connect/back-channel/${registration}`,
  };
}

export function configure({ secrets, keys }: Given, spring: string): object {
  const jwks = publicJwks(keys.signing);
  const keyed = { token_endpoint_auth_method: 'private_key_jwt', jwks };
  const clients: readonly (Readonly<Record<string, unknown>> & { readonly client_id: string })[] = [
    {
      ...web,
      client_id: 'app',
      authorization_details_types: ['room_access'],
      post_logout_redirect_uris: ['https://app.example/signed-out'],
    },
    { ...web, client_id: 'poster', token_endpoint_auth_method: 'client_secret_post' },
    { ...web, client_id: 'hmac', token_endpoint_auth_method: 'client_secret_jwt' },
    { ...web, ...keyed, client_id: 'keyed' },
    {
      ...web,
      ...keyed,
      client_id: 'signer',
      require_signed_request_object: true,
      authorization_signed_response_alg: 'ES256',
    },
    {
      ...web,
      ...keyed,
      client_id: 'bank',
      profile: 'fapi-2',
      id_token_signed_response_alg: 'ES256',
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
      ...service,
      client_id: 'gateway',
      grant_types: ['client_credentials', tokenExchangeGrant],
      token_exchange: { impersonation: true, delegation: true, audiences: [rooms, bills] },
    },
    { ...service, client_id: 'sync', grant_types: [jwtBearerGrant], assertion_issuers: [partner] },
    { ...service, client_id: 'rooms-api' },
    { ...web, ...springPlaces(spring, 'keywright'), client_id: 'spring' },
    { ...web, ...keyed, ...springPlaces(spring, 'keyed'), client_id: 'spring-keyed' },
  ];
  return {
    features: {
      device_authorization: true,
      backchannel_authentication: true,
      token_exchange: true,
      jwt_assertions: true,
      registration: 'open',
    },
    dpop_nonce: 'required',
    // The libraries do not know some of these keys, and must skip them.
    keys: { algorithms: ['ES256', 'RS256', 'PS256', 'EdDSA', 'Ed25519', 'ML-DSA-65'] },
    danger_outbound_to_private_networks: ['127.0.0.0/8', '::1/128'],
    assertion_issuers: [
      { issuer: partner, jwks: publicJwks(keys.partner), subjects: 'account_email' },
    ],
    apis: [
      {
        ...roomsApi,
        introspectors: ['rooms-api', 'gateway'],
        authorization_details_types: [roomAccess],
      },
      billsApi,
    ],
    clients: clients.map((client) => ({
      client_name: client.client_id,
      ...client,
      ...(secrets[client.client_id] === undefined
        ? {}
        : { client_secret: secrets[client.client_id] }),
    })),
    accounts: [{ ...ada, name: 'Ada Byron', email_verified: true }],
  };
}

const billsApi = {
  identifier: bills,
  name: 'Bills',
  scopes: [{ name: 'bills:read', description: 'See your bills' }],
};
