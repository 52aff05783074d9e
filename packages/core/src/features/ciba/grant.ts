/**
 * CIBA at the token endpoint (§10.1), for the modes poll and ping: the client sends the id of its
 * request, after a ping or at an interval.
 */
import type { Core } from '../../kernel/core.ts';
import { requireParameter } from '../../kernel/http/parameters.ts';
import { redeemDeferred } from '../../kernel/deferred/redeeming.ts';
import type { TokenRequest, TokenResponse } from '../../kernel/tokens/token-request.ts';

export async function redeemBackchannelRequest(
  core: Core,
  request: TokenRequest,
): Promise<TokenResponse> {
  return redeemDeferred(core, request, 'ciba', requireParameter(request.parameters, 'auth_req_id'));
}
