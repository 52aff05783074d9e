/** ID tokens (OpenID Connect Core §2). Claims of profile and email are given at userinfo, not here (§5.4). */
import { createHash } from 'node:crypto';
import { type Core, lifetimesOf } from '../core.ts';
import type { Client } from '../model.ts';
import type { AuthorizationTerms } from '../terms.ts';

export interface IdTokenGrant {
  readonly accountId: string;
  readonly client: Client;
  readonly authenticatedAt: number;
  readonly nonce?: string;
  readonly terms?: AuthorizationTerms;
  /** The access token issued beside it, for `at_hash`. */
  readonly accessToken?: string;
  /** Claims for a response that has no access token to ask userinfo with (§5.4). */
  readonly claims?: Readonly<Record<string, unknown>>;
}

export async function issueIdToken(core: Core, grant: IdTokenGrant, now: number): Promise<string> {
  const keys = await core.keys.load();
  const key = keys.signing[grant.client.idTokenAlgorithm];
  return core.signer.sign(key, 'JWT', {
    ...grant.claims,
    iss: core.options.issuer,
    sub: grant.accountId,
    aud: grant.client.id,
    iat: now,
    exp: now + lifetimesOf(core, grant.client).idTokenSeconds,
    auth_time: grant.authenticatedAt,
    amr: grant.terms?.amr ?? ['pwd'],
    ...(grant.terms?.acr !== undefined ? { acr: grant.terms.acr } : {}),
    ...(grant.nonce !== undefined ? { nonce: grant.nonce } : {}),
    ...(grant.accessToken !== undefined ? { at_hash: halfHash(grant.accessToken) } : {}),
  });
}

/** §3.1.3.6: the left half of the hash that the ID token's algorithm uses; both of ours use SHA-256. */
function halfHash(value: string): string {
  return createHash('sha256').update(value, 'ascii').digest().subarray(0, 16).toString('base64url');
}
