/**
 * What a request for tokens proves to hold, and so what its tokens are bound to: a DPoP key (RFC 9449 §5), a client certificate (RFC 8705
 * §3), or nothing. Asked once a request, when its client is known and before anything of it is spent.
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
  /** Where it is there, it must be called right before anything is spent: see ProvenKey. */
  readonly remember?: () => Promise<void>;
}

/**
 * At once where nothing has to be proven by DPoP. Throws what `proveKey` throws, dpop_proof_missing for a client that always binds its
 * tokens, certificate_missing (or for a proof dpop_proof_invalid) for one that binds them to its certificate, sender_constraint_missing where a
 * profile demands that they are bound.
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
  // RFC 9449 §5.2: the server must refuse token requests of such a client that bring no proof.
  if (client.settings?.dpopBoundAccessTokens === true) throw new OAuthError('dpop_proof_missing');
  const byCertificate = confirmByCertificate(core, request, client);
  if (byCertificate !== undefined) return { confirmation: byCertificate };
  // FAPI 2.0 Security Profile §5.3.2.1: only sender-constrained access tokens.
  if (policyOf(core, client).senderConstraintRequired) throw new OAuthError('sender_constraint_missing');
  return undefined;
}

/** Whether every access token of this client is bound: then none can be given at an endpoint where nothing is proven. */
export function mustBind(core: Pick<Core, 'options'>, client: Client): boolean {
  const { dpopBoundAccessTokens: byKey, certificateBoundAccessTokens: byCertificate } = client.settings ?? {};
  return (
    byKey === true ||
    (byCertificate === true && core.options.features.mutualTls) ||
    policyOf(core, client).senderConstraintRequired
  );
}

/** What a code is bound to, and a refresh token, must have been shown with the request that spends it. Throws grant_binding_wrong. */
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
 * What a family keeps of an authorization. The refresh tokens of a public client are bound to what it has proven (RFC 9449 §5, RFC 8705
 * §4): whoever steals one cannot use it. A client that authenticates binds them by that, and may change its key.
 */
export function termsOfFamily(
  client: Client,
  terms: AuthorizationTerms | undefined,
  confirmation: Confirmation | undefined,
): AuthorizationTerms | undefined {
  if (terms === undefined && confirmation === undefined) return undefined;
  const bound = confirmation !== undefined && isPublic(client) ? { confirmation } : {};
  // The code's own binding has been met, and is nothing of its tokens.
  const { dpopThumbprint: _, ...kept } = terms ?? {};
  const all: AuthorizationTerms = { ...kept, ...bound };
  return Object.keys(all).length === 0 ? undefined : all;
}

/** RFC 6749 §2.1: a client that proves nothing about who it is. */
export function isPublic(client: Client): boolean {
  return client.authenticationMethods.includes('none');
}
