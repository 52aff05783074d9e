/**
 * What the server can do: one row for each feature, with all that is data. The setting, the types
 * of grants, the table of tiers, discovery, the labels of metrics, and what the log removes are
 * derived from these rows. The code of a feature is in its folder (`kernel/routing/feature.ts`).
 */
import { cibaGrant, deviceCodeGrant, jwtBearerGrant, tokenExchangeGrant } from '@keywright/wire';

/** What a client may do follows from its tier (`kernel/policy/tiers.ts`). */
export const tierNames = [
  'first_party_app',
  'third_party_app',
  'first_party_browser_app',
  'third_party_browser_app',
  'service',
  'unverified_app',
] as const;
/** The name of a tier: one of `tierNames`. */
export type TierName = (typeof tierNames)[number];

/** A type of grant. A tier that is in neither list never has it. */
export interface GrantRow {
  readonly type: string;
  /** The parameter with what is redeemed. It is a secret. */
  readonly credential: string | undefined;
  /** The tiers whose clients have it when their registration names no grants. */
  readonly tiers: readonly TierName[];
  /** The tiers whose clients have it when their registration names it. */
  readonly tiersByName: readonly TierName[];
  /** `authorization-endpoint`: it has no handler at the token endpoint. */
  readonly issuedAt: 'token-endpoint' | 'authorization-endpoint';
  readonly bringsRefreshTokens: boolean;
  readonly clients: 'all' | 'confidential';
  /** RFC 9700 §2.1.2, §2.4 tell clients to leave it. */
  readonly isLegacy: boolean;
}

/** The data of a feature. */
export interface FeatureRow {
  /** For people: the reference page of the configuration. */
  readonly about: string;
  /**
   * The default of its setting, or its values: the first one is the default, and it is off.
   * `always`: there is no setting, and it is on.
   */
  readonly setting: 'always' | boolean | readonly ['off', ...string[]];
  readonly grant: GrantRow | undefined;
  /** Names of other parameters and members that hold secrets: the log removes their values. */
  readonly secrets: readonly string[];
}

const usual = { issuedAt: 'token-endpoint', isLegacy: false } as const;
const ofPeople = tierNames.filter((name) => name !== 'service');

function withoutGrant<
  const Setting extends FeatureRow['setting'],
  const Secrets extends readonly string[],
>(about: string, setting: Setting, secrets: Secrets) {
  return { about, setting, grant: undefined, secrets };
}

const table = {
  base: withoutGrant(
    'What every server has: its pages, authentication of clients, and the endpoints for APIs.',
    'always',
    [
      'password',
      'client_secret',
      'clientSecret',
      'client_assertion',
      'secret',
      'token',
      'access_token',
      'id_token',
      'authorization',
      'cookie',
      'csrf',
      'api_key',
    ],
  ),
  authorizationCode: {
    about: 'The authorization code grant (RFC 6749 §4.1).',
    setting: 'always',
    grant: {
      ...usual,
      type: 'authorization_code',
      credential: 'code',
      tiers: ofPeople,
      tiersByName: [],
      bringsRefreshTokens: true,
      clients: 'all',
    },
    secrets: ['code_verifier'],
  },
  refreshToken: {
    about: 'Refresh tokens (RFC 6749 §6).',
    setting: 'always',
    grant: {
      ...usual,
      type: 'refresh_token',
      credential: 'refresh_token',
      tiers: ofPeople,
      tiersByName: [],
      bringsRefreshTokens: false,
      clients: 'all',
    },
    secrets: [],
  },
  clientCredentials: {
    about: 'The client credentials grant (RFC 6749 §4.4).',
    setting: 'always',
    grant: {
      ...usual,
      type: 'client_credentials',
      credential: undefined,
      tiers: ['service'],
      tiersByName: [],
      bringsRefreshTokens: false,
      clients: 'all',
    },
    secrets: [],
  },
  password: {
    about: 'The password grant (RFC 6749 §4.3).',
    setting: 'always',
    grant: {
      ...usual,
      type: 'password',
      credential: 'password',
      tiers: [],
      tiersByName: ['first_party_app'],
      bringsRefreshTokens: true,
      clients: 'all',
      isLegacy: true,
    },
    secrets: [],
  },
  implicit: {
    about: 'The implicit grant (RFC 6749 §4.2).',
    setting: 'always',
    grant: {
      ...usual,
      type: 'implicit',
      credential: undefined,
      tiers: [],
      tiersByName: ['first_party_browser_app', 'third_party_browser_app'],
      bringsRefreshTokens: false,
      clients: 'all',
      issuedAt: 'authorization-endpoint',
      isLegacy: true,
    },
    secrets: [],
  },
  pushedRequests: withoutGrant('Pushed authorization requests (RFC 9126).', true, []),
  requestObjects: withoutGrant('Signed request objects (RFC 9101).', true, []),
  claimsParameter: withoutGrant('The parameter `claims` (OpenID Connect Core §5.5).', true, []),
  securedResponses: withoutGrant('Signed authorization responses (JARM).', true, []),
  hybrid: withoutGrant(
    'The response types that combine `code` and `id_token`, and `id_token` alone.',
    false,
    [],
  ),
  dpop: withoutGrant('Tokens bound to a key of the client (RFC 9449).', true, ['dpop']),
  mutualTls: withoutGrant(
    'Client certificates (RFC 8705). Needs TLS at this server, or a proxy that forwards them.',
    false,
    [],
  ),
  deviceAuthorization: {
    about: 'Sign-in on another device (RFC 8628).',
    setting: false,
    grant: {
      ...usual,
      type: deviceCodeGrant,
      credential: 'device_code',
      tiers: ['first_party_app'],
      tiersByName: ['third_party_app'],
      bringsRefreshTokens: true,
      clients: 'all',
    },
    secrets: ['user_code'],
  },
  backchannelAuthentication: {
    about: 'Requests that the user answers on another device (CIBA).',
    setting: false,
    grant: {
      ...usual,
      type: cibaGrant,
      credential: 'auth_req_id',
      tiers: [],
      tiersByName: ['first_party_app', 'third_party_app'],
      bringsRefreshTokens: true,
      // CIBA Core §7.1: the client must have authenticated, and a public client cannot.
      clients: 'confidential',
    },
    secrets: ['client_notification_token', 'login_hint_token'],
  },
  tokenExchange: {
    about: 'The exchange of one token for another (RFC 8693).',
    setting: false,
    grant: {
      ...usual,
      type: tokenExchangeGrant,
      credential: 'subject_token',
      tiers: [],
      tiersByName: ['service'],
      bringsRefreshTokens: false,
      clients: 'all',
    },
    secrets: ['actor_token'],
  },
  jwtAssertions: {
    about: 'Assertions of other issuers as grants (RFC 7523 §2.1).',
    setting: false,
    grant: {
      ...usual,
      type: jwtBearerGrant,
      credential: 'assertion',
      tiers: [],
      tiersByName: ['service'],
      bringsRefreshTokens: false,
      clients: 'all',
    },
    secrets: [],
  },
  registration: withoutGrant(
    'Who may register clients (RFC 7591): nobody, holders of a token from you, or everybody.',
    ['off', 'initial-token', 'open'],
    ['registration_access_token', 'software_statement'],
  ),
  clientIdDocuments: withoutGrant(
    'Client ids that are the address of a metadata document (CIMD).',
    false,
    [],
  ),
  logout: withoutGrant('RP-initiated, back-channel and front-channel logout.', true, [
    'id_token_hint',
    'logout_token',
  ]),
  grantManagement: withoutGrant('Grant Management for OAuth 2.0.', false, []),
  globalTokenRevocation: withoutGrant('Global Token Revocation.', false, []),
  passkeys: withoutGrant(
    'Sign-in with passkeys (Web Authentication). Needs an issuer with a host name.',
    false,
    ['passkey'],
  ),
  totp: withoutGrant(
    'A second factor after the password: codes of an authenticator app (RFC 6238), and recovery codes. Accounts that have one are asked for it, also while this is off.',
    false,
    ['totp', 'otp', 'recovery_code'],
  ),
  challengeEndpoint: withoutGrant(
    'The authorization challenge endpoint for first-party applications.',
    false,
    ['auth_session'],
  ),
} as const satisfies Readonly<Record<string, FeatureRow>>;
type Table = typeof table;

/** Every feature. */
export type FeatureName = keyof Table;
/** The row of each feature. */
export const features: Readonly<Record<FeatureName, FeatureRow>> = table;

/** The features that have a setting. */
export type SettingName = {
  [Name in FeatureName]: Table[Name]['setting'] extends 'always' ? never : Name;
}[FeatureName];
type ValueOf<Setting> = Setting extends readonly (infer Value)[] ? Value : boolean;

/**
 * Which features are on. A feature that is off has no routes, is not announced, and costs nothing.
 */
export type Features = { readonly [Name in SettingName]: ValueOf<Table[Name]['setting']> };

const names = Object.keys(features) as readonly FeatureName[];
/** The names of the features that have a setting. */
export const featureNames = names.filter(
  (name): name is SettingName => features[name].setting !== 'always',
);
/** The settings when a configuration says nothing of them. */
export const defaultFeatures = Object.fromEntries(
  featureNames.map((name) => {
    const { setting } = features[name];
    return [name, typeof setting === 'object' ? setting[0] : setting];
  }),
) as unknown as Features;

/** A feature without a value is off. */
export function isFeatureOn(settings: Partial<Features>, name: FeatureName): boolean {
  if (features[name].setting === 'always') return true;
  const { [name as SettingName]: value = false } = settings;
  return value !== false && value !== 'off';
}

/** The features with a grant at the token endpoint: their folders must have a handler. */
export type TokenGrantFeature = {
  [Name in FeatureName]: Table[Name]['grant'] extends { readonly issuedAt: 'token-endpoint' }
    ? Name
    : never;
}[FeatureName];

type TypeOf<Grant> = Grant extends { readonly type: infer Type } ? Type : never;
/** As in `grant_type` and in the metadata of clients (RFC 6749 §4, §6; RFC 7591 §2). */
export type GrantType = TypeOf<Table[FeatureName]['grant']>;

/** The row of each type of grant, with the feature that has it. */
export const grants = Object.fromEntries(
  names.flatMap((feature) => {
    const { grant } = features[feature];
    return grant === undefined ? [] : [[grant.type, { ...grant, feature }]];
  }),
) as unknown as Readonly<Record<GrantType, GrantRow & { readonly feature: FeatureName }>>;
/** Every type of grant. */
export const grantTypes = Object.keys(grants) as readonly GrantType[];

/** Types of grants with this property. */
export const grantsWith = (is: (row: GrantRow) => boolean): readonly GrantType[] =>
  grantTypes.filter((type) => is(grants[type]));

/** No event has a member of such a name, and the log removes its value. */
export type SecretName =
  | Table[FeatureName]['secrets'][number]
  | NonNullable<NonNullable<Table[FeatureName]['grant']>['credential']>;
/** Names of secrets. No event has a member of such a name, and the log removes its value. */
export const secretNames: readonly string[] = [
  ...new Set(
    names.flatMap((name) => [
      ...[features[name].grant?.credential ?? []].flat(),
      ...features[name].secrets,
    ]),
  ),
];
