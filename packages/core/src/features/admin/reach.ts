/**
 * The limits of `clients:write` (docs/reference/admin-api.md). A caller gives a client nothing that
 * the caller does not have, and does not take over a client that has more. What a caller has are
 * the scopes of its registration, not those of one token, because the token is only for this API.
 * With `clients:trust` in the token too, a caller may also make clients for which users are not
 * asked.
 */
import { type AdminScope, isAdminScope } from '../../kernel/apis/admin.ts';
import { changedMembers } from '../../kernel/clients/changes.ts';
import { renderMetadata } from '../../kernel/clients/metadata/rendering.ts';
import { OAuthError } from '../../model/errors.ts';
import type { Client } from '../../model/entities.ts';
import { isGrantScope } from '../../rules/grant-scopes.ts';
import { isOpenIdScope } from '../../rules/target.ts';
import type { ConfigProblem } from '../../model/errors.ts';
import type { ApiDirectory } from '../../model/services.ts';

export interface Caller {
  readonly client: Client;
  /** Scopes of this API that both the token and its client have. */
  readonly granted: readonly AdminScope[];
}

/** What this client has and the caller does not. Empty if the caller may give it everything. */
export function problemsBeyond(caller: Caller, client: Client): readonly ConfigProblem[] {
  const { scopes, settings } = caller.client;
  const problems: ConfigProblem[] = [];
  for (const scope of client.scopes) {
    if (isAdminScope(scope))
      problems.push({ path: 'scope', message: `${scope} can only be given by the configuration` });
    // These concern the user who agrees, or the client's own grants. No service can have them.
    else if (!isOpenIdScope(scope) && !isGrantScope(scope) && !scopes.includes(scope))
      problems.push({ path: 'scope', message: `${scope} is not a scope of the caller` });
  }
  const types = settings?.authorizationDetailsTypes ?? [];
  for (const type of client.settings?.authorizationDetailsTypes ?? [])
    if (!types.includes(type))
      problems.push({
        path: 'authorization_details_types',
        message: `${type} is not a type of the caller`,
      });
  return problems;
}

/**
 * Whether the client gets access without the decision of a user. Only a caller with `clients:trust`
 * may make such a client.
 */
export function needsTrust(client: Client, apis: ApiDirectory): boolean {
  const { trust, settings } = client;
  return (
    trust === 'first-party' ||
    // RFC 8693, RFC 7523 §2.1: it gets tokens of users who are not present.
    settings?.tokenExchange !== undefined ||
    settings?.assertionIssuers !== undefined ||
    // RFC 7662 §4: a client with this id may see tokens of other clients.
    apis.all.some(({ introspectors }) => introspectors.includes(client.id))
  );
}

/**
 * Addresses that are shown to users or read by this server. Their hosts get no data of users, and
 * may serve files of other people.
 */
const neverIdentified: readonly string[] = [
  'client_uri',
  'logo_uri',
  'policy_uri',
  'tos_uri',
  'sector_identifier_uri',
  'request_uris',
];

/**
 * Whether an address is at an origin where the client had none. Users who consented to the client
 * are not asked again. The host at the new address could learn who they are, or could act as the
 * client.
 */
export function hasOtherOrigin(former: Client, client: Client): boolean {
  const before = addressesOf(former);
  const known = new Set(before.map(([, origin]) => origin));
  const identified = new Set(
    before.filter(([name]) => !neverIdentified.includes(name)).map(([, origin]) => origin),
  );
  return addressesOf(client).some(
    ([name, origin]) => !(neverIdentified.includes(name) ? known : identified).has(origin),
  );
}

/**
 * Each member with addresses, with the origins of these addresses. `hasOtherKeys` checks the
 * addresses of keys.
 */
function addressesOf(client: Client): readonly (readonly [name: string, origin: string])[] {
  return Object.entries(renderMetadata(client))
    .filter(([name]) => /_(uris?|endpoint)$/.test(name) && !isKeyMember(name))
    .flatMap(([name, value]) =>
      [value].flat().map((uri) => [name, originOf(String(uri))] as const),
    );
}

/**
 * Whether another party could now authenticate as a client to which users may have consented (RFC
 * 7523 §2.2, RFC 8705 §2).
 */
export function hasOtherKeys(former: Client, client: Client): boolean {
  const hasFirstSecret = former.secrets.length === 0 && client.secrets.length > 0;
  return (
    former.kind !== 'service' &&
    (hasFirstSecret || changedMembers(former, client).some(isKeyMember))
  );
}

function isKeyMember(name: string): boolean {
  return name === 'jwks' || name === 'jwks_uri' || name.startsWith('tls_client_auth_');
}

/** For a private-use scheme, whose origin is opaque: the whole address. */
function originOf(uri: string): string {
  const origin = URL.parse(uri)?.origin ?? 'null';
  return origin === 'null' ? uri : origin;
}

/** Throws scope_insufficient. */
export function assertTrusted({ granted }: Caller): void {
  if (!granted.includes('clients:trust'))
    throw new OAuthError('scope_insufficient', {
      scope: 'clients:trust',
      description:
        'Whether users are asked about a client is decided with the scope clients:trust: its trust, token_exchange, assertion_issuers, an address at another origin, other keys or a new secret of an application, and whether an API names it as an introspector.',
    });
}

/**
 * Throws resource_forbidden for a client with scopes of the admin API, and for a client of the
 * configuration.
 */
export function assertManageable(client: Client): void {
  // A caller that could change a more powerful client could act as that client.
  if (client.scopes.some(isAdminScope))
    throw forbidden(
      'This client belongs to an administrator. It is managed in the configuration or by command.',
    );
  // The next start would restore the content of the configuration.
  if (client.origin === 'config')
    throw forbidden('This client is in the configuration: change it there.');
}

/** A refusal names at most so many differences. */
const mostNamed = 5;

/** Throws resource_forbidden unless the caller could have made this client. */
export function assertWithinReach(caller: Caller, client: Client, apis: ApiDirectory): void {
  assertManageable(client);
  const trusted = caller.granted.includes('clients:trust') || !needsTrust(client, apis);
  const beyond = problemsBeyond(caller, client).map(({ path, message }) => `${path} ${message}`);
  if (!trusted) beyond.unshift('can only be set by a caller with clients:trust');
  if (beyond.length === 0) return;
  // Only `clients:read` shows what a client has, also in a refusal.
  const named = caller.granted.includes('clients:read')
    ? `: ${beyond.slice(0, mostNamed).join('; ')}`
    : '';
  throw forbidden(`This client has more access than the caller${named}.`);
}

function forbidden(description: string): OAuthError {
  return new OAuthError('resource_forbidden', { description });
}
