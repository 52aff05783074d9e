/** Which APIs a request is for: resource indicators (RFC 8707), or by the scopes that it asks for (RFC 9068 §3). */
import { openIdScopes } from '@keywright/wire';
import { OAuthError } from '../model/errors.ts';
import { grantsIdentifier } from './grant-scopes.ts';
import type { Api } from '../model/entities.ts';
import type { ApiDirectory } from '../model/services.ts';

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
 * The audiences of a request. Named resources must be APIs that this client has scopes of, or that have none, and every API scope must be
 * of one of them; without any, the APIs of the scopes and of the details are meant. Throws target_invalid or scope_invalid.
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
        description: 'resource is not an API that is open to this client.',
      });
  if (ofScopes.some((audience) => !resources.includes(audience)))
    throw new OAuthError('scope_invalid', {
      description: 'A requested scope is not of the requested resource.',
    });
  return resources;
}

/** The APIs that a client may name: those it has scopes of, those of its details, and those without either. */
export function openAudiences(
  clientScopes: readonly string[],
  apis: ApiDirectory,
  ofDetails: readonly string[] = [],
): (audience: string) => boolean {
  const open = [...audiencesOfScopes(clientScopes, apis), ...ofDetails];
  return (audience) => open.includes(audience) || isWithoutScopes(apis.find(audience));
}

/** An API that names nothing to ask for: RFC 8707 §2 lets it be asked for itself, and what a caller may do there is for the API to say. */
export function isWithoutScopes(api: Api | undefined): boolean {
  return (
    api !== undefined && api.scopes.length === 0 && api.settings?.authorizationDetailsTypes === undefined
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
 * The one audience of an access token, out of those granted. A token is for one API only, so that no API can use what
 * it was sent at another (RFC 9700 §4.10). Without any API it is for the server's own userinfo, the issuer.
 * Throws target_invalid when it is not granted, or when there are several and none was named.
 */
export function chooseAudience(
  requested: readonly string[],
  granted: readonly string[],
  issuer: string,
): string {
  const candidates = requested.length > 0 ? requested : withoutOwn(granted, issuer);
  if (candidates.length > 1)
    throw new OAuthError('target_invalid', {
      description: 'An access token is for one API: name it by resource.',
    });
  const audience = candidates[0] ?? issuer;
  if (requested.length > 0 && !granted.includes(audience))
    throw new OAuthError('target_invalid', { description: 'resource was not granted.' });
  return audience;
}

/** A client that manages its grants beside another API means that other one, unless it says so. */
function withoutOwn(granted: readonly string[], issuer: string): readonly string[] {
  if (granted.length < 2) return granted;
  return granted.filter((audience) => audience !== grantsIdentifier(issuer));
}

/** The one API of which all the requested scopes are, where several were granted: then the scopes say which is meant. */
export function audienceOfScopes(
  text: string | undefined,
  granted: readonly string[],
  apis: ApiDirectory,
): readonly string[] {
  if (text === undefined || granted.length < 2) return [];
  const named = audiencesOfScopes(text.split(' '), apis);
  return named.length === 1 ? named : [];
}

/** Of the requested audiences, those left when the person has unticked something: an API of which nothing is left is not meant. */
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
  return scopes.filter((scope) => isOpenIdScope(scope) || apis.ofScope(scope)?.identifier === audience);
}
