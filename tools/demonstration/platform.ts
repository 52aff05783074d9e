/**
 * The platform of the demonstration: its API, its applications, and its users. None of this is
 * secret.
 */
import type { StartedSettings } from './settings.ts';

export interface DemonstrationClient {
  readonly client_id: string;
  readonly kind: 'web' | 'browser' | 'native' | 'service';
  readonly trust: 'first-party' | 'third-party';
  readonly client_name: string;
  readonly publisher: string;
  readonly redirect_uris: readonly string[];
  readonly grant_types: readonly string[];
  readonly scope: string;
  readonly optional_scope?: string;
  /** Left out where there is a secret: then it may be sent in the header or in the body. */
  readonly token_endpoint_auth_method?: 'none';
  readonly subject_type?: 'pairwise';
  readonly authorization_details_types?: readonly string[];
  readonly first_party_challenge?: true;
  readonly post_logout_redirect_uris?: readonly string[];
  readonly token_exchange?: { readonly delegation: true; readonly audiences: readonly string[] };
}

export interface Addresses {
  readonly issuer: string;
  readonly api: string;
  readonly app: string;
  /** The page of captured mails. */
  readonly mail: string;
}

export function addressesOf({ port, apiPort, appPort, mailPort }: StartedSettings): Addresses {
  const at = (number: number) => `http://localhost:${number}`;
  return { issuer: at(port), api: at(apiPort), app: at(appPort), mail: at(mailPort) };
}

export const people = [
  {
    email: 'ada@example.com',
    name: 'Ada Lovelace',
    claims: {
      phone_number: '+44 20 7946 0815',
      address: { locality: 'London', country: 'United Kingdom' },
    },
  },
  { email: 'grace@example.com', name: 'Grace Hopper', claims: { locale: 'en-US' } },
] as const;

/** Scopes of dynamic clients: the basic ones, and seeing buildings. */
export const dynamicClientScopes = [
  'openid',
  'profile',
  'email',
  'offline_access',
  'buildings:read',
] as const;

export const clientIds = {
  thirdPartyApp: 'heatlens',
  backgroundService: 'thermometer',
  platformApi: 'sunrise-api',
  gateway: 'sunrise-gateway',
  operator: 'sunrise-operations',
} as const;

/**
 * What applications may request for single buildings. The owner can leave buildings out, or picks
 * them if the application names none.
 */
const buildingAccess = (api: string) => ({
  type: 'building_access',
  name: 'Access to single buildings',
  description: 'It may {actions} of these buildings, and of no other',
  resources: 'buildings',
  // The consent page shows the names of the buildings.
  resolver: `${api}/names`,
  choices: true,
  schema: {
    type: 'object',
    properties: {
      actions: {
        type: 'array',
        items: {
          type: 'string',
          enum: ['plan', 'measurements'],
          words: { plan: 'see the floor plan', measurements: 'see the measurements' },
        },
      },
      buildings: { type: 'array', items: { type: 'string', maxLength: 40 } },
    },
    required: ['actions'],
  },
});

export function apiOf({ api }: Addresses) {
  return {
    identifier: api,
    name: 'Sunrise Buildings',
    scopes: [
      { name: 'buildings:read', description: 'See the buildings you own' },
      { name: 'buildings:write', description: 'Change the name and the place of your buildings' },
      { name: 'measurements:read', description: 'See the measurements of your buildings' },
      { name: 'measurements:write', description: 'Add measurements to your buildings' },
    ],
    authorization_details_types: [buildingAccess(api)],
    introspectors: [clientIds.platformApi, clientIds.gateway],
    // APIs refuse a token within seconds after its consent was withdrawn, although it is valid for
    // minutes.
    token_status: true,
  };
}

const nordwind = { publisher: 'Nordwind Analytics', trust: 'third-party' } as const;
const sunrise = { publisher: 'Sunrise', trust: 'first-party' } as const;
const reading = 'openid profile email offline_access buildings:read measurements:read';
const publicClient = { token_endpoint_auth_method: 'none' } as const;

/** One client of each kind, so that each flow can be tried. */
export function clientsOf({ app, api }: Addresses): readonly DemonstrationClient[] {
  return [
    {
      ...nordwind,
      client_id: clientIds.thirdPartyApp,
      kind: 'web',
      client_name: 'Heatlens',
      redirect_uris: [`${app}/callback`],
      post_logout_redirect_uris: [`${app}/signed-out`],
      grant_types: ['authorization_code', 'refresh_token'],
      scope: reading,
      optional_scope: 'measurements:read',
    },
    {
      ...sunrise,
      client_id: 'sunrise-web',
      kind: 'web',
      client_name: 'Sunrise',
      redirect_uris: [`${app}/first-party/callback`],
      grant_types: ['authorization_code', 'refresh_token', 'password'],
      scope: `${reading} buildings:write measurements:write`,
    },
    {
      ...nordwind,
      ...publicClient,
      client_id: 'heatlens-browser',
      kind: 'browser',
      client_name: 'Heatlens in the browser',
      redirect_uris: [`${app}/spa/callback`],
      grant_types: ['authorization_code', 'refresh_token', 'implicit'],
      scope: reading,
    },
    {
      ...nordwind,
      ...publicClient,
      client_id: 'heatlens-native',
      kind: 'native',
      client_name: 'Heatlens for the desktop',
      redirect_uris: ['http://127.0.0.1/callback'],
      grant_types: ['authorization_code', 'refresh_token'],
      scope: reading,
    },
    ...extensionClientsOf(app),
    ...servicesOf(api),
  ];
}

/** Clients that show extensions of the protocol. */
function extensionClientsOf(app: string): readonly DemonstrationClient[] {
  return [
    {
      ...nordwind,
      ...publicClient,
      client_id: 'heatlens-tv',
      kind: 'native',
      client_name: 'Heatlens for the living room',
      redirect_uris: [],
      grant_types: ['urn:ietf:params:oauth:grant-type:device_code', 'refresh_token'],
      scope: reading,
      optional_scope: 'measurements:read',
    },
    {
      ...sunrise,
      client_id: 'sunrise-desk',
      kind: 'web',
      client_name: 'Sunrise Desk',
      redirect_uris: [],
      grant_types: ['urn:openid:params:grant-type:ciba', 'refresh_token'],
      scope: reading,
    },
    {
      publisher: 'Warmline',
      trust: 'third-party',
      client_id: 'warmline',
      kind: 'web',
      client_name: 'Warmline',
      redirect_uris: [`${app}/warmline/callback`],
      grant_types: ['authorization_code', 'refresh_token'],
      scope: 'openid profile email address phone offline_access buildings:read',
      // This client has pairwise subjects.
      subject_type: 'pairwise',
    },
    {
      ...nordwind,
      client_id: 'heatlens-studio',
      kind: 'web',
      client_name: 'Heatlens Studio',
      redirect_uris: [`${app}/studio/callback`],
      grant_types: ['authorization_code', 'refresh_token'],
      scope: 'openid offline_access buildings:read grant_management_query grant_management_revoke',
      authorization_details_types: ['building_access'],
    },
    {
      ...sunrise,
      ...publicClient,
      client_id: 'sunrise-pocket',
      kind: 'native',
      client_name: 'Sunrise in the pocket',
      redirect_uris: ['com.sunrise.pocket:/callback'],
      grant_types: ['authorization_code', 'refresh_token'],
      scope: 'openid profile buildings:read',
      first_party_challenge: true,
    },
  ];
}

function servicesOf(api: string): readonly DemonstrationClient[] {
  const service = { ...sunrise, kind: 'service', redirect_uris: [] } as const;
  return [
    {
      ...service,
      client_id: clientIds.backgroundService,
      client_name: 'Thermometer',
      grant_types: ['client_credentials'],
      scope: 'buildings:read measurements:read measurements:write',
    },
    {
      ...service,
      client_id: clientIds.platformApi,
      client_name: 'Sunrise Buildings API',
      grant_types: ['client_credentials'],
      // This service asks with which users a building is shared.
      scope: 'buildings:read permissions:check',
    },
    {
      ...service,
      client_id: clientIds.gateway,
      client_name: 'Sunrise Gateway',
      // This service receives calls before the API, and calls the API with exchanged tokens.
      grant_types: ['client_credentials', 'urn:ietf:params:oauth:grant-type:token-exchange'],
      scope: 'buildings:read',
      token_exchange: { delegation: true, audiences: [api] },
    },
    {
      ...service,
      client_id: 'sunrise-security',
      client_name: 'Sunrise Security Desk',
      grant_types: ['client_credentials'],
      scope: 'tokens:revoke',
    },
    {
      ...service,
      client_id: clientIds.operator,
      client_name: 'Sunrise operations',
      grant_types: ['client_credentials'],
      scope: 'clients:read clients:write registration:write',
    },
  ];
}
