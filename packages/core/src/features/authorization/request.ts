/**
 * The checked authorization request. The pages of a sign-in carry it sealed, so that nobody can
 * edit it between two steps.
 */
import type { Core } from '../../kernel/core.ts';
import { OAuthError } from '../../model/errors.ts';
import type { ReplayMarker } from '../../model/ports.ts';
import { fitsAddress, sealValue, unsealValue } from '../../kernel/sealing/sealed.ts';
import { requestPurpose } from '../../kernel/pages/onward.ts';
import type { AuthorizationRequest } from './authorization-request.ts';
import { checkAuthorizationRequest } from './check.ts';
import { loadRequester } from './client.ts';
import { pushedSeconds, reloadPushed } from './pushed.ts';

/**
 * Limits each parameter, and all of them together. Throws parameter_malformed, before any page is
 * shown.
 */
export function assertCarriable(request: AuthorizationRequest): void {
  if (request.pushed === undefined && !fitsAddress(request))
    throw new OAuthError('parameter_malformed', {
      description:
        'The request is too long for an address: push it (RFC 9126), or leave something out.',
    });
}

export function sealRequest(core: Core, request: AuthorizationRequest): string {
  const { pushed, clientId, createdAt, sessionAtStart, isPosted, shown, offers } = request;
  const carried =
    pushed === undefined
      ? request
      : { pushed, clientId, createdAt, sessionAtStart, isPosted, shown, offers };
  return sealValue(core, requestPurpose, carried);
}

/**
 * At once, unless it was pushed. Throws request_expired if it was not sealed here or is too old.
 */
export function unsealRequest(
  core: Core,
  sealed: string,
  now: number,
): AuthorizationRequest | Promise<AuthorizationRequest> {
  const request = unsealValue(core, requestPurpose, sealed) as AuthorizationRequest | undefined;
  if (request === undefined || now - request.createdAt > core.options.interactionSeconds)
    throw new OAuthError('request_expired');
  return request.pushed === undefined
    ? request
    : reopenPushed(core, { ...request, pushed: request.pushed }, now);
}

type Carried = Required<Pick<AuthorizationRequest, 'pushed'>> &
  Pick<AuthorizationRequest, 'createdAt' | 'sessionAtStart' | 'isPosted' | 'shown' | 'offers'>;

/**
 * A pushed request is checked again at each step, because its client may have lost rights
 * meanwhile.
 */
async function reopenPushed(
  core: Core,
  carried: Carried,
  now: number,
): Promise<AuthorizationRequest> {
  const presented = await reloadPushed(core, carried.pushed, now);
  const requester = await loadRequester(core, presented);
  const { pushed: _, createdAt, ...start } = carried;
  const checked = await checkAuthorizationRequest(core, presented.parameters, requester, createdAt);
  return { ...checked, ...start };
}

/**
 * A request is answered once, within its lifetime (RFC 9700 §4.7, RFC 9126 §4). For a pushed
 * request, the lifetime may begin later.
 */
export function markerOf(core: Core, request: AuthorizationRequest, now: number): ReplayMarker {
  return { id: request.id, expiresAt: now + core.options.interactionSeconds + pushedSeconds };
}

/** RFC 9126 §4: a reference is valid for one answer, and so is a page (RFC 9700 §4.7). */
export function answeredBefore({ pushed, clientId }: AuthorizationRequest): OAuthError {
  if (pushed === undefined) return new OAuthError('request_expired');
  return new OAuthError('request_uri_invalid', { log: { clientId, note: 'answered before' } });
}
