/**
 * Tokens that are bound to a client certificate (RFC 8705 §3). This is independent of client
 * authentication: even a public client may use an unregistered certificate (§4). The sender of the
 * token must use the same certificate.
 */
import { hash } from 'node:crypto';
import { type Core, policyOf } from '../core.ts';
import { OAuthError } from '../../model/errors.ts';
import type { ClientCertificate, HttpRequest } from '../http/message.ts';
import type { Client } from '../../model/entities.ts';
import type { Confirmation } from '../../model/terms.ts';

/** The HTTP layer gives the same object for each request of one connection. */
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
export function certificateMetadata({
  options,
}: Pick<Core, 'options'>): Readonly<Record<string, unknown>> {
  return options.features.mutualTls ? { tls_client_certificate_bound_access_tokens: true } : {};
}

/**
 * RFC 8705 §5: the same endpoints on another host, so that browsers of users are not asked for
 * certificates.
 */
export function withEndpointAliases(
  { options }: Pick<Core, 'options'>,
  metadata: Readonly<Record<string, unknown>>,
  aliased: readonly string[],
): Readonly<Record<string, unknown>> {
  const { mutualTlsOrigin, origin } = options;
  if (mutualTlsOrigin === undefined) return metadata;
  const aliases = aliased.flatMap((name) => {
    const endpoint = metadata[name];
    return typeof endpoint === 'string'
      ? [[name, mutualTlsOrigin + endpoint.slice(origin.length)]]
      : [];
  });
  return {
    ...metadata,
    mtls_endpoint_aliases: Object.fromEntries(aliases) as Record<string, string>,
  };
}

/**
 * The certificate binding of a request: if the client wants it, or if its profile requires a
 * binding and there is no other. Throws certificate_missing if the client wants it and sent no
 * certificate.
 */
export function confirmByCertificate(
  core: Core,
  { clientCertificate }: HttpRequest,
  client: Client,
): Confirmation | undefined {
  const isOn = core.options.features.mutualTls;
  const isWanted = client.settings?.certificateBoundAccessTokens === true;
  const isShown = isOn && clientCertificate !== undefined;
  // RFC 8705 §3.4: the client registered for bound tokens, so it must not get a bearer token. Where
  // mutual TLS was switched off, it gets none at all.
  if (isWanted && !isShown)
    throw new OAuthError('certificate_missing', {
      log: { note: isOn ? 'no certificate' : 'mutual TLS is off' },
    });
  if (!isShown) return undefined;
  return isWanted || policyOf(core, client).senderConstraintRequired
    ? { 'x5t#S256': thumbprintOf(clientCertificate) }
    : undefined;
}

/**
 * RFC 8705 §3: the resource "MUST verify that the certificate matches the certificate associated
 * with the access token".
 */
export function assertCertificate(thumbprint: string, { clientCertificate }: HttpRequest): void {
  if (clientCertificate === undefined || thumbprintOf(clientCertificate) !== thumbprint)
    throw new OAuthError('token_binding_wrong', {
      log: { note: clientCertificate === undefined ? 'no certificate' : 'another certificate' },
    });
}
