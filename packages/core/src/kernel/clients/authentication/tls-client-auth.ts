/**
 * tls_client_auth (RFC 8705 §2.1): a certificate of an authority that the operator named. It
 * contains one name that was registered for this client. The server or proxy that ends the TLS
 * connection has checked the chain, and that the client holds the key.
 */
import type { Core } from '../../core.ts';
import { matchesSubject } from '../../../rules/distinguished-name.ts';
import { type CertificateNames, readCertificateNames } from '../../../rules/certificate-names.ts';
import { sameAddress } from '../../../rules/ip-address.ts';
import type { ClientSettings } from '../../../model/client-settings.ts';
import type { Attempt, Proof } from './credentials.ts';

type Registered = NonNullable<ClientSettings['tlsClientAuth']>;

export function proveNamedCertificate(core: Core, { client, request }: Attempt): Proof {
  if (!core.options.features.mutualTls) return { fault: 'mutual TLS is off' };
  const certificate = request.clientCertificate;
  if (certificate === undefined) return { fault: 'no certificate' };
  if (!certificate.isVerified) return { fault: 'no named authority issued the certificate' };
  const names = readCertificateNames(certificate.raw);
  const registered = client.settings?.tlsClientAuth;
  if (names === undefined || registered === undefined)
    return { fault: 'the registration has no name to compare' };
  return matches[registered.kind](names, registered.value)
    ? {}
    : { fault: 'the certificate has another name' };
}

/** RFC 8705 §2.1.2: one member of the metadata, one kind of name. */
const matches: Readonly<
  Record<Registered['kind'], (names: CertificateNames, value: string) => boolean>
> = {
  subject_dn: ({ subject }, value) => matchesSubject(subject, value),
  // RFC 5280 §7.2: case does not matter. A wildcard only matches itself.
  san_dns: ({ dns }, value) => dns.some((name) => name.toLowerCase() === value.toLowerCase()),
  san_uri: ({ uris }, value) => uris.includes(value),
  san_ip: ({ addresses }, value) => addresses.some((address) => sameAddress(address, value)),
  san_email: ({ emails }, value) => emails.some((name) => sameMailbox(name, value)),
};

/** RFC 5280 §7.5: the case of the host does not matter, the case of the local part does. */
function sameMailbox(one: string, other: string): boolean {
  const at = one.lastIndexOf('@');
  if (at < 1 || at !== other.lastIndexOf('@')) return false;
  return (
    one.slice(0, at) === other.slice(0, at) &&
    one.slice(at).toLowerCase() === other.slice(at).toLowerCase()
  );
}
