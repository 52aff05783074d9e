/** The content of a request, for all endpoints that ask users: scopes, their APIs, and details. */
import { mayUseGrant } from '../policy/tiers.ts';
import type { Parameters } from '../http/parameters.ts';
import type { Client } from '../../model/entities.ts';
import { assertScopesWithin, parseScope } from '../../rules/scope.ts';
import {
  audiencesLeft,
  defaultScopes,
  parseResources,
  resolveAudiences,
} from '../../rules/target.ts';
import { audiencesOfDetails } from './request.ts';
import { type AnsweredDetails, readRequestedDetails } from './requested.ts';
import type { RequestedDetails } from '../../model/terms.ts';
import type { ApiDirectory } from '../../model/services.ts';

export interface AskedFor {
  readonly scopes: readonly string[];
  readonly audiences: readonly string[];
  readonly details?: RequestedDetails;
}

/**
 * Limited to what the client may have. `lasts` says that the answer may lead to a refresh token.
 * `mayChoose` says that the user will be at a page where they can pick resources. Throws
 * scope_invalid, target_invalid, details_invalid.
 */
export function readAskedFor(
  parameters: Parameters,
  client: Client,
  apis: ApiDirectory,
  lasts = true,
  mayChoose = false,
): AskedFor {
  const resources = parseResources(parameters.all('resource'));
  const details = readRequestedDetails(parameters, client, resources, apis, mayChoose);
  const asked = parameters.get('scope');
  // A request with details and without scope asks for no scope, not for all scopes of the client
  // (RFC 6749 §3.3).
  const unasked = details === undefined ? defaultScopes(client.scopes, resources, apis) : [];
  const named = asked === undefined ? unasked : parseScope(asked);
  assertScopesWithin(named, client.scopes);
  // OpenID Connect Core §11: ignored if no refresh token can follow, because the user must not
  // agree to something that is not given.
  const isLasting = lasts && mayUseGrant(client, 'refresh_token');
  const scopes = isLasting ? named : named.filter((scope) => scope !== 'offline_access');
  const ofDetails = details === undefined ? [] : audiencesOfDetails(details.asked, apis);
  const audiences = resolveAudiences(scopes, resources, client.scopes, apis, ofDetails);
  return { scopes, audiences, ...(details !== undefined ? { details } : {}) };
}

/** The APIs of the agreed scopes and details. */
export function audiencesAgreed(
  asked: Pick<AskedFor, 'scopes' | 'audiences'>,
  scopes: readonly string[],
  details: AnsweredDetails | undefined,
  apis: ApiDirectory,
): readonly string[] {
  const ofDetails = details && {
    asked: audiencesOfDetails([...details.granted, ...details.declined], apis),
    granted: audiencesOfDetails(details.granted, apis),
  };
  return audiencesLeft(asked.audiences, asked.scopes, scopes, apis, ofDetails);
}
