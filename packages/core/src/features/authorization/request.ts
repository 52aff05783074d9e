/**
 * The checked authorization request: what the two pages of a sign-in carry, sealed, so that it
 * cannot be edited mid-flow.
 */
import type { Core } from '../../kernel/core.ts';
import { OAuthError } from '../../model/errors.ts';
import type { ReplayMarker } from '../../model/ports.ts';
import { fitsAddress, sealValue, unsealValue } from '../../kernel/sealing/sealed.ts';
import type { AuthorizationRequest } from './authorization-request.ts';
import { checkAuthorizationRequest } from './check.ts';
import { loadRequester } from './client.ts';
import { pushedSeconds, reloadPushed } from './pushed.ts';

/**
 * Each of its parameters is bounded, and all of them together. Throws parameter_malformed: said at
 * once, and not when a page is asked for.
 */
export function assertCarriable(request: AuthorizationRequest): void {
  if (request.pushed === undefined && !fitsAddress(request))
    throw new OAuthError('parameter_malformed', {
      description:
        'The request is too long for an address: push it (RFC 9126), or leave something out.',
    });
}

export function sealRequest(core: Core, request: AuthorizationRequest): string {
  const { pushed, createdAt, sessionAtStart, isPosted, shown, offers } = request;
  const carried =
    pushed === undefined ? request : { pushed, createdAt, sessionAtStart, isPosted, shown, offers };
  return sealValue(core, 'authorization-request', carried);
}

/**
 * At once, unless it was pushed. Throws request_expired when it was not sealed here or is too old.
 */
export function unsealRequest(
  core: Core,
  sealed: string,
  now: number,
): AuthorizationRequest | Promise<AuthorizationRequest> {
  const request = unsealValue(core, 'authorization-request', sealed) as
    | AuthorizationRequest
    | undefined;
  if (request === undefined || now - request.createdAt > core.options.interactionSeconds)
    throw new OAuthError('request_expired');
  return request.pushed === undefined
    ? request
    : reopenPushed(core, { ...request, pushed: request.pushed }, now);
}

type Carried = Required<Pick<AuthorizationRequest, 'pushed'>> &
  Pick<AuthorizationRequest, 'createdAt' | 'sessionAtStart' | 'isPosted' | 'shown' | 'offers'>;

/**
 * What was pushed is checked again at each step: its client may have lost meanwhile what it asks
 * for.
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
 * A request is answered once, within its life (RFC 9700 §4.7, RFC 9126 §4); one that was pushed may
 * begin that long later.
 */
export function markerOf(core: Core, request: AuthorizationRequest, now: number): ReplayMarker {
  return { id: request.id, expiresAt: now + core.options.interactionSeconds + pushedSeconds };
}

/** RFC 9126 §4: a reference is good for one answer; so is a page (RFC 9700 §4.7). */
export function answeredBefore({ pushed, clientId }: AuthorizationRequest): OAuthError {
  if (pushed === undefined) return new OAuthError('request_expired');
  return new OAuthError('request_uri_invalid', { log: { clientId, note: 'answered before' } });
}
