/** The setting of the flows of API keys: Sunrise, whose billing API has its own service too. */
import {
  type ApiKeyRegistration,
  issueApiKey,
  type IssuedApiKey,
  registerApi,
} from '@keywright/core';
import { assertHeader, importKeySet, keyOf, parseJwt, verifyParsed } from '@keywright/jwt';
import type { Answer, TestPlatform, TestPlatformOptions } from '../src/index.ts';
import { billing, buildings, clients, createSunrise } from './sunrise.ts';

export async function createKeyedSunrise(options: TestPlatformOptions = {}): Promise<TestPlatform> {
  const service = { kind: 'service', trust: 'first-party' } as const;
  const platform = await createSunrise({
    clients: [
      ...clients,
      { ...service, client_id: 'billing-api', client_name: 'The billing API itself' },
      {
        ...service,
        client_id: 'accountant',
        client_name: 'Accountant',
        scope: 'buildings:read invoices:read',
      },
    ],
    ...options,
  });
  const apis = await platform.store.apis.list();
  const api = apis.find(({ identifier }) => identifier === billing);
  if (api === undefined) throw new Error('no billing API');
  await platform.store.apis.save(
    registerApi({ ...api, introspectors: ['billing-api'] }, { apis, origin: 'config' }),
  );
  return platform;
}

/** A key of the collector for the buildings API. `over` changes it. */
export function issue(
  platform: TestPlatform,
  over: Partial<ApiKeyRegistration> = {},
): Promise<IssuedApiKey> {
  return issueApiKey(platform.ports, {
    client_id: 'collector',
    environment: 'live',
    name: 'Night job',
    scope: 'buildings:read measurements:read',
    ...over,
  });
}

export function basic(
  platform: TestPlatform,
  clientId: string,
): { readonly authorization: string } {
  const pair = `${clientId}:${platform.secrets.get(clientId)}`;
  return { authorization: `Basic ${Buffer.from(pair).toString('base64')}` };
}

export const manifestOf = (audience: string): string =>
  `/api-keys/manifest?audience=${encodeURIComponent(audience)}`;

/** Requests the manifest of the buildings API, as the service of this API. */
export function fetchManifest(
  platform: TestPlatform,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  return platform.get(manifestOf(buildings), { ...basic(platform, 'buildings-api'), ...headers });
}

export interface ManifestEntry {
  readonly id: string;
  readonly sha256: string;
  readonly client_id: string;
  readonly env: string;
  readonly scope: string;
  readonly exp?: number;
  readonly networks?: readonly string[];
}

export interface ManifestClaims {
  readonly iat: number;
  readonly exp: number;
  readonly keys: readonly ManifestEntry[];
}

/**
 * The claims of a manifest, after its signature was checked with the published keys, as in a guard.
 */
export async function readManifest(
  platform: TestPlatform,
  answer: Answer,
  audience = buildings,
): Promise<ManifestClaims> {
  if (answer.status !== 200) throw new Error(`no manifest: ${answer.status} ${answer.body}`);
  const keys = importKeySet((await platform.get('/jwks')).json);
  const parsed = parseJwt(answer.body, 16 * 1024 * 1024);
  assertHeader(parsed.header, 'api-keys+jwt');
  const { kid, algorithm } = keyOf(parsed.header);
  const { claims } = verifyParsed(parsed, keys.find(kid, algorithm), {
    issuer: platform.issuer,
    audience,
    nowSeconds: platform.clock.nowSeconds(),
  });
  return claims as unknown as ManifestClaims;
}

/** Ids of the keys in the manifest, in their order. */
export async function listedIds(platform: TestPlatform): Promise<readonly string[]> {
  return (await readManifest(platform, await fetchManifest(platform))).keys.map(({ id }) => id);
}

export function exchange(
  platform: TestPlatform,
  text: string,
  form: Readonly<Record<string, string | readonly string[]>> = {},
  remoteAddress?: string,
): Promise<Answer> {
  const words = { grant_type: 'client_credentials', ...form };
  return platform.browser(remoteAddress).post('/token', words, { authorization: `ApiKey ${text}` });
}

export async function introspect(
  platform: TestPlatform,
  token: string,
  clientId = 'buildings-api',
): Promise<Record<string, unknown>> {
  return (await platform.post('/introspect', { token }, clientId)).json;
}

export function postJson(
  platform: TestPlatform,
  path: string,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
  remoteAddress?: string,
): Promise<Answer> {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return platform
    .browser(remoteAddress)
    .post(path, text, { 'content-type': 'application/json', ...headers });
}

/** The stored value, after everything requested was written. */
export async function lastUse(platform: TestPlatform, id: string): Promise<number | undefined> {
  await platform.store.probe();
  return (await platform.store.apiKeys.load(id))?.lastUsedAt;
}
