/**
 * The certificate whose key the client holds: from this connection, or from the connection to a
 * trusted proxy.
 */
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

/** Undefined if no certificate can arrive. Then nothing looks for one. */
export function createCertificates({
  tls,
  header,
  trustedProxies,
}: CertificateSources): FindCertificate | undefined {
  const ofSocket = tls?.asksClients === true ? createSocketCertificates(tls) : undefined;
  if (ofSocket === undefined && header === undefined) return undefined;
  return ({ socket, rawHeaders }) => {
    // RFC 9440 §4, RFC 9700 §4.13: everybody can write a header, so only the header of the proxy is
    // trusted. The proxy's own certificate is not the client's.
    if (isFromProxy(socket.remoteAddress ?? '', trustedProxies))
      return header === undefined ? undefined : readHeader(header, rawHeaders);
    return ofSocket?.(socket);
  };
}

/**
 * Once for each connection: the certificate is part of the handshake, and node-server.ts refuses
 * renegotiation.
 */
function createSocketCertificates({ clientCaFile }: Pick<TlsPlace, 'clientCaFile'>) {
  const known = new WeakMap<Socket, ClientCertificate | 'none'>();
  return (socket: Socket): ClientCertificate | undefined => {
    const found = known.get(socket) ?? readSocket(socket as TLSSocket, clientCaFile !== undefined);
    known.set(socket, found);
    return found === 'none' ? undefined : found;
  };
}

/** Without an authority from the operator, TLS would use all authorities of the web. */
function readSocket(socket: TLSSocket, hasAuthority: boolean): ClientCertificate | 'none' {
  const raw = socket.getPeerX509Certificate()?.raw;
  return raw === undefined ? 'none' : { raw, isVerified: hasAuthority && socket.authorized };
}

function readHeader(
  { name, encoding, isVerified }: CertificateHeader,
  rawHeaders: readonly string[],
): ClientCertificate | undefined {
  const values = rawHeaders.filter(
    (_, at) => at % 2 === 1 && rawHeaders[at - 1]?.toLowerCase() === name,
  );
  // A header that occurs twice was not written by the proxy alone.
  if (values.length !== 1) return undefined;
  const raw = decoders[encoding](values[0] as string);
  return raw === undefined ? undefined : { raw, isVerified };
}

const decoders: Readonly<
  Record<CertificateHeader['encoding'], (value: string) => Uint8Array | undefined>
> = {
  rfc9440: decodeByteSequence,
  'escaped-pem': decodeEscapedPem,
};

/** RFC 9440 §2.1: a byte sequence of RFC 8941 §3.3.5. */
function decodeByteSequence(value: string): Uint8Array | undefined {
  const found = /^:([A-Za-z0-9+/]+={0,2}):$/.exec(value.trim())?.[1];
  return decodeBase64(found);
}

/**
 * An empty value means that there is no certificate. One character or white space is not a byte
 * sequence.
 */
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
