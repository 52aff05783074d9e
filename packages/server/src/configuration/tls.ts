/**
 * TLS at this server, and the source of client certificates: the connection, or a header of a
 * proxy.
 */
import { type ConfigProblem, profiles } from '@keywright/core';
import type { DeclaredConfiguration } from './schema.ts';

/** Absolute paths. The files are read when the server starts, and again when they change. */
export interface TlsPlace {
  readonly certificateFile: string;
  readonly keyFile: string;
  /** Whether clients are asked for a certificate. A certificate is not required. */
  readonly asksClients: boolean;
  /**
   * The authorities of verified certificates (RFC 8705 §2.1). Without them, no certificate is
   * verified.
   */
  readonly clientCaFile: string | undefined;
}

export interface CertificateHeader {
  /** In lower case. */
  readonly name: string;
  readonly encoding: 'rfc9440' | 'escaped-pem';
  /** Whether the proxy forwards only certificates from its own authorities. */
  readonly isVerified: boolean;
}

export function checkTls(declared: DeclaredConfiguration, problems: ConfigProblem[]): void {
  const {
    listen,
    issuer,
    features,
    trusted_proxies: proxies,
    client_certificate_header: header,
  } = declared;
  const say = (path: string, message: string) => void problems.push({ path, message });
  if (listen.tls !== undefined && issuer.startsWith('http:'))
    say('issuer', 'must be https, because listen.tls is set');
  if (listen.tls?.client_ca !== undefined && listen.tls.client_certificates === 'off')
    say('listen.tls.client_ca', 'needs client_certificates: request');
  // RFC 9440 §4: everybody can write this header, so it is trusted only from the proxy that
  // overwrites it.
  if (header !== undefined && proxies.length === 0)
    say(
      'client_certificate_header',
      'needs trusted_proxies, because the header is read only from trusted proxies',
    );
  const isShown = listen.tls?.client_certificates === 'request' || header !== undefined;
  const byProfile = profiles[declared.profile ?? 'default'].features.mutualTls === true;
  if ((byProfile || features?.mutual_tls === true) && !isShown)
    say(
      byProfile ? 'profile' : 'features.mutual_tls',
      'needs listen.tls.client_certificates: request, or client_certificate_header. Otherwise the server gets no certificate',
    );
}

type Resolve = (place: string, value: string) => string;

export function toTlsPlace(
  { listen: { tls } }: DeclaredConfiguration,
  resolve: Resolve,
): TlsPlace | undefined {
  if (tls === undefined) return undefined;
  const { client_ca: clientCa } = tls;
  return {
    certificateFile: resolve('listen.tls.certificate', tls.certificate),
    keyFile: resolve('listen.tls.key', tls.key),
    asksClients: tls.client_certificates === 'request',
    clientCaFile: clientCa === undefined ? undefined : resolve('listen.tls.client_ca', clientCa),
  };
}

export function toCertificateHeader({
  client_certificate_header: header,
}: DeclaredConfiguration): CertificateHeader | undefined {
  if (header === undefined) return undefined;
  const { name, encoding, verified_by_proxy: isVerified } = header;
  return { name: name.toLowerCase(), encoding, isVerified };
}
