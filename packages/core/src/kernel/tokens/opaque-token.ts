/**
 * Opaque access tokens: 256 random bits for an API that looks each token up (RFC 7662) and must see within the moment that one is gone.
 * The store has the digest, and the claims that a JWT would carry; whoever reads the store can use none of it.
 */
import { digest, JwtError } from '@keywright/jwt';
import type { Core } from '../core.ts';
import type { OwnAccessToken } from '../../model/services.ts';
const format = /^at_[A-Za-z0-9_-]{43}$/;

/** By its form: no JWT has it, and no other credential of ours. */
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

/** Throws JwtError token_inactive for one that is unknown, revoked or pruned, token_expired. */
export async function loadOpaqueToken(core: Core, token: string, now: number): Promise<OwnAccessToken> {
  const kept = await core.store.accessTokens.load(digest(token));
  if (kept === undefined) throw new JwtError('token_inactive');
  if (kept.expiresAt <= now) throw new JwtError('token_expired');
  return kept.claims as unknown as OwnAccessToken;
}
