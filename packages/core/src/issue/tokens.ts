/** The answer of the token endpoint (RFC 6749 §5.1): an access token, and what goes with it. Spends nothing; that was done before. */
import type { ApiDirectory } from '../apis/directory.ts';
import type { Core } from '../core.ts';
import type { Client } from '../model.ts';
import type { AuthorizationTerms, Confirmation } from '../terms.ts';
import type { TokenResponse } from '../token/request.ts';
import { issueAccessToken } from './access-token.ts';
import { issueIdToken } from './id-token.ts';

export interface TokenGrant {
  readonly client: Client;
  /** The account's id, or the client's own where there is no person. */
  readonly subject: string;
  readonly scopes: readonly string[];
  readonly audience: string;
  readonly apis: ApiDirectory;
  readonly origin?: string;
  readonly notAfter?: number;
  readonly authenticatedAt?: number;
  readonly confirmation?: Confirmation | undefined;
  readonly terms?: AuthorizationTerms | undefined;
  readonly refreshToken?: string | undefined;
  /** With an ID token, and what stands in it beside the access token's hash. */
  readonly idToken?: { readonly nonce?: string } | undefined;
}

export async function answerWithTokens(core: Core, grant: TokenGrant, now: number): Promise<TokenResponse> {
  const { client, refreshToken, idToken, confirmation, terms, ...rest } = grant;
  const bound = {
    ...(confirmation !== undefined ? { confirmation } : {}),
    ...(terms !== undefined ? { terms } : {}),
  };
  const { accessToken, expiresIn } = await issueAccessToken(core, { client, ...rest, ...bound }, now);
  return {
    access_token: accessToken,
    token_type: tokenTypeOf(confirmation),
    expires_in: expiresIn,
    scope: rest.scopes.join(' '),
    ...(refreshToken !== undefined ? { refresh_token: refreshToken } : {}),
    ...(idToken !== undefined ? { id_token: await makeIdToken(core, grant, idToken, accessToken, now) } : {}),
    // RFC 9396 §7.
    ...(terms?.authorizationDetails !== undefined
      ? { authorization_details: terms.authorizationDetails }
      : {}),
  };
}

/** RFC 9449 §5: DPoP where the token is bound to a key that each request proves; bound to a certificate it is a bearer token (RFC 8705 §3). */
export function tokenTypeOf(confirmation: Confirmation | undefined): 'Bearer' | 'DPoP' {
  return confirmation !== undefined && 'jkt' in confirmation ? 'DPoP' : 'Bearer';
}

function makeIdToken(
  core: Core,
  { client, subject, authenticatedAt = 0, terms }: TokenGrant,
  { nonce }: { readonly nonce?: string },
  accessToken: string,
  now: number,
): Promise<string> {
  return issueIdToken(
    core,
    {
      accountId: subject,
      client,
      authenticatedAt,
      accessToken,
      ...(nonce !== undefined ? { nonce } : {}),
      ...(terms !== undefined ? { terms } : {}),
    },
    now,
  );
}
