/** An authorization request that may be answered, and what its answer contains beyond scopes. */
import type { Core } from '../../kernel/core.ts';
import { withDetails } from '../../kernel/authorization-details/covering.ts';
import type { AnsweredDetails } from '../../kernel/authorization-details/requested.ts';
import type { SignedIn } from '../../kernel/pages/session.ts';
import type { Client, Consent } from '../../model/entities.ts';
import type { ReplayMarker } from '../../model/ports.ts';
import type { AuthorizationTerms } from '../../model/terms.ts';
import { authenticationOf } from '../../kernel/accounts/acr.ts';
import { claimsWithin } from './claims-request.ts';
import type { AuthorizationRequest } from './authorization-request.ts';

export interface Granted {
  readonly request: AuthorizationRequest;
  readonly client: Client;
  readonly signedIn: SignedIn;
  /** The scopes of the answer: requested and agreed. */
  readonly scopes: readonly string[];
  /** The agreed scopes, if these are more: the scopes of claims that were requested one by one. */
  readonly agreed?: readonly string[];
  /** The agreed part of the requested details. Absent if none were requested. */
  readonly details?: AnsweredDetails | undefined;
  /** The active grant, if there is one. */
  readonly consent: Consent | undefined;
  /** The user has answered the consent page. Otherwise the user was not asked. */
  readonly asked?: boolean;
  /**
   * For the single use of the sealed request, if there is one: of the consent page, or of a sign-in
   * that returns.
   */
  readonly marker?: ReplayMarker | undefined;
}

/** What was requested beyond scopes, and how the user signed in. */
export function termsOf(
  core: Core,
  { request, signedIn: { session }, scopes, agreed = scopes, details }: Granted,
): { readonly terms?: AuthorizationTerms } {
  const { claims: asked, ...rest } = request.terms ?? {};
  const claims = claimsWithin(asked, agreed);
  const kept: AuthorizationTerms = {
    ...authenticationOf(core, session, request.acr),
    ...rest,
    ...(claims !== undefined ? { claims } : {}),
    ...(details && withDetails(undefined, details.granted)),
  };
  return Object.keys(kept).length > 0 ? { terms: kept } : {};
}
