/**
 * A client as metadata (RFC 7591 §3.2.1), by the names of the IANA registry, for the client that
 * registered itself and for administrators.
 */
import type { Client } from '../../../model/entities.ts';
import { optionalScopesOf } from '../registered-access.ts';
import type { ClientRegistration } from '../client-registration.ts';
import { renderSettings, type SettingRow } from './settings.ts';

type Members = Readonly<Record<string, unknown>>;

/**
 * Everything that was registered, except the secret, which only the client knows, and members about
 * the management of the registration.
 */
export function renderMetadata(client: Client): Members {
  const { homepage, authenticationMethods, publisher, settings = {} } = client;
  const { softwareStatement } = settings;
  const optionalScopes = optionalScopesOf(client);
  return {
    client_name: client.name,
    ...(publisher === undefined ? {} : { publisher }),
    ...(homepage === undefined ? {} : { client_uri: homepage }),
    redirect_uris: client.redirectUris,
    grant_types: client.grantTypes,
    response_types: responseTypesOf(client),
    token_endpoint_auth_method: authenticationMethods[0],
    scope: client.scopes.join(' '),
    ...(optionalScopes.length === 0 ? {} : { optional_scope: optionalScopes.join(' ') }),
    application_type: client.kind === 'native' ? 'native' : 'web',
    id_token_signed_response_alg: client.idTokenAlgorithm,
    ...(softwareStatement === undefined ? {} : { software_statement: softwareStatement }),
    ...renderSettings(settings, (row) => !isOnlyAsSaid(row)),
  };
}

/** A client by the names of RFC 7591 §2, without the digests of its secrets. */
export function renderForAdministrators(client: Client): Members {
  const { id, kind, trust, status, origin, createdAt, settings = {} } = client;
  return {
    client_id: id,
    kind,
    trust,
    status,
    origin,
    created_at: createdAt,
    ...renderMetadata(client),
    ...renderSettings(settings, isOnlyAsSaid),
    secrets: client.secrets.map((secret) => ({
      id: secret.id,
      created_at: secret.createdAt,
      expires_at: secret.expiresAt,
    })),
  };
}

/**
 * Everything with which the client was registered. Registered again, it gives the same client with
 * other secrets and times.
 */
export function renderRegistration(client: Client): ClientRegistration {
  const { id, kind, trust, authenticationMethods, settings = {} } = client;
  const { response_types: _, application_type: __, ...metadata } = renderMetadata(client);
  const [method, another] = authenticationMethods;
  return {
    ...metadata,
    client_id: id,
    kind,
    trust,
    client_name: client.name,
    // With two methods, the client named none.
    token_endpoint_auth_method: another === undefined ? method : undefined,
    ...renderSettings(settings, isOnlyAsSaid),
  };
}

/**
 * Members that only administrators read, and members whose default is shown to the client anyway.
 */
function isOnlyAsSaid({ isHidden, name }: SettingRow): boolean {
  return isHidden === true || name === 'response_types';
}

/** RFC 7591 §2.1: the response types of its grants if it named none. */
function responseTypesOf({ settings, grantTypes }: Client): readonly string[] {
  return settings?.responseTypes ?? (grantTypes.includes('authorization_code') ? ['code'] : []);
}
