/**
 * Tokens that are bound to a client certificate (RFC 8705 §3). Who the client is, is another matter: it may show a certificate that was
 * never registered, even as a public client (§4), and whoever shows the same one with the token is the one that it was issued to.
 */
import { hash } from 'node:crypto';
import { type Core, policyOf } from '../core.ts';
import { OAuthError } from '../../model/errors.ts';
import type { ClientCertificate, HttpRequest } from '../http/message.ts';
import type { Client } from '../../model/entities.ts';
import type { Confirmation } from '../../model/terms.ts';

/** A carrier gives the same object for each request of one connection. */
const thumbprints = new WeakMap<ClientCertificate, string>();

/** RFC 8705 §3.1: SHA-256 over the DER. */
function thumbprintOf(certificate: ClientCertificate): string {
  const known = thumbprints.get(certificate);
  if (known !== undefined) return known;
  const thumbprint = hash('sha256', certificate.raw, 'base64url');
  thumbprints.set(certificate, thumbprint);
  return thumbprint;
}

/** For discovery (RFC 8705 §3.3). */
export function certificateMetadata({ options }: Pick<Core, 'options'>): Readonly<Record<string, unknown>> {
  return options.features.mutualTls ? { tls_client_certificate_bound_access_tokens: true } : {};
}

/** The endpoints at which clients show certificates; `register` and whatever a browser goes to is not among them. */
const aliased = [
  'token_endpoint',
  'revocation_endpoint',
  'introspection_endpoint',
  'userinfo_endpoint',
  'pushed_authorization_request_endpoint',
  'device_authorization_endpoint',
  'backchannel_authentication_endpoint',
];

/** RFC 8705 §5: the same endpoints, where they are reached on another host, at which browsers are not asked for certificates they have not. */
export function withEndpointAliases(
  { options }: Pick<Core, 'options'>,
  metadata: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  const { mutualTlsOrigin, origin } = options;
  if (mutualTlsOrigin === undefined) return metadata;
  const aliases = aliased.flatMap((name) => {
    const endpoint = metadata[name];
    return typeof endpoint === 'string' ? [[name, mutualTlsOrigin + endpoint.slice(origin.length)]] : [];
  });
  return { ...metadata, mtls_endpoint_aliases: Object.fromEntries(aliases) as Record<string, string> };
}

/**
 * What the tokens of a request are bound to by its certificate: where its client wants that, and where its profile demands a binding and
 * there is no other. Throws certificate_missing for a client that wants it and shows none.
 */
export function confirmByCertificate(
  core: Core,
  { clientCertificate }: HttpRequest,
  client: Client,
): Confirmation | undefined {
  if (!core.options.features.mutualTls) return undefined;
  const isWanted = client.settings?.certificateBoundAccessTokens === true;
  // RFC 8705 §3.4: the client said that it would show one; a bearer token is not what it asked for.
  if (isWanted && clientCertificate === undefined) throw new OAuthError('certificate_missing');
  if (clientCertificate === undefined) return undefined;
  return isWanted || policyOf(core, client).senderConstraintRequired
    ? { 'x5t#S256': thumbprintOf(clientCertificate) }
    : undefined;
}

/** RFC 8705 §3: the resource "MUST verify that the certificate matches the certificate associated with the access token". */
export function assertCertificate(thumbprint: string, { clientCertificate }: HttpRequest): void {
  if (clientCertificate === undefined || thumbprintOf(clientCertificate) !== thumbprint)
    throw new OAuthError('token_binding_wrong', {
      log: { note: clientCertificate === undefined ? 'no certificate' : 'another certificate' },
    });
}
