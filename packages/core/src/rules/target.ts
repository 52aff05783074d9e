/** The APIs of a request: from resource indicators (RFC 8707), or from its scopes (RFC 9068 §3). */
import { openIdScopes } from '@keywright/wire';
import { OAuthError } from '../model/errors.ts';
import { grantsIdentifier } from './grant-scopes.ts';
import type { Api } from '../model/entities.ts';
import type { ApiDirectory } from '../model/services.ts';

const maxResources = 20;

/**
 * The named resources, each once. It is not checked whether one is an absolute URI without a
 * fragment (RFC 8707 §2), because every identifier of an API is, and other values are refused as
 * unknown. Throws target_invalid for too many.
 */
export function parseResources(values: readonly string[]): readonly string[] {
  if (values.length < 2) return values;
  if (values.length > maxResources)
    throw new OAuthError('target_invalid', { description: 'Too many resource parameters.' });
  return [...new Set(values)];
}

/**
 * Whether OpenID Connect Core defines this scope (§3.1.2.1, §5.4, §11). Such a scope belongs to no
 * API.
 */
export function isOpenIdScope(scope: string): boolean {
  return Object.hasOwn(openIdScopes, scope);
}

/** RFC 6749 §3.3, without a scope parameter: all scopes of the client at the APIs that it named. */
export function defaultScopes(
  clientScopes: readonly string[],
  resources: readonly string[],
  apis: ApiDirectory,
): readonly string[] {
  if (resources.length === 0) return clientScopes;
  return clientScopes.filter(
    (scope) => isOpenIdScope(scope) || resources.includes(apis.ofScope(scope)?.identifier ?? ''),
  );
}

/**
 * The audiences of a request. Named resources must be APIs of which this client has scopes, or that
 * have none, and every API scope must belong to one of them. Without resources, the APIs of the
 * scopes and of the details are used. Throws target_invalid or scope_invalid.
 */
export function resolveAudiences(
  scopes: readonly string[],
  resources: readonly string[],
  clientScopes: readonly string[],
  apis: ApiDirectory,
  ofDetails: readonly string[] = [],
): readonly string[] {
  const ofScopes = audiencesOfScopes(scopes, apis);
  if (resources.length === 0)
    return ofDetails.length === 0 ? ofScopes : [...new Set([...ofScopes, ...ofDetails])];
  const isOpen = openAudiences(clientScopes, apis, ofDetails);
  for (const resource of resources)
    if (!isOpen(resource))
      throw new OAuthError('target_invalid', {
        description: 'resource is not an API that this client may use.',
      });
  if (ofScopes.some((audience) => !resources.includes(audience)))
    throw new OAuthError('scope_invalid', {
      description: 'A requested scope does not belong to the requested resource.',
    });
  return resources;
}

/**
 * The APIs that a client may name: those of its scopes, those of its details, and those without
 * scopes and details.
 */
export function openAudiences(
  clientScopes: readonly string[],
  apis: ApiDirectory,
  ofDetails: readonly string[] = [],
): (audience: string) => boolean {
  const open = [...audiencesOfScopes(clientScopes, apis), ...ofDetails];
  return (audience) => open.includes(audience) || isWithoutScopes(apis.find(audience));
}

/**
 * An API without scopes and details: RFC 8707 §2 allows a request for it, and the API decides what
 * the caller may do.
 */
export function isWithoutScopes(api: Api | undefined): boolean {
  return (
    api !== undefined &&
    api.scopes.length === 0 &&
    api.settings?.authorizationDetailsTypes === undefined
  );
}

function audiencesOfScopes(scopes: readonly string[], apis: ApiDirectory): readonly string[] {
  const audiences: string[] = [];
  for (const scope of scopes) {
    const audience = apis.ofScope(scope)?.identifier;
    if (audience !== undefined && !audiences.includes(audience)) audiences.push(audience);
  }
  return audiences;
}

/**
 * The audience of an access token, one of the granted ones. A token is for one API, so that an API
 * cannot use it at another one (RFC 9700 §4.10). Without an API, it is for userinfo, and its
 * audience is the issuer. Throws target_invalid if it is not granted, or if there are several and
 * none was named.
 */
export function chooseAudience(
  requested: readonly string[],
  granted: readonly string[],
  issuer: string,
): string {
  const candidates = requested.length > 0 ? requested : withoutOwn(granted, issuer);
  if (candidates.length > 1)
    throw new OAuthError('target_invalid', {
      description: 'An access token is for one API: name the API with resource.',
    });
  const audience = candidates[0] ?? issuer;
  if (requested.length > 0 && !granted.includes(audience))
    throw new OAuthError('target_invalid', { description: 'resource was not granted.' });
  return audience;
}

/**
 * If a client manages its grants and uses another API, the other API is meant, unless the client
 * says something else.
 */
function withoutOwn(granted: readonly string[], issuer: string): readonly string[] {
  if (granted.length < 2) return granted;
  return granted.filter((audience) => audience !== grantsIdentifier(issuer));
}

/** If several APIs were granted and all requested scopes belong to one API, this API is meant. */
export function audienceOfScopes(
  text: string | undefined,
  granted: readonly string[],
  apis: ApiDirectory,
): readonly string[] {
  if (text === undefined || granted.length < 2) return [];
  const named = audiencesOfScopes(text.split(' '), apis);
  return named.length === 1 ? named : [];
}

/**
 * The requested audiences after the user declined something. An API without remaining scopes and
 * details is left out.
 */
export function audiencesLeft(
  audiences: readonly string[],
  requested: readonly string[],
  granted: readonly string[],
  apis: ApiDirectory,
  details: { readonly asked: readonly string[]; readonly granted: readonly string[] } = noDetails,
): readonly string[] {
  return audiences.filter((audience) => {
    if (details.granted.includes(audience)) return true;
    const scopes = requested.filter((scope) => apis.ofScope(scope)?.identifier === audience);
    if (scopes.length === 0) return !details.asked.includes(audience);
    return scopes.some((scope) => granted.includes(scope));
  });
}

const noDetails = { asked: [], granted: [] };

/** Of the granted scopes, those of the audience and of OpenID Connect. */
export function scopesForAudience(
  scopes: readonly string[],
  audience: string,
  apis: ApiDirectory,
): readonly string[] {
  return scopes.filter(
    (scope) => isOpenIdScope(scope) || apis.ofScope(scope)?.identifier === audience,
  );
}
