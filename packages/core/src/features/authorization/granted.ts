/** An authorization request that may be answered, and what its answer carries beyond scopes. */
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
  /** What the answer carries: requested, and agreed. */
  readonly scopes: readonly string[];
  /** What was agreed, where that is more: the scopes of claims that were asked for one by one. */
  readonly agreed?: readonly string[];
  /** What was agreed of the details that the request asks for; absent where it asks for none. */
  readonly details?: AnsweredDetails | undefined;
  /** The living grant, if there is one. */
  readonly consent: Consent | undefined;
  /** The person answered the consent page; otherwise nobody was asked. */
  readonly asked?: boolean;
  /**
   * Single use of the sealed request, where there is one: of the consent page, or of a sign-in that
   * comes back.
   */
  readonly marker?: ReplayMarker | undefined;
}

/** What the request asked for beyond scopes, and how the person signed in. */
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
