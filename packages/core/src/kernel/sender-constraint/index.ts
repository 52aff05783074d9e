/**
 * The key or certificate that a token request proves. Its tokens are bound to it: a DPoP key (RFC
 * 9449 §5), a client certificate (RFC 8705 §3), or nothing. Checked once in a request, after the
 * client is known and before anything is spent.
 */
import { type Core, policyOf } from '../core.ts';
import { OAuthError } from '../../model/errors.ts';
import type { HttpRequest } from '../http/message.ts';
import type { Client } from '../../model/entities.ts';
import type { AuthorizationTerms, Confirmation } from '../../model/terms.ts';
import { confirmByCertificate } from './certificate.ts';
import { proveKey } from './dpop.ts';

export interface Proven {
  readonly confirmation: Confirmation;
  /** If present, it must be called right before anything is spent: see ProvenKey. */
  readonly remember?: () => Promise<void>;
}

/**
 * Without waiting if no DPoP proof is needed. Throws the errors of `proveKey`, dpop_proof_missing
 * for a client that always binds its tokens, certificate_missing (or for a proof
 * dpop_proof_invalid) for a client that binds them to its certificate, and
 * sender_constraint_missing if a profile requires a binding.
 */
export function proveSender(
  core: Core,
  request: HttpRequest,
  client: Client,
): Proven | undefined | Promise<Proven> {
  if (core.options.features.dpop && request.headers['dpop'] !== undefined)
    return proveKey(core, request, client).then(({ thumbprint: jkt, ...proof }) => ({
      confirmation: { jkt },
      ...proof,
    }));
  // RFC 9449 §5.2: the server must refuse token requests without a proof from such a client.
  if (client.settings?.dpopBoundAccessTokens === true) throw new OAuthError('dpop_proof_missing');
  const byCertificate = confirmByCertificate(core, request, client);
  if (byCertificate !== undefined) return { confirmation: byCertificate };
  // FAPI 2.0 Security Profile §5.3.2.1: only sender-constrained access tokens.
  if (policyOf(core, client).senderConstraintRequired)
    throw new OAuthError('sender_constraint_missing');
  return undefined;
}

/**
 * Whether every access token of this client is bound. Then an endpoint without proofs cannot issue
 * tokens.
 */
export function mustBind(core: Pick<Core, 'options'>, client: Client): boolean {
  const { dpopBoundAccessTokens: byKey, certificateBoundAccessTokens: byCertificate } =
    client.settings ?? {};
  return (
    byKey === true || byCertificate === true || policyOf(core, client).senderConstraintRequired
  );
}

/**
 * The request that spends a code or refresh token must prove its binding. Throws
 * grant_binding_wrong.
 */
export function assertShown(
  wanted: Confirmation | undefined,
  shown: Confirmation | undefined,
  clientId: string,
): void {
  if (wanted === undefined) return;
  if (shown === undefined || !isSame(wanted, shown))
    throw new OAuthError('grant_binding_wrong', { log: { clientId, shown: shown !== undefined } });
}

function isSame(one: Confirmation, other: Confirmation): boolean {
  if ('jkt' in one) return 'jkt' in other && one.jkt === other.jkt;
  return 'x5t#S256' in other && one['x5t#S256'] === other['x5t#S256'];
}

/**
 * The binding that a family stores. The refresh tokens of a public client are bound to its key or
 * certificate (RFC 9449 §5, RFC 8705 §4), so that a thief cannot use them. A client that
 * authenticates binds them by authentication, and may change its key.
 */
export function termsOfFamily(
  client: Client,
  terms: AuthorizationTerms | undefined,
  confirmation: Confirmation | undefined,
): AuthorizationTerms | undefined {
  if (terms === undefined && confirmation === undefined) return undefined;
  const bound = confirmation !== undefined && isPublic(client) ? { confirmation } : {};
  // The binding of the code was proved. It does not concern the tokens.
  const { dpopThumbprint: _, ...kept } = terms ?? {};
  const all: AuthorizationTerms = { ...kept, ...bound };
  return Object.keys(all).length === 0 ? undefined : all;
}

/** RFC 6749 §2.1: a client that cannot authenticate. */
export function isPublic(client: Client): boolean {
  return client.authenticationMethods.includes('none');
}
