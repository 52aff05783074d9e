/** The token endpoint (RFC 6749 §3.2): the form, who calls, which grant. Each grant is a file beside this one. */
import type { GrantType } from '@keywright/wire';
import { authenticateClient } from '../clients/authentication/index.ts';
import { mayUseGrant } from '../clients/tiers.ts';
import type { Core } from '../core.ts';
import { OAuthError } from '../errors.ts';
import type { HttpRequest, HttpResponse } from '../http/message.ts';
import { parseForm, requireParameter } from '../http/parameters.ts';
import { json } from '../http/responses.ts';
import { redeemAuthorizationCode } from './authorization-code.ts';
import { grantClientCredentials } from './client-credentials.ts';
import { grantPassword } from './password.ts';
import { rotateRefreshToken } from './refresh-token.ts';
import type { TokenRequest, TokenResponse } from './request.ts';

type Grant = (core: Core, request: TokenRequest) => Promise<TokenResponse>;

const grants: ReadonlyMap<string, Grant> = new Map<GrantType, Grant>([
  ['authorization_code', redeemAuthorizationCode],
  ['refresh_token', rotateRefreshToken],
  ['client_credentials', grantClientCredentials],
  ['password', grantPassword],
]);

export async function handleToken(core: Core, request: HttpRequest): Promise<HttpResponse> {
  // RFC 6749 §2.3.1: parameters of this endpoint are only ever in the body; an address ends in logs.
  if (request.query !== '') throw new OAuthError('credentials_in_query');
  const parameters = parseForm(request);
  const now = core.clock.nowSeconds();
  const client = await authenticateClient(request, parameters, core.loadClient, now);
  const grantType = requireParameter(parameters, 'grant_type');
  const grant = grants.get(grantType);
  if (grant === undefined) throw new OAuthError('grant_type_unsupported');
  // The tier decides, whatever was registered (RFC 6749 §5.2, unauthorized_client).
  if (!mayUseGrant(client, grantType as GrantType))
    throw new OAuthError('client_not_permitted', { log: { clientId: client.id, grantType } });
  const response = await grant(core, { parameters, client, now, remoteAddress: request.remoteAddress });
  return json(response);
}
