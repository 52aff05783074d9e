/**
 * Where a checked request stands: the person must sign in, must be asked, or it can be answered.
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
  // Every sign-in starts a new session, so another one than at the start means: signed in for this
  // request. The time keeps a request that was carried to another browser from passing for fresh
  // there.
  return (
    session.id !== request.sessionAtStart &&
    session.authenticatedAt >= request.createdAt - clockSkewSeconds
  );
}

/** Whether the person must be asked; the tier says how often, and only for what is new. */
export function needsConsent(
  request: AuthorizationRequest,
  client: Client,
  consent: Consent | undefined,
): boolean {
  // What is done once is agreed to once.
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

/** Whether all that is asked for was agreed, or was an option that the person refused before. */
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
 * All that the person is asked for: the scopes, and those that single claims belong to (OpenID
 * Connect Core §5.5).
 */
export function wantedScopes({ scopes, claimScopes }: AuthorizationRequest): readonly string[] {
  return claimScopes === undefined ? scopes : [...scopes, ...claimScopes];
}

/**
 * What an answer without asking carries: what was agreed; for a tier that skips consent, all but
 * what was refused before.
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
