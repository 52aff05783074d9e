/**
 * The certificate whose key the client proved to have: on this connection, or on the connection to
 * a trusted proxy.
 */
import { createNetworks } from '@keywright/jwt';
import type { CertificateOptions } from './options.ts';
import type { Presented } from './presented.ts';

/** DER. */
export type FindCertificate = (presented: Presented) => Uint8Array | undefined;

/**
 * RFC 9440 §2.1: a byte sequence of RFC 8941 §3.3.5. Two headers, joined with a comma, do not
 * match.
 */
const byteSequence = /^:([A-Za-z0-9+/]+={0,2}):$/;

/** @throws TypeError for invalid networks */
export function createCertificates(options: CertificateOptions | undefined): FindCertificate {
  if (options === undefined) return (presented) => presented.certificate();
  const name = options.header.toLowerCase();
  const isTrusted = createNetworks(options.trustedProxies);
  return (presented) => {
    // RFC 9440 §4, RFC 9700 §4.13: anyone can write a header, so it counts only from the proxy. The
    // certificate of the proxy itself is not the client's.
    if (!isTrusted(presented.peerAddress)) return presented.certificate();
    const found = byteSequence.exec(presented.header(name) ?? '')?.[1];
    return found === undefined ? undefined : Buffer.from(found, 'base64');
  };
}
