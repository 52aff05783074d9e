/**
 * Who calls the server's own API: a first-party service, by an access token of ours that was issued for this API. Everything is
 * asked again at each call, whatever was asked when the token was issued.
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
 * What an endpoint does for a caller that may; a refusal of it tells the log who that was. `granted`: the scopes of this API that both
 * the token and its client have.
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

async function verifyToken(core: Core, request: HttpRequest, scope: AdminScope): Promise<OwnAccessToken> {
  const claims = await verifyShown(core, request, readToken(request, scope), { scope });
  // RFC 9068 §4: the audience must be this API; a token for another is not to be used here.
  if (claims.aud !== adminIdentifier(core.options.issuer))
    throw new OAuthError('token_audience_wrong', { scope });
  return claims;
}

async function loadService(core: Core, token: OwnAccessToken, scope: AdminScope): Promise<Client> {
  const client = await core.loadClient(token.client_id);
  if (client === undefined || !(await isTokenAlive(core, token)))
    throw new OAuthError('token_ended', { scope });
  const granted = token.scope.split(' ').includes(scope) && client.scopes.includes(scope);
  // A token with a person in it is for no address of this API, whatever it carries.
  if (!granted || !mayAdminister(client) || token.sub !== client.id)
    throw new OAuthError('scope_insufficient', { scope });
  return client;
}

/** Services call, never a browser's script: no other origin may. */
export const administration = {
  channel: 'bearer',
  cors: false,
  identified: true,
  refusalId: 'decision',
} as const;
