/** The agreed details that an access token contains (RFC 9396 §6, §7, §9). */
import type { Parameters } from '../http/parameters.ts';
import type { Client } from '../../model/entities.ts';
import { parseResources } from '../../rules/target.ts';
import type { AuthorizationDetail, AuthorizationTerms } from '../../model/terms.ts';
import { isCoveredBy } from './covering.ts';
import { joinParts, openChoiceOf, partsOf } from './parts.ts';
import { pickedBefore } from './requested.ts';
import {
  audiencesOfDetails,
  detailsInvalid,
  findType,
  isStillValid,
  parseDetails,
} from './request.ts';
import type { ApiDirectory } from '../../model/services.ts';

/**
 * The details for the API of the token (§9.1: filtered to the specific audience), as agreed.
 * Details whose type is no longer declared or no longer allowed for the client are left out, like
 * scopes.
 */
export function detailsForAudience(
  parts: readonly AuthorizationDetail[],
  client: Client,
  audience: string,
  apis: ApiDirectory,
): readonly AuthorizationDetail[] {
  const alive = parts.filter((part) => {
    const found = findType(part.type, client, apis);
    // Agreed to as a whole, before the type let users pick: it might be read as all of them.
    if (openChoiceOf(part, apis) !== undefined) return false;
    return found?.api.identifier === audience && isStillValid(part, found);
  });
  return joinParts(alive, apis);
}

export interface Narrowed {
  readonly terms: AuthorizationTerms | undefined;
  /** The API that `resource` names. Without it, the APIs of the requested details. */
  readonly resources: readonly string[];
}

/** §6: a token request may ask for less than was agreed, never for more. Throws details_invalid. */
export function narrowByDetails(
  parameters: Parameters,
  terms: AuthorizationTerms | undefined,
  client: Client,
  apis: ApiDirectory,
): Narrowed {
  const resources = parseResources(parameters.all('resource'));
  const text = parameters.get('authorization_details');
  if (text === undefined) return { terms, resources };
  const granted = terms?.authorizationDetails ?? [];
  // The same text as in the authorization request stands for what the user picked.
  const asked = partsOf(parseDetails(text, client, apis), apis).flatMap((part) => {
    const choice = openChoiceOf(part, apis);
    const picked = choice && pickedBefore(part, choice.member, granted);
    return picked === undefined || picked.length === 0 ? [part] : picked;
  });
  // §6.1: a detail that was not agreed is refused, not compared by size.
  if (!asked.every((part) => isCoveredBy(part, granted)))
    throw detailsInvalid('They are more than was granted.');
  const audiences = audiencesOfDetails(asked, apis);
  if (resources.length > 0 && !audiences.every((one) => resources.includes(one)))
    throw detailsInvalid('One does not belong to the requested resource.');
  return {
    terms: { ...terms, authorizationDetails: asked },
    resources: resources.length > 0 ? resources : audiences,
  };
}
