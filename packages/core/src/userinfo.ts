/** Userinfo (OpenID Connect Core §5.3): who the person is, to whoever holds an access token with the scope openid. */
import { JwtError, type KeySet } from '@keywright/jwt';
import { openIdClaims } from './accounts/claims.ts';
import type { Core } from './core.ts';
import { OAuthError, refusedTo } from './errors.ts';
import { assertNoTokenInQuery, readBearerHeader } from './http/bearer-token.ts';
import type { HttpRequest, HttpResponse } from './http/message.ts';
import { isForm, parseForm } from './http/parameters.ts';
import { json } from './http/responses.ts';
import { loadHolder, type OwnAccessToken } from './issue/own-access-token.ts';

export async function handleUserinfo(core: Core, request: HttpRequest): Promise<HttpResponse> {
  const token = readBearerToken(request);
  const claims = verify(core, token, (await core.keys.load()).verification);
  const who = { clientId: claims.client_id, accountId: claims.sub, tokenId: claims.jti };
  return refusedTo(who, () => describe(core, claims));
}

async function describe(core: Core, claims: OwnAccessToken): Promise<HttpResponse> {
  const scopes = claims.scope.split(' ');
  // The scope is what opens this endpoint, whichever API the token is for: userinfo is the issuer's own (§5.3.1).
  if (!scopes.includes('openid')) throw new OAuthError('scope_insufficient', { scope: 'openid' });
  const account = await loadHolder(core, claims);
  if (account === undefined) throw new OAuthError('token_ended');
  return json(openIdClaims(account, scopes));
}

function verify(core: Core, token: string, keys: KeySet): OwnAccessToken {
  try {
    return core.verifyToken(token, keys, core.clock.nowSeconds());
  } catch (error) {
    if (error instanceof JwtError) throw new OAuthError(error.reason, { log: { note: error.note } });
    throw error;
  }
}

/** RFC 6750 §2.1, §2.2: the header or the form, one of them, once. Never the query (§2.3). */
function readBearerToken(request: HttpRequest): string {
  assertNoTokenInQuery(request);
  const sent = request.headers['authorization'] !== undefined;
  const posted = isPostedForm(request) ? parseForm(request).get('access_token') : undefined;
  if (sent && posted !== undefined) throw new OAuthError('token_twice');
  const token = readBearerHeader(request) ?? posted;
  if (token === undefined) throw new OAuthError('token_missing');
  return token;
}

/** Another body is none of ours: the token is then in the header, or missing. */
function isPostedForm(request: HttpRequest): boolean {
  return request.method === 'POST' && request.body !== '' && isForm(request);
}
