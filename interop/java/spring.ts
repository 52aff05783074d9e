/**
 * The properties of the two Spring Boot applications: what their authors would write into
 * application.properties.
 */
import type { Given } from './configuration.ts';
import { rooms } from './configuration.ts';

const registrations = (
  given: Given,
): Readonly<Record<string, Readonly<Record<string, string>>>> => ({
  keywright: { ...login, 'client-id': 'spring', 'client-secret': given.secrets['spring'] ?? '' },
  keyed: {
    ...login,
    'client-id': 'spring-keyed',
    'client-authentication-method': 'private_key_jwt',
  },
  own: { ...gateway(given), 'authorization-grant-type': 'client_credentials' },
  exchange: {
    ...gateway(given),
    'authorization-grant-type': 'urn:ietf:params:oauth:grant-type:token-exchange',
  },
  assertion: {
    provider: 'keywright',
    'client-id': 'sync',
    'client-secret': given.secrets['sync'] ?? '',
    'authorization-grant-type': 'urn:ietf:params:oauth:grant-type:jwt-bearer',
    scope: 'rooms:read',
  },
});

const login = {
  provider: 'keywright',
  'authorization-grant-type': 'authorization_code',
  'redirect-uri': '{baseUrl}/login/oauth2/code/{registrationId}',
  scope: 'openid,profile,email,offline_access,rooms:read',
};

const gateway = (given: Given) => ({
  provider: 'keywright',
  'client-id': 'gateway',
  'client-secret': given.secrets['gateway'] ?? '',
  scope: 'rooms:read',
});

export function clientArguments(given: Given, issuer: string, port: number): readonly string[] {
  const prefix = 'spring.security.oauth2.client';
  return properties({
    'server.port': String(port),
    'client.key': JSON.stringify(given.keys.signing),
    'client.api': rooms,
    [`${prefix}.provider.keywright.issuer-uri`]: issuer,
    ...Object.fromEntries(
      Object.entries(registrations(given)).flatMap(([id, settings]) =>
        Object.entries(settings).map(([name, value]) => [
          `${prefix}.registration.${id}.${name}`,
          value,
        ]),
      ),
    ),
  });
}

export function apiArguments(given: Given, issuer: string, port: number): readonly string[] {
  const prefix = 'spring.security.oauth2.resourceserver.jwt';
  return properties({
    'server.port': String(port),
    [`${prefix}.issuer-uri`]: issuer,
    [`${prefix}.audiences`]: rooms,
    'api.introspection': `${issuer}/introspect`,
    'api.secret': given.secrets['rooms-api'] ?? '',
  });
}

function properties(all: Readonly<Record<string, string>>): readonly string[] {
  return Object.entries(all).map(([name, value]) => `--${name}=${value}`);
}
