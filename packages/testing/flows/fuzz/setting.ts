/** A platform with every feature on, and one valid example of every input. */
import { type KeyObject, randomBytes } from 'node:crypto';
import {
  type ApiRegistration,
  type ClientRegistration,
  type AnyEvent,
  issueApiKey,
} from '@keywright/core';
import { createDpopProver } from '@keywright/jwt';
import { importEncryptionKey } from '@keywright/jwt/encryption';
import { cibaGrant, deviceCodeGrant, jwtBearerGrant, tokenExchangeGrant } from '@keywright/wire';
import { createAuthority } from '../../../jwt/src/testing-parts/certificates.ts';
import { type Browser, readForm, type TestPlatform } from '../../src/index.ts';
import { heatlensKey as key, signObject } from '../authorize-setting.ts';
import { detailApis, detailClients } from '../details-setting.ts';
import {
  ada,
  authorizeLink,
  buildings,
  callback,
  createSunrise,
  everyScope,
  grace,
  obtainCode,
  redeem,
  tokensOf,
  verifier,
} from '../sunrise.ts';

export const partner = 'https://hr.partner.example';
const adminScopes =
  'permissions:read permissions:write permissions:check clients:read clients:write clients:trust requests:answer accounts:manage registration:write tokens:revoke';

/** The client's certificate, of an authority that the operator named. */
export const certificate = createAuthority('Sunrise CA').issue({
  subject: [
    ['C', 'DE'],
    ['O', 'Nordwind, Ltd.'],
    ['CN', 'meter.example'],
  ],
  dns: ['meter.example'],
  uris: ['urn:meter:1'],
  emails: ['ops@meter.example'],
  addresses: [[192, 0, 2, 7]],
});

const service = { kind: 'service', trust: 'first-party' } as const;
const asks = ['authorization_code', 'refresh_token', deviceCodeGrant, cibaGrant];
const own: Readonly<Record<string, Partial<ClientRegistration>>> = {
  heatlens: {
    grant_types: asks,
    jwks: { keys: [key.jwk] },
    backchannel_authentication_request_signing_alg: 'ES256',
    post_logout_redirect_uris: ['https://heatlens.example/signed-out'],
  },
  portal: { first_party_challenge: true },
};

const clients: readonly ClientRegistration[] = [
  ...detailClients.map((client) => ({ ...client, ...own[client.client_id ?? ''] })),
  {
    client_id: 'desk',
    kind: 'web',
    trust: 'third-party',
    client_name: 'Desk',
    grant_types: [deviceCodeGrant, cibaGrant],
    scope: everyScope,
  },
  {
    ...service,
    client_id: 'signer',
    client_name: 'Signs who it is',
    scope: 'buildings:read',
    grant_types: ['client_credentials', jwtBearerGrant],
    assertion_issuers: [partner],
    token_endpoint_auth_method: 'private_key_jwt',
    jwks: { keys: [key.jwk] },
  },
  {
    ...service,
    client_id: 'meter',
    client_name: 'Shows a certificate',
    scope: 'buildings:read',
    token_endpoint_auth_method: 'tls_client_auth',
    tls_client_auth_subject_dn: 'CN=meter.example,O=Nordwind\\, Ltd.,C=DE',
  },
  { ...service, client_id: 'boss', client_name: 'Administers', scope: adminScopes },
  {
    ...service,
    client_id: 'broker',
    client_name: 'Exchanges',
    scope: 'buildings:read measurements:read',
    grant_types: ['client_credentials', tokenExchangeGrant],
    token_exchange: { impersonation: true, delegation: true, audiences: [buildings] },
  },
];

const exchangedApis: readonly ApiRegistration[] = detailApis.map((api) =>
  api.identifier === buildings ? { ...api, introspectors: ['buildings-api', 'broker'] } : api,
);

/**
 * All valid inputs. They are made again from time to time, because a changed one may spend the
 * valid one.
 */
export interface Specimens {
  readonly accessToken: string;
  readonly refreshToken: string;
  readonly idToken: string;
  readonly code: string;
  readonly adminToken: string;
  readonly apiKey: string;
  readonly deviceCode: string;
  readonly userCode: string;
  readonly authReqId: string;
  readonly requestUri: string;
  readonly registered: Readonly<Record<string, unknown>>;
  /** A browser with a session of Ada, and the pages that it was shown. */
  readonly browser: Browser;
  /** A browser without a session. */
  readonly visitor: Browser;
  readonly signInForm: Readonly<Record<string, string>>;
  readonly consentForm: Readonly<Record<string, string>>;
  readonly deviceForm: Readonly<Record<string, string>>;
}

export interface World {
  readonly platform: TestPlatform;
  specimens: Specimens;
  /** The key for encrypted requests. */
  readonly receiver: { readonly kid: string; readonly publicKey: KeyObject };
  /**
   * Texts that no answer and no event may contain: the beginning and the end of everything secret.
   */
  secrets: readonly string[];
  /**
   * For the running case: its events, its length in characters, and the microseconds of the
   * processor.
   */
  events: AnyEvent[];
  length: number;
  took: number;
  renew(): Promise<void>;
}

const noWayOut = { send: () => Promise.reject(new Error('nobody is there')) };

export async function createWorld(): Promise<World> {
  const world = { events: [] as AnyEvent[], length: 0, took: 0 };
  const platform = await createSunrise({
    apis: exchangedApis,
    clients,
    opensRequests: true,
    features: {
      hybrid: true,
      mutualTls: true,
      deviceAuthorization: true,
      backchannelAuthentication: true,
      tokenExchange: true,
      jwtAssertions: true,
      registration: 'open',
      clientIdDocuments: true,
      grantManagement: true,
      globalTokenRevocation: true,
      challengeEndpoint: true,
    },
    registration: {
      mostUnused: 1_000_000,
      limit: { perSecond: 1e6, burst: 1e6 },
      statementIssuers: [{ issuer: partner, jwks: { keys: [key.jwk] } }],
    },
    assertionIssuers: [{ issuer: partner, jwks: { keys: [key.jwk] }, subjects: 'account_email' }],
    ports: () => ({
      outbound: noWayOut,
      events: { emit: (event) => void world.events.push(event) },
    }),
  });
  const { text: apiKey } = await issueApiKey(platform.ports, {
    client_id: 'collector',
    environment: 'live',
    name: 'Night job',
    scope: 'buildings:read measurements:read',
  });
  const renewed = Object.assign(world, {
    platform,
    receiver: await loadReceiver(platform),
    specimens: {} as Specimens,
    secrets: [] as readonly string[],
    async renew() {
      platform.clock.advance(700);
      renewed.specimens = await makeSpecimens(platform, apiKey);
      renewed.secrets = secretsOf(platform, renewed.specimens);
    },
  });
  await renewed.renew();
  return renewed;
}

async function loadReceiver(platform: TestPlatform): Promise<World['receiver']> {
  const { keys } = (await platform.get('/jwks')).json as {
    readonly keys: readonly Record<string, unknown>[];
  };
  const jwk = keys.find(({ use, kty }) => use === 'enc' && kty === 'EC');
  const publicKey = jwk && importEncryptionKey(jwk, 'ECDH-ES');
  if (publicKey === undefined) throw new Error('there is no key to encrypt for');
  return { kid: String(jwk?.['kid']), publicKey };
}

async function makeSpecimens(platform: TestPlatform, apiKey: string): Promise<Specimens> {
  const [browser, visitor] = [platform.browser(randomNetwork()), platform.browser(randomNetwork())];
  const words = { scope: 'openid offline_access buildings:read' };
  const tokens = tokensOf(await redeem(platform, await obtainCode(platform, words, browser)));
  const consent = await browser.get(
    (await browser.get(authorizeLink({ ...words, prompt: 'consent' }))).location.href,
  );
  const asAdmin = {
    grant_type: 'client_credentials',
    resource: `${platform.issuer}/admin`,
    scope: adminScopes,
  };
  const device = await platform.post(
    '/device_authorization',
    { scope: 'openid buildings:read' },
    'desk',
  );
  const afar = await platform.post('/bc-authorize', { scope: 'openid', login_hint: ada }, 'desk');
  const pushed = await platform.post('/par', pushWords(), 'heatlens');
  const json = { 'content-type': 'application/json' };
  const registered = await platform.browser().post('/register', JSON.stringify(registration), json);
  return {
    accessToken: tokens.access_token,
    refreshToken: tokens.refresh_token,
    idToken: tokens.id_token,
    code: await obtainCode(platform, words, browser),
    adminToken: tokensOf(await platform.post('/token', asAdmin, 'boss')).access_token,
    apiKey,
    deviceCode: textOf(device.json['device_code']),
    userCode: textOf(device.json['user_code']),
    authReqId: textOf(afar.json['auth_req_id']),
    requestUri: textOf(pushed.json['request_uri']),
    registered: registered.json,
    browser,
    visitor,
    signInForm: readForm(await visitor.get('/sign-in')),
    consentForm: { ...readForm(consent), decision: 'allow' },
    deviceForm: readForm(await browser.get('/device')),
  };
}

function textOf(value: unknown): string {
  if (typeof value !== 'string') throw new Error('a specimen could not be made');
  return value;
}

export function pushWords(): Record<string, string> {
  const { client_id: _, ...words } = Object.fromEntries(
    new URLSearchParams(authorizeLink().split('?')[1]),
  );
  return words;
}

/** The metadata of a dynamic client, with as many members as possible. */
export const registration = {
  client_name: 'Thermo Buddy',
  redirect_uris: ['https://thermo.example/callback'],
  grant_types: ['authorization_code', 'refresh_token'],
  response_types: ['code'],
  token_endpoint_auth_method: 'client_secret_basic',
  scope: 'openid profile',
  client_uri: 'https://thermo.example/',
  logo_uri: 'https://thermo.example/logo.png',
  policy_uri: 'https://thermo.example/privacy',
  tos_uri: 'https://thermo.example/terms',
  contacts: ['ops@thermo.example'],
  jwks: { keys: [key.jwk] },
  subject_type: 'public',
  id_token_signed_response_alg: 'ES256',
  default_max_age: 3600,
  require_auth_time: true,
  post_logout_redirect_uris: ['https://thermo.example/out'],
  software_id: '4NRB1-0XZABZI9E6-5SM3R',
  software_version: '2.1',
};

/** Long enough that no other text is equal. */
const marked = 20;

function secretsOf(platform: TestPlatform, specimens: Specimens): readonly string[] {
  const { accessToken, refreshToken, idToken, code, adminToken, apiKey, deviceCode } = specimens;
  const tokens = [accessToken, refreshToken, idToken, code, adminToken, apiKey, deviceCode];
  const ends = [...tokens, ...platform.secrets.values()].map((secret) => secret.slice(-marked));
  return [...ends, verifier.slice(0, marked), 'correct horse'];
}

export function randomNetwork(): string {
  const [a = 0, b = 0, c = 0] = randomBytes(3);
  return `10.${a}.${b}.${c}`;
}

export const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
export const formType = { 'content-type': 'application/x-www-form-urlencoded' };
export const jsonType = { 'content-type': 'application/json' };

export function basic({ platform }: World, clientId: string): Readonly<Record<string, string>> {
  const pair = `${clientId}:${platform.secrets.get(clientId)}`;
  return { authorization: `Basic ${Buffer.from(pair).toString('base64')}` };
}

export const prover = createDpopProver({ algorithm: 'ES256', privateKey: key.privateKey });
/** The client's key, as a proof contains it. */
export const { d: _private, ...publicJwk } = key.privateKey.export({ format: 'jwk' });
export const uniqueId = () => randomBytes(12).toString('base64url');
export { ada, buildings, callback, grace, key, signObject, verifier };
