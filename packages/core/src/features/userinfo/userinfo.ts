/**
 * Userinfo (OpenID Connect Core §5.3): the claims of the user, for a caller with an access token
 * with the scope openid.
 */
import { openIdClaims } from '../../kernel/accounts/claims.ts';
import { verifyShown } from '../../kernel/tokens/holder.ts';
import { type Core, policyOf } from '../../kernel/core.ts';
import { OAuthError, refusedTo } from '../../model/errors.ts';
import {
  assertNoTokenInQuery,
  readTokenHeader,
  type ShownToken,
} from '../../kernel/http/access-token.ts';
import type { HttpRequest, HttpResponse } from '../../kernel/http/message.ts';
import { isForm, parseForm } from '../../kernel/http/parameters.ts';
import { loadHolderOf } from '../../kernel/tokens/own-access-token.ts';
import { answerUserinfo } from '../../kernel/tokens/userinfo-answer.ts';
import type { OwnAccessToken } from '../../model/services.ts';
import { isIdOf } from '../../model/token-id.ts';

export async function handleUserinfo(core: Core, request: HttpRequest): Promise<HttpResponse> {
  const claims = await verifyShown(core, request, readToken(request));
  // A pairwise subject is not an account id. The token id identifies the account (`keywright why`).
  const accountId = isIdOf('account', claims.sub) ? claims.sub : undefined;
  const who = { clientId: claims.client_id, accountId, tokenId: claims.jti };
  return refusedTo(who, () => describe(core, request, claims));
}

async function describe(
  core: Core,
  request: HttpRequest,
  claims: OwnAccessToken,
): Promise<HttpResponse> {
  const scopes = claims.scope.split(' ');
  // The scope gives access to this endpoint, whatever API the token is for, because userinfo
  // belongs to the issuer (§5.3.1).
  if (!scopes.includes('openid')) throw new OAuthError('scope_insufficient', { scope: 'openid' });
  const client = await core.loadClient(claims.client_id);
  const account = client && (await loadHolderOf(core, client, claims));
  if (client === undefined || account === undefined) throw new OAuthError('token_ended');
  // §5.3.2: the same `sub` as in the ID token. The token contains it, made for this client.
  const released = openIdClaims(account, claims.sub, scopes, claims.userinfo_claims);
  const answer = await answerUserinfo(core, client, released, core.clock.nowSeconds());
  return policyOf(core, client).interactionsNamed ? withInteraction(core, request, answer) : answer;
}

const uuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/**
 * FAPI 1.0 Baseline §6.2.1-11: the interaction id of the client, or a new one. No other value of
 * the request is returned.
 */
function withInteraction(core: Core, { headers }: HttpRequest, answer: HttpResponse): HttpResponse {
  const sent = headers['x-fapi-interaction-id'];
  const id = sent !== undefined && uuid.test(sent) ? sent : newUuid(core);
  return { ...answer, headers: { ...answer.headers, 'x-fapi-interaction-id': id } };
}

/** RFC 9562 §5.4. */
function newUuid({ random }: Core): string {
  const bytes = Buffer.from(random.bytes(16));
  bytes[6] = (bytes.readUInt8(6) & 0x0f) | 0x40;
  bytes[8] = (bytes.readUInt8(8) & 0x3f) | 0x80;
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

/** RFC 6750 §2.1, §2.2: in the header or in the form, once. Never in the query (§2.3). */
function readToken(request: HttpRequest): ShownToken {
  assertNoTokenInQuery(request);
  const sent = request.headers['authorization'] !== undefined;
  const posted = isPostedForm(request) ? parseForm(request).get('access_token') : undefined;
  if (sent && posted !== undefined) throw new OAuthError('token_twice');
  if (posted !== undefined) return { scheme: 'Bearer', token: posted };
  const shown = readTokenHeader(request);
  if (shown === undefined) throw new OAuthError('token_missing');
  return shown;
}

/** A body of another type is ignored. Then the token is in the header, or missing. */
function isPostedForm(request: HttpRequest): boolean {
  return request.method === 'POST' && request.body !== '' && isForm(request);
}
