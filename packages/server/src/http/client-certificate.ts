/** The certificate that a client proved to hold a key for: on this connection, or on the one to a proxy that is trusted to say so. */
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { ClientCertificate } from '@keywright/core';
import type { Networks } from '@keywright/jwt';
import type { CertificateHeader, TlsPlace } from '../configuration/tls.ts';
import { isFromProxy } from './remote-address.ts';

export type FindCertificate = (
  request: Pick<IncomingMessage, 'socket' | 'rawHeaders'>,
) => ClientCertificate | undefined;

export interface CertificateSources {
  readonly tls: Pick<TlsPlace, 'asksClients' | 'clientCaFile'> | undefined;
  readonly header: CertificateHeader | undefined;
  readonly trustedProxies: Networks | undefined;
}

/** Undefined where no certificate can come from anywhere: then nobody looks for one. */
export function createCertificates({
  tls,
  header,
  trustedProxies,
}: CertificateSources): FindCertificate | undefined {
  const ofSocket = tls?.asksClients === true ? createSocketCertificates(tls) : undefined;
  if (ofSocket === undefined && header === undefined) return undefined;
  return ({ socket, rawHeaders }) => {
    // RFC 9440 §4, RFC 9700 §4.13: a header that anyone can write is believed from the proxy alone, and what the proxy shows of its own is
    // not the client's.
    if (isFromProxy(socket.remoteAddress ?? '', trustedProxies))
      return header === undefined ? undefined : readHeader(header, rawHeaders);
    return ofSocket?.(socket);
  };
}

/** Once a connection: a certificate is shown in its handshake, and never again (node-server.ts refuses to renegotiate). */
function createSocketCertificates({ clientCaFile }: Pick<TlsPlace, 'clientCaFile'>) {
  const known = new WeakMap<Socket, ClientCertificate | 'none'>();
  return (socket: Socket): ClientCertificate | undefined => {
    const found = known.get(socket) ?? readSocket(socket as TLSSocket, clientCaFile !== undefined);
    known.set(socket, found);
    return found === 'none' ? undefined : found;
  };
}

/** Without an authority that the operator named, TLS would take those of the whole web for it. */
function readSocket(socket: TLSSocket, hasAuthority: boolean): ClientCertificate | 'none' {
  const raw = socket.getPeerX509Certificate()?.raw;
  return raw === undefined ? 'none' : { raw, isVerified: hasAuthority && socket.authorized };
}

function readHeader(
  { name, encoding, isVerified }: CertificateHeader,
  rawHeaders: readonly string[],
): ClientCertificate | undefined {
  const values = rawHeaders.filter((_, at) => at % 2 === 1 && rawHeaders[at - 1]?.toLowerCase() === name);
  // One that came twice was not written by the proxy alone.
  if (values.length !== 1) return undefined;
  const raw = decoders[encoding](values[0] as string);
  return raw === undefined ? undefined : { raw, isVerified };
}

const decoders: Readonly<Record<CertificateHeader['encoding'], (value: string) => Uint8Array | undefined>> = {
  rfc9440: decodeByteSequence,
  'escaped-pem': decodeEscapedPem,
};

/** RFC 9440 §2.1: a byte sequence of RFC 8941 §3.3.5. */
function decodeByteSequence(value: string): Uint8Array | undefined {
  const found = /^:([A-Za-z0-9+/]+={0,2}):$/.exec(value.trim())?.[1];
  return decodeBase64(found);
}

/** What says nothing shows no certificate: one character, or white space alone, is no byte. */
function decodeBase64(text: string | undefined): Uint8Array | undefined {
  const bytes = Buffer.from(text ?? '', 'base64');
  return bytes.length === 0 ? undefined : bytes;
}

const pem = /^-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]+)-----END CERTIFICATE-----\s*$/;

/** One certificate as PEM, percent-encoded: `$ssl_client_escaped_cert` of nginx. */
function decodeEscapedPem(value: string): Uint8Array | undefined {
  try {
    return decodeBase64(pem.exec(decodeURIComponent(value))?.[1]);
  } catch {
    return undefined;
  }
}
