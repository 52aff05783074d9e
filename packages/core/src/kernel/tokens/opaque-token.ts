/**
 * Opaque access tokens: 256 random bits, for an API that introspects each token (RFC 7662) and must
 * notice its end at once. The store has the digest, and the claims that a JWT would contain. A
 * reader of the store cannot use it as a token.
 */
import { digest, JwtError } from '@keywright/jwt';
import type { Core } from '../core.ts';
import type { OwnAccessToken } from '../../model/services.ts';
const format = /^at_[A-Za-z0-9_-]{43}$/;

/** Recognised by its form, which no JWT and no other credential has. */
export function isOpaqueToken(token: string): boolean {
  return format.test(token);
}

export async function keepOpaqueToken(core: Core, claims: OwnAccessToken): Promise<string> {
  const token = `at_${core.newSecret()}`;
  await core.store.accessTokens.keep({
    digest: digest(token),
    clientId: claims.client_id,
    claims: { ...claims },
    expiresAt: claims.exp,
  });
  return token;
}

/** Throws JwtError token_inactive if it is unknown, revoked or pruned, and token_expired. */
export async function loadOpaqueToken(
  core: Core,
  token: string,
  now: number,
): Promise<OwnAccessToken> {
  const kept = await core.store.accessTokens.load(digest(token));
  if (kept === undefined) throw new JwtError('token_inactive');
  if (kept.expiresAt <= now) throw new JwtError('token_expired');
  return kept.claims as unknown as OwnAccessToken;
}
