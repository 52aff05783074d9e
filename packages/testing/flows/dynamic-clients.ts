/** A platform with dynamic clients: what they send and publish, and the result. */
import type { Outbound, OutboundRequest } from '@keywright/core';
import type { Answer, TestPlatform, TestPlatformOptions } from '../src/index.ts';
import { call } from './permissions-service.ts';
import { createSunrise } from './sunrise.ts';

/** The content of external addresses: a text, an answer, or a fault. */
export type Site = Map<
  string,
  string | { readonly text: string; readonly maxAgeSeconds?: number } | Error
>;

/** Every address that was requested, in order. */
export interface OutsideWorld extends Outbound {
  readonly site: Site;
  readonly asked: string[];
}

export function createOutside(site: Site = new Map()): OutsideWorld {
  const asked: string[] = [];
  return {
    site,
    asked,
    async send(url: string, { maxBytes = 1_000_000 }: OutboundRequest) {
      asked.push(url);
      const found = site.get(url);
      if (found instanceof Error) throw found;
      if (found === undefined) throw new Error('answered 404.');
      const { text, maxAgeSeconds } =
        typeof found === 'string' ? { text: found, maxAgeSeconds: undefined } : found;
      if (Buffer.byteLength(text) > maxBytes) throw new Error('answered too much.');
      return { status: 200, text, maxAgeSeconds };
    },
  };
}

export function createDynamicClients(
  options: TestPlatformOptions = {},
  outside: Outbound = createOutside(),
): Promise<TestPlatform> {
  return createSunrise({
    ...options,
    features: { registration: 'open', ...options.features },
    ports: (ports) => ({ outbound: outside, ...options.ports?.(ports) }),
  });
}

export const webApp = {
  client_name: 'Thermo Buddy',
  redirect_uris: ['https://thermo.example/callback'],
} as const;

export function register(platform: TestPlatform, body: unknown, token?: string): Promise<Answer> {
  return call(platform, '/register', token, { body });
}

/** One request about a registration, by its members in the last answer. */
export function manage(
  platform: TestPlatform,
  method: 'GET' | 'PUT' | 'DELETE',
  registered: Readonly<Record<string, unknown>>,
  body?: unknown,
): Promise<Answer> {
  const { pathname } = new URL(String(registered['registration_client_uri']));
  return call(platform, pathname, String(registered['registration_access_token']), {
    method,
    ...(body === undefined ? {} : { body }),
  });
}

/** From here on, the helpers of the platform authenticate the client by its secret. */
export function remember(
  platform: TestPlatform,
  registered: Readonly<Record<string, unknown>>,
): string {
  const { client_id: id, client_secret: secret } = registered as {
    client_id: string;
    client_secret?: string;
  };
  if (secret !== undefined) (platform.secrets as Map<string, string>).set(id, secret);
  return id;
}
