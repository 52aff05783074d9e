/**
 * self_signed_tls_client_auth (RFC 8705 §2.2): a certificate that the client itself published, in
 * the `x5c` of one of its keys. No authority needs to confirm it, so its chain is not checked. The
 * handshake proved that the client holds its key.
 */
import { type Jwk, JwtError } from '@keywright/jwt';
import type { Core } from '../../core.ts';
import type { Attempt, Proof } from './credentials.ts';

export async function proveOwnCertificate(
  core: Core,
  { client, request }: Attempt,
): Promise<Proof> {
  if (!core.options.features.mutualTls) return { fault: 'mutual TLS is off' };
  const certificate = request.clientCertificate;
  if (certificate === undefined) return { fault: 'no certificate' };
  try {
    const isShown = (jwk: Jwk) => leafOf(jwk)?.equals(certificate.raw) === true;
    const published = await core.clientKeys.jwks(client, isShown);
    return published.some(isShown) ? {} : { fault: 'not a certificate of its keys' };
  } catch (error) {
    if (error instanceof JwtError) return { fault: error.note ?? error.reason };
    throw error;
  }
}

/**
 * RFC 7517 §4.7: base64, not base64url, of the DER; the certificate of the key itself comes first.
 */
export function leafOf({ x5c }: Jwk): Buffer | undefined {
  const chain: unknown = x5c;
  const leaf: unknown = Array.isArray(chain) ? chain[0] : undefined;
  return typeof leaf === 'string' ? Buffer.from(leaf, 'base64') : undefined;
}
