/** The platform of the demonstration: its API, the applications around it, and who uses them. Nothing here is secret. */
import type { DemonstrationSettings } from './settings.ts';

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
}

export interface Addresses {
  readonly issuer: string;
  readonly api: string;
  readonly app: string;
}

export function addressesOf({ port, apiPort, appPort }: DemonstrationSettings): Addresses {
  const at = (number: number) => `http://localhost:${number}`;
  return { issuer: at(port), api: at(apiPort), app: at(appPort) };
}

export const people = [
  { email: 'ada@example.com', name: 'Ada Lovelace' },
  { email: 'grace@example.com', name: 'Grace Hopper' },
] as const;

export const clientIds = {
  thirdPartyApp: 'heatlens',
  backgroundService: 'thermometer',
  platformApi: 'sunrise-api',
} as const;

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
    introspectors: [clientIds.platformApi],
    // Access that was taken back is refused within seconds, though tokens live for minutes.
    token_status: true,
  };
}

const nordwind = { publisher: 'Nordwind Analytics', trust: 'third-party' } as const;
const sunrise = { publisher: 'Sunrise', trust: 'first-party' } as const;
const reading = 'openid profile email offline_access buildings:read measurements:read';
const publicClient = { token_endpoint_auth_method: 'none' } as const;

/** One of each kind, so that every flow can be tried. */
export function clientsOf({ app }: Addresses): readonly DemonstrationClient[] {
  return [
    {
      ...nordwind,
      client_id: clientIds.thirdPartyApp,
      kind: 'web',
      client_name: 'Heatlens',
      redirect_uris: [`${app}/callback`],
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
    ...servicesOf(),
  ];
}

function servicesOf(): readonly DemonstrationClient[] {
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
      // It asks whom a building is shared with.
      scope: 'buildings:read permissions:check',
    },
  ];
}
