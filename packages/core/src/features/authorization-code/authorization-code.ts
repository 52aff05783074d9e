/**
 * The authorization code grant at the token endpoint (RFC 6749 §4.1.3):
 * 1. the code is checked before it is spent: it belongs to the client, its redirect URI and
 *    verifier are right, and the client may still have a part of what was agreed;
 * 2. it is spent once, in the act that starts its token family;
 * 3. a second use ends that family (§4.1.2), because the server cannot know which of the two
 *    callers is the thief.
 */
import { digest } from '@keywright/jwt';
import { assertShown } from '../../kernel/sender-constraint/index.ts';
import { mayUseGrant } from '../../kernel/policy/tiers.ts';
import { answerWithPlan, planAccess } from '../../kernel/tokens/agreed-access.ts';
import type { Core } from '../../kernel/core.ts';
import { OAuthError } from '../../model/errors.ts';
import { type Parameters, requireParameter } from '../../kernel/http/parameters.ts';
import { makeFamily, makeRefreshToken } from '../../kernel/tokens/refresh-token.ts';
import type { Client, Code } from '../../model/entities.ts';
import type { Confirmation } from '../../model/terms.ts';
import { verifierMatches } from '../../rules/pkce.ts';
import type { TokenRequest, TokenResponse } from '../../kernel/tokens/token-request.ts';
import { handleOfCode } from '../../model/token-id.ts';

export async function redeemAuthorizationCode(
  core: Core,
  request: TokenRequest,
): Promise<TokenResponse> {
  const { parameters, client, now } = request;
  const issued = await loadCode(core, parameters, client);
  assertRedirectUri(issued, parameters);
  assertVerifier(issued, parameters);
  // RFC 9449 §10: an attacker who intercepts the code does not have the key.
  assertShown(boundTo(issued), request.confirmation, client.id);
  const plan = await planAccess(core, request, issued);
  const refreshToken = mayUseGrant(client, 'refresh_token')
    ? makeRefreshToken(core, handleOfCode(requireParameter(parameters, 'code')))
    : undefined;
  if (request.remember !== undefined) await request.remember();
  await spend(core, plan.agreed, client, refreshToken, request.confirmation, now);
  return answerWithPlan(core, request, plan, issued.familyId, refreshToken);
}

function boundTo({ terms }: Code): Confirmation | undefined {
  return terms?.dpopThumbprint === undefined ? undefined : { jkt: terms.dpopThumbprint };
}

/** A code of another client counts as unknown, and is not changed (RFC 6749 §4.1.3). */
async function loadCode(core: Core, parameters: Parameters, client: Client): Promise<Code> {
  const presented = requireParameter(parameters, 'code');
  const code = await core.store.codes.load(digest(presented));
  if (code === undefined || code.clientId !== client.id)
    throw new OAuthError('code_invalid', {
      log: { clientId: client.id, known: code !== undefined },
    });
  return code;
}

/**
 * RFC 6749 §4.1.3: required if the authorization request contained one. It must be identical if it
 * is sent.
 */
function assertRedirectUri(code: Code, parameters: Parameters): void {
  const redirectUri = parameters.get('redirect_uri');
  if (redirectUri === undefined ? code.redirectUriSent : redirectUri !== code.redirectUri)
    throw new OAuthError('code_redirect_uri_mismatch', { log: { clientId: code.clientId } });
}

/**
 * RFC 7636 §4.6, RFC 9700 §4.8: a challenge without a verifier is refused. A verifier without a
 * challenge is refused too, because an attacker may have removed the challenge.
 */
function assertVerifier({ codeChallenge, clientId }: Code, parameters: Parameters): void {
  const verifier = parameters.get('code_verifier');
  if (codeChallenge === '' && verifier === undefined) return;
  // RFC 7636 §4.6: invalid_grant, also without a verifier, because nothing equals the challenge
  // then.
  if (codeChallenge === '' || verifier === undefined || !verifierMatches(verifier, codeChallenge))
    throw new OAuthError('code_verifier_wrong', {
      log: { clientId, sent: verifier !== undefined },
    });
}

async function spend(
  core: Core,
  code: Code,
  client: Client,
  refreshToken: string | undefined,
  confirmation: Confirmation | undefined,
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
    terms: code.terms,
    confirmation,
  };
  const result = await core.store.codes.redeem(
    code.digest,
    makeFamily(core, grant, refreshToken, now),
    now,
  );
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
    core.events.emit({
      type: 'code.reused',
      clientId: client.id,
      accountId,
      familyId: result.familyId,
    });
  throw new OAuthError('code_invalid', { log: { clientId: client.id, outcome: result.outcome } });
}
