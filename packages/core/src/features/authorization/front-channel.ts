/**
 * Tokens that are sent through the browser: of the implicit flow, and of the hybrid flow together
 * with a code (OpenID Connect Core §3.2.2.5, §3.3.2.5).
 */
import {
  type Claims,
  claimsOf,
  namesForIdToken,
  pickClaims,
} from '../../kernel/accounts/claims.ts';
import type { Core } from '../../kernel/core.ts';
import { issueAccessToken } from '../../kernel/tokens/access-token.ts';
import { issueIdToken } from '../../kernel/tokens/id-token.ts';
import { sidFor } from '../../kernel/tokens/sid.ts';
import { audiencesLeft, chooseAudience, scopesForAudience } from '../../rules/target.ts';
import type { ClaimsRequest } from '../../model/terms.ts';
import { type Granted, termsOf } from './granted.ts';
import { gives } from '../../kernel/clients/response-type.ts';

/** The stored part of the answer. */
export interface Kept {
  readonly code?: string;
  readonly grantId: string | undefined;
}

/** RFC 6749 §4.2.2: never a refresh token. */
export async function frontChannelTokens(core: Core, granted: Granted, kept: Kept, now: number) {
  const { responseType } = granted.request;
  const access = gives(responseType, 'token')
    ? await frontChannelAccessToken(core, granted, kept.grantId, now)
    : undefined;
  const beside = { code: kept.code, accessToken: access?.access_token };
  const idToken = gives(responseType, 'id_token')
    ? await frontChannelIdToken(core, granted, beside, now)
    : undefined;
  if (access !== undefined || kept.code === undefined) tellImplicit(core, granted, kept);
  return { code: kept.code, ...access, id_token: idToken };
}

function tellImplicit(core: Core, { client, signedIn, scopes }: Granted, { grantId }: Kept): void {
  core.events.emit({
    type: 'implicit_grant.used',
    clientId: client.id,
    accountId: signedIn.account.id,
    grantId,
    scopes,
    advice: 'move to the authorization code grant with PKCE',
  });
}

async function frontChannelAccessToken(
  core: Core,
  granted: Granted,
  grantId: string | undefined,
  now: number,
) {
  const { request, client, signedIn } = granted;
  const apis = await core.loadApis();
  const audiences = audiencesLeft(request.audiences, request.scopes, granted.scopes, apis);
  const audience = chooseAudience([], audiences, core.options.issuer);
  const scopes = scopesForAudience(granted.scopes, audience, apis);
  const { accessToken, expiresIn } = await issueAccessToken(
    core,
    {
      subject: signedIn.account.id,
      client,
      scopes,
      audience,
      apis,
      authenticatedAt: signedIn.session.authenticatedAt,
      ...(grantId !== undefined ? { parent: grantId } : {}),
      ...termsOf(core, granted),
    },
    now,
  );
  return {
    access_token: accessToken,
    token_type: 'Bearer',
    expires_in: expiresIn,
    scope: scopes.join(' '),
  };
}

interface Beside {
  readonly code: string | undefined;
  readonly accessToken: string | undefined;
}

/**
 * With the hashes of the other values of the answer (§3.3.2.11), so that none of them can be
 * replaced by a value of another answer.
 */
function frontChannelIdToken(
  core: Core,
  granted: Granted,
  { code, accessToken }: Beside,
  now: number,
): Promise<string> {
  const { request, client, signedIn } = granted;
  const carried = termsOf(core, granted);
  const sid = sidFor(core, client, signedIn.session.id);
  return issueIdToken(
    core,
    {
      accountId: signedIn.account.id,
      client,
      authenticatedAt: signedIn.session.authenticatedAt,
      ...carried,
      ...(request.nonce !== undefined ? { nonce: request.nonce } : {}),
      ...(sid !== undefined ? { sid } : {}),
      ...(accessToken !== undefined ? { accessToken } : {}),
      ...(code !== undefined ? { code } : {}),
      ...(request.state !== undefined ? { state: request.state } : {}),
      claims: frontChannelClaims(
        granted,
        carried.terms?.claims,
        (code ?? accessToken) !== undefined,
      ),
    },
    now,
  );
}

/**
 * §5.4: claims of scopes only if there is no access token for userinfo, now or later by the code,
 * or if the client registered for it. Claims that were requested one by one in any case.
 */
function frontChannelClaims(
  { client, signedIn: { account }, scopes }: Granted,
  claims: ClaimsRequest | undefined,
  hasUserinfo: boolean,
): Claims {
  const single = Object.keys(claims?.id_token ?? {});
  // The ID token itself contains the subject.
  const ofScopes = hasUserinfo ? namesForIdToken(client, scopes) : scopes.flatMap(claimsOf);
  return pickClaims(account, [...ofScopes, ...single]);
}
