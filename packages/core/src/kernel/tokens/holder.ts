/**
 * Checks an access token that is presented at an endpoint of this server, and its binding (RFC 9449
 * §7, RFC 8705 §3). The endpoint decides what the token allows.
 */
import { JwtError } from '@keywright/jwt';
import type { Core } from '../core.ts';
import { OAuthError, type OAuthErrorDetail } from '../../model/errors.ts';
import type { ShownToken } from '../http/access-token.ts';
import type { HttpRequest } from '../http/message.ts';
import { readOwnToken } from './own-access-token.ts';
import { assertCertificate } from '../sender-constraint/certificate.ts';
import { proveTokenKey } from '../sender-constraint/dpop.ts';
import type { OwnAccessToken } from '../../model/services.ts';

/**
 * Returns the claims of the token. Throws the fault of the token, with `detail` for the challenge;
 * token_binding_wrong, proof_invalid, proof_nonce_missing, proof_replayed.
 */
export async function verifyShown(
  core: Core,
  request: HttpRequest,
  shown: ShownToken,
  detail: OAuthErrorDetail = {},
): Promise<OwnAccessToken> {
  try {
    const { verification } = await core.keys.load();
    const claims = await readOwnToken(core, shown.token, verification, core.clock.nowSeconds());
    const proving = assertHeld(core, request, shown, claims);
    if (proving !== undefined) await proving;
    return claims;
  } catch (error) {
    if (error instanceof JwtError)
      throw new OAuthError(error.reason, { ...detail, log: { note: error.note } });
    throw error;
  }
}

function assertHeld(
  core: Core,
  request: HttpRequest,
  { scheme, token }: ShownToken,
  { cnf, client_id: clientId }: OwnAccessToken,
): Promise<void> | undefined {
  const jkt = cnf !== undefined && 'jkt' in cnf ? cnf.jkt : undefined;
  // RFC 9449 §7.1, §7.2: a token is bound to a key exactly if it is sent with the DPoP scheme.
  // Otherwise a stolen token could be used as a bearer token.
  if ((jkt !== undefined) !== (scheme === 'DPoP'))
    throw new OAuthError('token_binding_wrong', { log: { clientId, scheme } });
  if (cnf !== undefined && 'x5t#S256' in cnf) assertCertificate(cnf['x5t#S256'], request);
  return jkt === undefined
    ? undefined
    : proveTokenKey(core, request, { accessToken: token, thumbprint: jkt }, clientId);
}
