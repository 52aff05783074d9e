/** The token endpoint (RFC 6749 §3.2): the form, who calls, which grant. Each grant is a file beside this one. */
import type { GrantType } from '@keywright/wire';
import { authenticateByApiKey, isApiKeyRequest } from '../clients/authentication/api-key.ts';
import { authenticateClient } from '../clients/authentication/index.ts';
import { mayUseGrant } from '../clients/tiers.ts';
import { type Core, policyOf } from '../core.ts';
import { isGrantOn } from '../policy/grants-on.ts';
import { OAuthError, refusedTo } from '../errors.ts';
import type { HttpRequest, HttpResponse } from '../http/message.ts';
import { type Parameters, parseForm, requireParameter } from '../http/parameters.ts';
import { json } from '../http/responses.ts';
import { takeOfClient, withAllowance } from '../limits/limits.ts';
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
  const caller = await authenticateCaller(core, request, parameters, now);
  const allowance = takeOfClient(core, caller.client, request.remoteAddress);
  const asked = { parameters, ...caller, now, remoteAddress: request.remoteAddress };
  const who = { clientId: caller.client.id, keyId: caller.apiKey?.key.id };
  const answer = await refusedTo(who, () => grant(core, asked));
  if (request.learned !== undefined) request.learned.issuedBy = parameters.get('grant_type') as GrantType;
  return withAllowance(json(answer), allowance);
}

async function authenticateCaller(
  core: Core,
  request: HttpRequest,
  parameters: Parameters,
  now: number,
): Promise<Pick<TokenRequest, 'client' | 'apiKey'>> {
  if (!isApiKeyRequest(request))
    return { client: await authenticateClient(request, parameters, core.loadClient, now) };
  const apiKey = await authenticateByApiKey(core, request, parameters, now);
  return { client: apiKey.client, apiKey };
}

function grant(core: Core, asked: TokenRequest): Promise<TokenResponse> {
  const grantType = requireParameter(asked.parameters, 'grant_type');
  const handler = grants.get(grantType);
  if (handler === undefined || !isGrantOn(core, grantType as GrantType))
    throw new OAuthError('grant_type_unsupported');
  // The tier decides, whatever was registered (RFC 6749 §5.2, unauthorized_client).
  // An API key stands for its service alone, so it opens the one grant that has nobody else in it.
  const withinKey = asked.apiKey === undefined || grantType === 'client_credentials';
  const refused = policyOf(core, asked.client).grantsRefused.includes(grantType as GrantType);
  if (!withinKey || refused || !mayUseGrant(asked.client, grantType as GrantType))
    throw new OAuthError('client_not_permitted', { log: { grantType } });
  return handler(core, asked);
}
