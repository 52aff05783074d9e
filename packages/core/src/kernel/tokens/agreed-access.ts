/**
 * What a token request gets of an earlier agreement of the user, which a code, a deferred request
 * or a family has. A grant calls `planAccess` before it spends anything, and `answerWithPlan`
 * afterwards.
 */
import type { Core } from '../core.ts';
import { narrowByDetails } from '../authorization-details/granted.ts';
import { narrowToHeld } from '../authorization-details/held.ts';
import type { ApiDirectory } from '../../model/services.ts';
import type { AuthorizationTerms } from '../../model/terms.ts';
import { assertScopesWithin, parseScope } from '../../rules/scope.ts';
import { audienceOfScopes, chooseAudience, scopesForAudience } from '../../rules/target.ts';
import { assureEncryption } from './id-token.ts';
import { sidFor } from './sid.ts';
import type { TokenRequest, TokenResponse } from './token-request.ts';
import { answerWithTokens, type IdTokenPart } from './tokens.ts';

export interface Agreed {
  readonly accountId: string;
  readonly grantId: string;
  readonly scopes: readonly string[];
  readonly audiences: readonly string[];
  readonly authenticatedAt: number;
  readonly sessionId?: string;
  readonly nonce?: string;
  readonly terms?: AuthorizationTerms;
}

export interface AccessPlan<A extends Agreed> {
  /**
   * Without what the client or an API has lost since the user agreed. The family does not get it
   * either.
   */
  readonly agreed: A;
  readonly apis: ApiDirectory;
  readonly audience: string;
  readonly scopes: readonly string[];
  readonly terms: AuthorizationTerms | undefined;
}

/**
 * Chooses the API and the scopes of the token, and assures that its ID token can be made. `scope`
 * is the request's, for a grant whose requests may name scopes. Spends nothing. Throws
 * scope_invalid, target_invalid, details_invalid, client_keys_unusable.
 */
export async function planAccess<A extends Agreed>(
  core: Core,
  { parameters, client }: TokenRequest,
  kept: A,
  scope?: string,
): Promise<AccessPlan<A>> {
  const apis = await core.loadApis();
  const agreed = {
    ...kept,
    ...narrowToHeld(kept, kept.terms?.authorizationDetails ?? [], client, apis),
  };
  const { terms, resources } = narrowByDetails(parameters, agreed.terms, client, apis);
  const named = resources.length > 0 ? resources : audienceOfScopes(scope, agreed.audiences, apis);
  const audience = chooseAudience(named, agreed.audiences, core.options.issuer);
  const scopes = scopesForAudience(narrowScopes(agreed.scopes, scope), audience, apis);
  const assured = scopes.includes('openid') ? assureEncryption(core, client) : undefined;
  if (assured !== undefined) await assured;
  return { agreed, apis, audience, scopes, terms };
}

/** RFC 6749 §6: the scope may be narrowed, never widened. */
function narrowScopes(
  granted: readonly string[],
  requested: string | undefined,
): readonly string[] {
  if (requested === undefined) return granted;
  const scopes = parseScope(requested);
  assertScopesWithin(scopes, granted);
  return scopes;
}

/**
 * The tokens of a plan. Its credential has been spent in the act that started or kept the family
 * `familyId`.
 */
export function answerWithPlan(
  core: Core,
  { client, confirmation, now }: TokenRequest,
  { agreed, ...access }: AccessPlan<Agreed>,
  familyId: string,
  refreshToken: string | undefined,
): Promise<TokenResponse> {
  const { accountId: subject, authenticatedAt, grantId } = agreed;
  const idToken = access.scopes.includes('openid') ? idTokenPart(core, client, agreed) : undefined;
  const grant = { ...access, client, subject, authenticatedAt, grantId, confirmation };
  return answerWithTokens(core, { ...grant, parent: familyId, refreshToken, idToken }, now);
}

/**
 * OpenID Connect Core §12.2: after a refresh, the ID token says the same about who, for whom and
 * when. Only the first ID token has the nonce.
 */
function idTokenPart(
  core: Core,
  client: TokenRequest['client'],
  { nonce, sessionId }: Agreed,
): IdTokenPart {
  const sid = sidFor(core, client, sessionId);
  return { ...(nonce !== undefined ? { nonce } : {}), ...(sid !== undefined ? { sid } : {}) };
}
