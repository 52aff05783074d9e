/**
 * The certificate that a client proved to hold: on this connection, or on the one to a proxy that
 * is trusted to say so.
 */
import { createNetworks } from '@keywright/jwt';
import type { CertificateOptions } from './options.ts';
import type { Presented } from './presented.ts';

/** DER. */
export type FindCertificate = (presented: Presented) => Uint8Array | undefined;

/**
 * RFC 9440 §2.1: a byte sequence of RFC 8941 §3.3.5. Two headers, joined with a comma, are none.
 */
const byteSequence = /^:([A-Za-z0-9+/]+={0,2}):$/;

/** @throws TypeError for networks that are none */
export function createCertificates(options: CertificateOptions | undefined): FindCertificate {
  if (options === undefined) return (presented) => presented.certificate();
  const name = options.header.toLowerCase();
  const isTrusted = createNetworks(options.trustedProxies);
  return (presented) => {
    // RFC 9440 §4, RFC 9700 §4.13: a header that anyone can write is believed from the proxy alone.
    // What the proxy shows of its own is not the client's.
    if (!isTrusted(presented.peerAddress)) return presented.certificate();
    const found = byteSequence.exec(presented.header(name) ?? '')?.[1];
    return found === undefined ? undefined : Buffer.from(found, 'base64');
  };
}
