/**
 * Decides about a checked request: the user must sign in, must be asked, or it can be answered.
 */
import { isClaimableOf } from '../../kernel/clients/claimed-redirects.ts';
import { tierNameOf, tiers } from '../../kernel/policy/tiers.ts';
import { areDetailsKnown, isChoiceOpen } from '../../kernel/authorization-details/requested.ts';
import type { Client, Consent, Session } from '../../model/entities.ts';
import type { AuthorizationRequest } from './authorization-request.ts';

const clockSkewSeconds = 60;

/** OpenID Connect Core §3.1.2.1 (prompt, max_age), §3.1.2.3. */
export function needsSignIn(
  request: AuthorizationRequest,
  session: Session | undefined,
  now: number,
): boolean {
  if (session === undefined) return true;
  if (isFresh(request, session)) return false;
  if (request.prompt.includes('login') || request.prompt.includes('select_account')) return true;
  if (request.maxAgeSeconds === undefined) return false;
  return request.maxAgeSeconds === 0 || now - session.authenticatedAt > request.maxAgeSeconds;
}

/** Whether the person signed in for this request. */
export function isFresh(request: AuthorizationRequest, session: Session): boolean {
  // Every sign-in starts a new session. So a different session than at the start means that the
  // user signed in for this request. The time prevents that a request in another browser counts as
  // fresh there.
  return (
    session.id !== request.sessionAtStart &&
    session.authenticatedAt >= request.createdAt - clockSkewSeconds
  );
}

/**
 * Whether the user must be asked. The tier decides how often. The user is asked for new access
 * only.
 */
export function needsConsent(
  request: AuthorizationRequest,
  client: Client,
  consent: Consent | undefined,
): boolean {
  // A consent for one action is valid for one action.
  if (request.details?.everyTime !== undefined) return true;
  if (isChoiceOpen(request.details, consent)) return true;
  // A link alone never ends or replaces a consent (Grant Management §2).
  if (request.prompt.includes('consent') || request.grantAction !== undefined) return true;
  const tier = tierNameOf(client);
  if (tier === undefined || tiers[tier].consent === 'every-time') return true;
  // RFC 8252 §8.6.
  if (isClaimableOf(client, request.redirectUri)) return true;
  return tiers[tier].consent === 'remembered' && !isCovered(request, consent);
}

/** Whether everything requested was agreed before, or was optional and declined before. */
export function isCovered(request: AuthorizationRequest, consent: Consent | undefined): boolean {
  if (consent === undefined) return false;
  const known = [...consent.scopes, ...consent.declinedScopes];
  return (
    wantedScopes(request).every((scope) => known.includes(scope)) &&
    request.audiences.every((audience) => consent.audiences.includes(audience)) &&
    areDetailsKnown(request.details, consent)
  );
}

/**
 * Everything that the user is asked for: the scopes, and the scopes of single claims (OpenID
 * Connect Core §5.5).
 */
export function wantedScopes({ scopes, claimScopes }: AuthorizationRequest): readonly string[] {
  return claimScopes === undefined ? scopes : [...scopes, ...claimScopes];
}

/**
 * The scopes of an answer without a question: those that were agreed. For a tier that skips
 * consent, all except those that were declined before.
 */
export function scopesWithoutAsking(
  request: AuthorizationRequest,
  client: Client,
  consent: Consent | undefined,
): readonly string[] {
  const tier = tierNameOf(client);
  if (tier !== undefined && tiers[tier].consent === 'skip')
    return wantedScopes(request).filter((scope) => !consent?.declinedScopes.includes(scope));
  return wantedScopes(request).filter((scope) => consent?.scopes.includes(scope));
}
