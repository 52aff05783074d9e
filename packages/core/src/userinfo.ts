/** Userinfo (OpenID Connect Core §5.3): who the person is, to whoever holds an access token with the scope openid. */
import { JwtError, type KeySet } from '@keywright/jwt';
import { openIdClaims } from './accounts/claims.ts';
import type { Core } from './core.ts';
import { OAuthError } from './errors.ts';
import type { HttpRequest, HttpResponse } from './http/message.ts';
import { isForm, parseForm, parseParameters } from './http/parameters.ts';
import { json } from './http/responses.ts';
import { loadHolder, type OwnAccessToken } from './issue/own-access-token.ts';

export async function handleUserinfo(core: Core, request: HttpRequest): Promise<HttpResponse> {
  const token = readBearerToken(request);
  const claims = verify(core, token, (await core.keys.load()).verification);
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
    if (error instanceof JwtError) throw new OAuthError(error.reason);
    throw error;
  }
}

/** RFC 6750 §2.1, §2.2: the header or the form, one of them, once. Never the query (§2.3). */
function readBearerToken(request: HttpRequest): string {
  if (parseParameters(request.query).get('access_token') !== undefined)
    throw new OAuthError('token_in_query');
  const header = request.headers['authorization'];
  const posted = isPostedForm(request) ? parseForm(request).get('access_token') : undefined;
  if (header === undefined && posted === undefined) throw new OAuthError('token_missing');
  if (header !== undefined && posted !== undefined) throw new OAuthError('token_twice');
  if (header === undefined) return posted as string;
  const token = /^bearer +([A-Za-z0-9._~+/-]+=*) *$/i.exec(header)?.[1];
  if (token === undefined)
    throw new OAuthError(/^bearer\b/i.test(header) ? 'token_malformed' : 'token_missing');
  return token;
}

/** Another body is none of ours: the token is then in the header, or missing. */
function isPostedForm(request: HttpRequest): boolean {
  return request.method === 'POST' && request.body !== '' && isForm(request);
}
