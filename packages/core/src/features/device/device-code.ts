/**
 * The device authorization grant at the token endpoint (RFC 8628 §3.4): the device polls until the
 * user has answered on another device.
 */
import type { Core } from '../../kernel/core.ts';
import { requireParameter } from '../../kernel/http/parameters.ts';
import { redeemDeferred } from '../../kernel/deferred/redeeming.ts';
import type { TokenRequest, TokenResponse } from '../../kernel/tokens/token-request.ts';

export async function redeemDeviceCode(core: Core, request: TokenRequest): Promise<TokenResponse> {
  return redeemDeferred(
    core,
    request,
    'device',
    requireParameter(request.parameters, 'device_code'),
  );
}
