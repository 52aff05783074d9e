/**
 * The authorization code grant's second half (RFC 6749 §4.1.3):
 * 1. the code is this client's, and its redirect URI and verifier are right: checked before it is spent;
 * 2. it is spent once, in the act that starts its token family;
 * 3. a second use ends that family (§4.1.2), whoever of the two was the thief.
 */
import { digest } from '@keywright/jwt';
import { mayUseGrant } from '../clients/tiers.ts';
import type { Core } from '../core.ts';
import { OAuthError } from '../errors.ts';
import { type Parameters, requireParameter } from '../http/parameters.ts';
import { handleOfCode, makeFamily, makeRefreshToken } from '../issue/refresh-token.ts';
import { answerWithTokens } from '../issue/tokens.ts';
import type { Client, Code } from '../model.ts';
import { verifierMatches } from '../rules/pkce.ts';
import { chooseAudience, parseResources, scopesForAudience } from '../rules/target.ts';
import type { TokenRequest, TokenResponse } from './request.ts';

export async function redeemAuthorizationCode(core: Core, request: TokenRequest): Promise<TokenResponse> {
  const { parameters, client, now } = request;
  const code = await loadCode(core, parameters, client);
  assertRedirectUri(code, parameters);
  // RFC 7636 §4.6. Every code of ours has a challenge, so a request without a verifier fails too (RFC 9700 §4.8).
  if (!verifierMatches(requireParameter(parameters, 'code_verifier'), code.codeChallenge))
    throw new OAuthError('code_verifier_wrong', { log: { clientId: client.id } });
  const audience = chooseAudience(
    parseResources(parameters.all('resource')),
    code.audiences,
    core.options.issuer,
  );

  const refreshToken = mayUseGrant(client, 'refresh_token')
    ? makeRefreshToken(core, handleOfCode(requireParameter(parameters, 'code')))
    : undefined;
  await spend(core, code, client, refreshToken, now);

  const apis = await core.loadApis();
  const scopes = scopesForAudience(code.scopes, audience, apis);
  return answerWithTokens(
    core,
    {
      client,
      subject: code.accountId,
      scopes,
      audience,
      apis,
      origin: code.familyId,
      authenticatedAt: code.authenticatedAt,
      confirmation: request.confirmation,
      terms: code.terms,
      refreshToken,
      idToken: code.scopes.includes('openid') ? nonceOf(code) : undefined,
    },
    now,
  );
}

function nonceOf({ nonce }: Code): { readonly nonce?: string } {
  return nonce === undefined ? {} : { nonce };
}

/** A code of another client is as unknown as none, and is not touched (RFC 6749 §4.1.3). */
async function loadCode(core: Core, parameters: Parameters, client: Client): Promise<Code> {
  const presented = requireParameter(parameters, 'code');
  const code = await core.store.codes.load(digest(presented));
  if (code === undefined || code.clientId !== client.id)
    throw new OAuthError('code_invalid', { log: { clientId: client.id, known: code !== undefined } });
  return code;
}

/** RFC 6749 §4.1.3: required and identical if the authorization request named one; identical if it is sent at all. */
function assertRedirectUri(code: Code, parameters: Parameters): void {
  const redirectUri = parameters.get('redirect_uri');
  if (redirectUri === undefined ? code.redirectUriSent : redirectUri !== code.redirectUri)
    throw new OAuthError('code_redirect_uri_mismatch', { log: { clientId: code.clientId } });
}

async function spend(
  core: Core,
  code: Code,
  client: Client,
  refreshToken: string | undefined,
  now: number,
): Promise<void> {
  const { grantId, accountId, scopes, audiences, authenticatedAt } = code;
  const grant = {
    id: code.familyId,
    grantId,
    accountId,
    client,
    scopes,
    audiences,
    authenticatedAt,
    ...(code.sessionId !== undefined ? { sessionId: code.sessionId } : {}),
    ...(code.terms !== undefined ? { terms: code.terms } : {}),
  };
  const result = await core.store.codes.redeem(code.digest, makeFamily(core, grant, refreshToken, now), now);
  if (result.outcome === 'redeemed') {
    const { id: clientId } = client;
    core.events.emit({
      type: 'code.redeemed',
      clientId,
      accountId,
      grantId,
      familyId: code.familyId,
      scopes,
    });
    return;
  }
  if (result.outcome === 'reused')
    core.events.emit({ type: 'code.reused', clientId: client.id, accountId, familyId: result.familyId });
  throw new OAuthError('code_invalid', { log: { clientId: client.id, outcome: result.outcome } });
}
