/**
 * Makes the answer of the token endpoint (RFC 6749 §5.1): an access token and its companions.
 * Spends nothing. The grant has spent its credential before.
 */
import { type Claims, namesForIdToken, namesWithin, pickClaims } from '../accounts/claims.ts';
import type { Core } from '../core.ts';
import { detailsForAudience } from '../authorization-details/granted.ts';
import { mayManageGrants } from '../consents/grant-action.ts';
import type { AuthorizationTerms, Confirmation } from '../../model/terms.ts';
import type { TokenResponse } from './token-request.ts';
import { type AccessTokenGrant, issueAccessToken } from './access-token.ts';
import { type IdTokenGrant, issueIdToken } from './id-token.ts';

export type IdTokenPart = Pick<IdTokenGrant, 'nonce' | 'sid'>;

export interface TokenGrant extends AccessTokenGrant {
  /** The grant of the tokens. A client that manages grants gets its id. */
  readonly grantId?: string | undefined;
  readonly refreshToken?: string | undefined;
  /** The content of an ID token, in addition to the hash of the access token. */
  readonly idToken?: IdTokenPart | undefined;
}

export async function answerWithTokens(
  core: Core,
  grant: TokenGrant,
  now: number,
): Promise<TokenResponse> {
  const { client, scopes, refreshToken, idToken, confirmation, terms: agreed, grantId } = grant;
  const terms = agreed?.authorizationDetails === undefined ? agreed : termsOfToken(grant, agreed);
  const ofToken = terms === agreed ? grant : { ...grant, terms };
  const { accessToken, expiresIn } = await issueAccessToken(core, ofToken, now);
  return {
    access_token: accessToken,
    token_type: tokenTypeOf(confirmation),
    expires_in: expiresIn,
    scope: scopes.join(' '),
    ...(refreshToken !== undefined ? { refresh_token: refreshToken } : {}),
    ...(idToken !== undefined
      ? { id_token: await makeIdToken(core, grant, idToken, accessToken, now) }
      : {}),
    // RFC 9396 §7: as granted, and assigned to this access token.
    ...(terms?.authorizationDetails !== undefined
      ? { authorization_details: terms.authorizationDetails }
      : {}),
    // Grant Management §5.5.
    ...(grantId !== undefined && core.options.features.grantManagement && mayManageGrants(client)
      ? { grant_id: grantId }
      : {}),
  };
}

/** The details for the API of the token, each with all its resources. */
function termsOfToken(
  { client, audience, apis }: TokenGrant,
  agreed: AuthorizationTerms,
): AuthorizationTerms {
  const { authorizationDetails: parts = [], ...rest } = agreed;
  const details = detailsForAudience(parts, client, audience, apis);
  return details.length > 0 ? { ...rest, authorizationDetails: details } : rest;
}

/**
 * RFC 9449 §5: DPoP if the token is bound to a key that each request proves. A token bound to a
 * certificate is a Bearer token (RFC 8705 §3).
 */
export function tokenTypeOf(confirmation: Confirmation | undefined): 'Bearer' | 'DPoP' {
  return confirmation !== undefined && 'jkt' in confirmation ? 'DPoP' : 'Bearer';
}

async function makeIdToken(
  core: Core,
  { client, subject, scopes, authenticatedAt = 0, terms }: TokenGrant,
  part: IdTokenPart,
  accessToken: string,
  now: number,
): Promise<string> {
  const wanted = [
    ...namesForIdToken(client, scopes),
    ...namesWithin(terms?.claims?.id_token, client.scopes),
  ];
  const claims = wanted.length === 0 ? undefined : await loadClaims(core, subject, wanted);
  return issueIdToken(
    core,
    {
      accountId: subject,
      client,
      authenticatedAt,
      accessToken,
      ...part,
      ...(terms !== undefined ? { terms } : {}),
      ...(claims !== undefined ? { claims } : {}),
    },
    now,
  );
}

/**
 * OpenID Connect Core §5.4, §5.5: read only if the ID tokens of the client contain claims of
 * scopes, or claims were requested.
 */
async function loadClaims(
  core: Core,
  accountId: string,
  wanted: readonly string[],
): Promise<Claims> {
  const account = await core.store.accounts.load(accountId);
  return account === undefined ? {} : pickClaims(account, wanted);
}
