/** Which APIs a request is for: resource indicators (RFC 8707), or by the scopes that it asks for (RFC 9068 §3). */
import { openIdScopes } from '@keywright/wire';
import type { ApiDirectory } from '../apis/directory.ts';
import { OAuthError } from '../errors.ts';

const maxResources = 20;

/**
 * The named resources, once each. Whether one is an absolute URI without a fragment (RFC 8707 §2) needs no asking: every
 * API's identifier is, and anything else is refused as no API. Throws target_invalid for too many.
 */
export function parseResources(values: readonly string[]): readonly string[] {
  if (values.length < 2) return values;
  if (values.length > maxResources)
    throw new OAuthError('target_invalid', { description: 'Too many resource parameters.' });
  return [...new Set(values)];
}

export function isOpenIdScope(scope: string): boolean {
  return Object.hasOwn(openIdScopes, scope);
}

/** RFC 6749 §3.3, without a scope parameter: all that the client may have, of the APIs that it named. */
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
 * The audiences of a request. Named resources must be APIs that this client has scopes of, and every API scope must be
 * of one of them; without any, the APIs of the scopes are meant. Throws target_invalid or scope_invalid.
 */
export function resolveAudiences(
  scopes: readonly string[],
  resources: readonly string[],
  clientScopes: readonly string[],
  apis: ApiDirectory,
): readonly string[] {
  const ofScopes = audiencesOfScopes(scopes, apis);
  if (resources.length === 0) return ofScopes;
  const open = audiencesOfScopes(clientScopes, apis);
  for (const resource of resources)
    if (!open.includes(resource))
      throw new OAuthError('target_invalid', {
        description: 'resource is not an API that is open to this client.',
      });
  if (ofScopes.some((audience) => !resources.includes(audience)))
    throw new OAuthError('scope_invalid', {
      description: 'A requested scope is not of the requested resource.',
    });
  return resources;
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
 * The one audience of an access token, out of those granted. A token is for one API only, so that no API can use what
 * it was sent at another (RFC 9700 §4.10). Without any API it is for the server's own userinfo, the issuer.
 * Throws target_invalid when it is not granted, or when there are several and none was named.
 */
export function chooseAudience(
  requested: readonly string[],
  granted: readonly string[],
  issuer: string,
): string {
  const candidates = requested.length > 0 ? requested : granted;
  if (candidates.length > 1)
    throw new OAuthError('target_invalid', {
      description: 'An access token is for one API: name it by resource.',
    });
  const audience = candidates[0] ?? issuer;
  if (requested.length > 0 && !granted.includes(audience))
    throw new OAuthError('target_invalid', { description: 'resource was not granted.' });
  return audience;
}

/** Of the requested audiences, those left when the person has unticked scopes: an API of which none is left is not meant. */
export function audiencesLeft(
  audiences: readonly string[],
  requested: readonly string[],
  granted: readonly string[],
  apis: ApiDirectory,
): readonly string[] {
  return audiences.filter((audience) => {
    const scopes = requested.filter((scope) => apis.ofScope(scope)?.identifier === audience);
    return scopes.length === 0 || scopes.some((scope) => granted.includes(scope));
  });
}

/** Of the granted scopes, those of the audience and of OpenID Connect. */
export function scopesForAudience(
  scopes: readonly string[],
  audience: string,
  apis: ApiDirectory,
): readonly string[] {
  return scopes.filter((scope) => isOpenIdScope(scope) || apis.ofScope(scope)?.identifier === audience);
}
