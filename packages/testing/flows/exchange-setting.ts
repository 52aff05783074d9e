/**
 * The Sunrise platform with services that call other APIs. Each may exchange tokens in its own way.
 */
import type { ClientRegistration } from '@keywright/core';
import { importPrivateKey, signJwtSync } from '@keywright/jwt';
import { tokenExchangeGrant } from '@keywright/wire';
import type { Answer, TestPlatform, TestPlatformOptions } from '../src/index.ts';
import {
  apis,
  billing,
  buildings,
  clients,
  createSunrise,
  obtainTokens,
  type Words,
} from './sunrise.ts';

export const accessTokenType = 'urn:ietf:params:oauth:token-type:access_token';
export const jwtType = 'urn:ietf:params:oauth:token-type:jwt';
export const meters = 'https://meters.sunrise.example';
export const ledger = 'https://ledger.sunrise.example';

const service = {
  kind: 'service',
  trust: 'first-party',
  scope: 'buildings:read measurements:read',
} as const;
const exchanging = { grant_types: ['client_credentials', tokenExchangeGrant] } as const;

const services: readonly ClientRegistration[] = [
  {
    // The service of the buildings API. It may introspect tokens of its callers, and may call the
    // meters and billing for them.
    ...service,
    ...exchanging,
    client_id: 'buildings-api',
    client_name: 'The buildings API itself',
    token_exchange: {
      impersonation: true,
      delegation: true,
      audiences: [meters, billing, buildings, ledger],
    },
  },
  {
    ...service,
    ...exchanging,
    client_id: 'imitator',
    client_name: 'Only as somebody else',
    scope: 'buildings:read',
    token_exchange: { impersonation: true, audiences: [meters] },
  },
  {
    ...service,
    ...exchanging,
    client_id: 'delegate',
    client_name: 'Only for somebody else',
    token_exchange: { delegation: true, audiences: [meters, buildings] },
  },
];

/** The attack corpus is made for tokens of ES256, including ID tokens. */
const applications = clients
  .filter(({ client_id: id }) => id !== 'buildings-api')
  .map((client) => ({ ...client, id_token_signed_response_alg: 'ES256' }));

export function createExchangePlatform(options: TestPlatformOptions = {}): Promise<TestPlatform> {
  const introspectors = ['buildings-api', 'imitator', 'delegate'];
  return createSunrise({
    features: { tokenExchange: true },
    clients: [...applications, ...services],
    apis: [
      ...apis.map((api) => (api.identifier === buildings ? { ...api, introspectors } : api)),
      { identifier: meters, name: 'Sunrise Meters', scopes: [], introspectors },
      {
        identifier: ledger,
        name: 'Sunrise Ledger',
        scopes: [],
        access_token_format: 'opaque',
        introspectors,
      },
    ],
    ...options,
  });
}

/** The token with which the buildings API was called: Ada's access token, for Heatlens. */
export async function adasToken(platform: TestPlatform, words: Words = {}) {
  return obtainTokens(platform, { scope: 'openid buildings:read measurements:read', ...words });
}

/** A token of a service itself for the buildings API. */
export async function ownToken(
  platform: TestPlatform,
  clientId: string,
  words: Record<string, string> = {},
) {
  const form = { grant_type: 'client_credentials', resource: buildings, ...words };
  return (await platform.post('/token', form, clientId)).json['access_token'] as string;
}

/** An access token that this server could have signed, with other claims. */
export async function signToken(
  { store, ports }: TestPlatform,
  claims: Readonly<Record<string, unknown>>,
): Promise<string> {
  const stored = (await store.keys.list()).find(({ algorithm }) => algorithm === 'ES256');
  if (stored === undefined) throw new Error('no key');
  const der = ports.vault.unseal('signing-key', stored.sealedPrivateKey ?? '', stored.kid);
  if (der === undefined) throw new Error('no private key');
  const key = { kid: stored.kid, algorithm: 'ES256', privateKey: importPrivateKey(der) } as const;
  return signJwtSync(key, 'at+jwt', claims);
}

export type ExchangeForm = Readonly<Record<string, string | readonly string[]>>;

export function exchange(
  platform: TestPlatform,
  subjectToken: string,
  words: ExchangeForm = {},
  clientId = 'buildings-api',
): Promise<Answer> {
  const form = {
    grant_type: tokenExchangeGrant,
    subject_token: subjectToken,
    subject_token_type: accessTokenType,
    audience: meters,
    ...words,
  };
  return platform.post('/token', form, clientId);
}

export function actedBy(token: string): ExchangeForm {
  return { actor_token: token, actor_token_type: accessTokenType };
}

/** The introspection of a token by a service. */
export async function introspect(
  platform: TestPlatform,
  token: string,
  clientId = 'buildings-api',
) {
  return (await platform.post('/introspect', { token }, clientId)).json;
}
