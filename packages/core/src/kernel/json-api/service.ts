/**
 * Authenticates the caller of the server's own API: a first-party service with an access token for
 * this API. Everything is checked again at each call.
 */
import { adminIdentifier, type AdminScope, isAdminScope } from '../apis/admin.ts';
import { verifyShown } from '../tokens/holder.ts';
import { mayAdminister } from '../policy/tiers.ts';
import type { Core } from '../core.ts';
import { OAuthError, refusedTo } from '../../model/errors.ts';
import { assertNoTokenInQuery, readTokenHeader, type ShownToken } from '../http/access-token.ts';
import type { HttpRequest, HttpResponse } from '../http/message.ts';
import { isTokenAlive } from '../tokens/own-access-token.ts';
import type { Client } from '../../model/entities.ts';
import type { OwnAccessToken } from '../../model/services.ts';

/**
 * The code of an endpoint for a caller that may use it. A refusal in it records the caller in the
 * log. `granted`: the scopes of this API that both the token and its client have.
 */
export type ServiceEndpoint = (
  core: Core,
  request: HttpRequest,
  client: Client,
  granted: readonly AdminScope[],
) => Promise<HttpResponse>;

export function protect(scope: AdminScope, endpoint: ServiceEndpoint) {
  return async (core: Core, request: HttpRequest): Promise<HttpResponse> => {
    const token = await verifyToken(core, request, scope);
    return refusedTo({ clientId: token.client_id, tokenId: token.jti }, async () => {
      const client = await loadService(core, token, scope);
      const words = token.scope.split(' ').filter((one) => client.scopes.includes(one));
      return endpoint(core, request, client, words.filter(isAdminScope));
    });
  };
}

function readToken(request: HttpRequest, scope: AdminScope): ShownToken {
  assertNoTokenInQuery(request);
  const shown = readTokenHeader(request);
  if (shown === undefined) throw new OAuthError('token_missing', { scope });
  return shown;
}

async function verifyToken(
  core: Core,
  request: HttpRequest,
  scope: AdminScope,
): Promise<OwnAccessToken> {
  const claims = await verifyShown(core, request, readToken(request, scope), { scope });
  // RFC 9068 §4: the audience must be this API.
  if (claims.aud !== adminIdentifier(core.options.issuer))
    throw new OAuthError('token_audience_wrong', { scope });
  return claims;
}

async function loadService(core: Core, token: OwnAccessToken, scope: AdminScope): Promise<Client> {
  const client = await core.loadClient(token.client_id);
  if (client === undefined || !(await isTokenAlive(core, token)))
    throw new OAuthError('token_ended', { scope });
  const granted = token.scope.split(' ').includes(scope) && client.scopes.includes(scope);
  // No address of this API accepts a token with a user.
  if (!granted || !mayAdminister(client) || token.sub !== client.id)
    throw new OAuthError('scope_insufficient', { scope });
  return client;
}

/** Only services call it, never a script in a browser, so no other origin is allowed. */
export const administration = {
  channel: 'bearer',
  cors: false,
  identified: true,
  refusalId: 'decision',
} as const;
