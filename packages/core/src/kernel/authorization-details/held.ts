/**
 * The parts of a request or a consent that the client may still have. Minutes or months may pass
 * before a token is issued. A right that the client or the API has lost meanwhile is not issued
 * (RFC 6749 §3.3, RFC 9396 §5).
 */
import { OAuthError } from '../../model/errors.ts';
import type { Client } from '../../model/entities.ts';
import { audiencesLeft, isOpenIdScope, openAudiences } from '../../rules/target.ts';
import type { AuthorizationDetail, RequestedDetails } from '../../model/terms.ts';
import { audiencesOfDetails, findType, isStillValid } from './request.ts';
import type { AnsweredDetails } from './requested.ts';
import type { ApiDirectory } from '../../model/services.ts';

interface Access {
  readonly scopes: readonly string[];
  readonly audiences: readonly string[];
}

/** Pure. Throws scope_invalid if the client has lost everything. */
export function narrowToHeld(
  { scopes, audiences }: Access,
  details: readonly AuthorizationDetail[],
  client: Client,
  apis: ApiDirectory,
): Access {
  const held = {
    scopes: heldScopes(scopes, client, apis),
    details: heldDetails(details, client, apis),
  };
  const ofHeld = audiencesOfDetails(held.details, apis);
  const ofDetails = { asked: audiencesOfDetails(details, apis), granted: ofHeld };
  const open = openAudiences(client.scopes, apis, ofHeld);
  const left = audiencesLeft(audiences, scopes, held.scopes, apis, ofDetails).filter(open);
  const isLost = held.scopes.length + left.length === 0 && scopes.length + audiences.length > 0;
  if (isLost)
    throw new OAuthError('scope_invalid', {
      description: 'The client may no longer have what it asked for.',
      log: { clientId: client.id },
    });
  return { scopes: held.scopes, audiences: left };
}

export function heldScopes(
  scopes: readonly string[],
  client: Client,
  apis: ApiDirectory,
): readonly string[] {
  return scopes.filter(
    (scope) =>
      client.scopes.includes(scope) && (isOpenIdScope(scope) || apis.ofScope(scope) !== undefined),
  );
}

function heldDetails(
  details: readonly AuthorizationDetail[],
  client: Client,
  apis: ApiDirectory,
): readonly AuthorizationDetail[] {
  return details.filter((detail) => isHeld(detail, client, apis));
}

/** Whether its type is still declared in the same form, and the client may use it. */
export function isHeld(
  detail: AuthorizationDetail | undefined,
  client: Client,
  apis: ApiDirectory,
): boolean {
  const found = detail && findType(detail.type, client, apis);
  return detail !== undefined && found !== undefined && isStillValid(detail, found);
}

/** Undefined if none is left. */
export function heldRequest(
  details: RequestedDetails | undefined,
  client: Client,
  apis: ApiDirectory,
): RequestedDetails | undefined {
  if (details === undefined) return undefined;
  const asked = heldDetails(details.asked, client, apis);
  return asked.length === 0 ? undefined : { ...details, asked };
}

/** Answers about lost details are removed, both agreed and declined ones. */
export function heldAnswer(
  details: AnsweredDetails | undefined,
  client: Client,
  apis: ApiDirectory,
): AnsweredDetails | undefined {
  if (details === undefined) return undefined;
  return {
    granted: heldDetails(details.granted, client, apis),
    declined: heldDetails(details.declined, client, apis),
  };
}
