/**
 * CIBA's second half (§10.1), for the modes poll and ping: the client comes with the id of its
 * request, when it was told to or by the clock.
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
