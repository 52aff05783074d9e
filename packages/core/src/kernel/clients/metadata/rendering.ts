/** A client as metadata again (RFC 7591 §3.2.1): the names of the IANA registry, for whoever registered it and for administrators. */
import type { Client } from '../../../model/entities.ts';
import { optionalScopesOf } from '../registered-access.ts';
import type { ClientRegistration } from '../client-registration.ts';
import type { ClientSettings, EncryptionChoice } from '../../../model/client-settings.ts';

type Members = Readonly<Record<string, unknown>>;
type Setting = keyof ClientSettings;

/** Everything registered, without what only ever the client knows (its secret) and without what is about its management. */
export function renderMetadata(client: Client): Members {
  const { homepage, authenticationMethods, publisher } = client;
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
    ...renderSettings(client.settings ?? {}),
  };
}

/** Everything about a client but the digests of its secrets. */
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
    ...renderOwn(settings),
    secrets: client.secrets.map((secret) => ({
      id: secret.id,
      created_at: secret.createdAt,
      expires_at: secret.expiresAt,
    })),
  };
}

/** All of what it was registered with: registered again, it is the same client but for its secrets and times. */
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
    // Two of them: it named none.
    token_endpoint_auth_method: another === undefined ? method : undefined,
    ...renderOwn(settings),
  };
}

/** What is said by administrators alone, and told to nobody else. */
export function renderOwn(settings: ClientSettings): Members {
  const members: Record<string, unknown> = {};
  for (const name of own) if (settings[name] !== undefined) members[toSnakeCase(name)] = settings[name];
  return members;
}

const own = [
  'responseTypes',
  'profile',
  'requirePkce',
  'idTokenClaims',
  'refreshAbsoluteSeconds',
  'refreshRetrySeconds',
  'tokenExchange',
  'assertionIssuers',
] as const satisfies readonly Setting[];

/** RFC 7591 §2.1: those that its grants are for, where it named none. */
function responseTypesOf({ settings, grantTypes }: Client): readonly string[] {
  return settings?.responseTypes ?? (grantTypes.includes('authorization_code') ? ['code'] : []);
}

function renderSettings(settings: ClientSettings): Members {
  const members: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(settings))
    if (value !== undefined) Object.assign(members, renderSetting(name as Setting, value));
  return members;
}

function renderSetting(name: Setting, value: unknown): Members {
  if (hidden.has(name)) return {};
  const encryption = encryptions[name];
  if (encryption !== undefined) return renderEncryption(encryption, value as EncryptionChoice);
  if (name === 'tlsClientAuth') return renderTlsName(value as NonNullable<ClientSettings['tlsClientAuth']>);
  return { [otherNames[name] ?? toSnakeCase(name)]: value };
}

/** Of the server alone, or of its administrators. */
const hidden: ReadonlySet<Setting> = new Set<Setting>(['registrationTokenDigest', ...own]);

const otherNames: Partial<Record<Setting, string>> = {
  // RFC 9126 §6, RFC 8705 §3.4.
  requirePushedRequests: 'require_pushed_authorization_requests',
  certificateBoundAccessTokens: 'tls_client_certificate_bound_access_tokens',
};

/** What stands before `_alg` and `_enc`. */
const encryptions: Partial<Record<Setting, string>> = {
  requestObjectEncryption: 'request_object_encryption',
  authorizationEncryption: 'authorization_encrypted_response',
  idTokenEncryption: 'id_token_encrypted_response',
  userinfoEncryption: 'userinfo_encrypted_response',
  introspectionEncryption: 'introspection_encrypted_response',
};

function renderEncryption(prefix: string, { alg, enc }: EncryptionChoice): Members {
  return { [`${prefix}_alg`]: alg, [`${prefix}_enc`]: enc };
}

/** RFC 8705 §2.1.2. */
function renderTlsName({ kind, value }: NonNullable<ClientSettings['tlsClientAuth']>): Members {
  return { [`tls_client_auth_${kind}`]: value };
}

function toSnakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
