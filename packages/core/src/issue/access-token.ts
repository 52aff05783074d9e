/** Access tokens: signed JWTs by RFC 9068, self-contained and short-lived. */
import { type Core, lifetimesOf, newId } from '../core.ts';
import type { Client } from '../model.ts';

export interface AccessTokenGrant {
  /** The account's id, or the client's own where there is no person (RFC 9068 §2.2). */
  readonly subject: string;
  readonly client: Client;
  readonly scopes: readonly string[];
  readonly audience: string;
  /** What the token hangs on: the id of its family or grant. Introspection and userinfo ask whether that has ended. */
  readonly origin?: string;
  /** When the person signed in; absent where there is none. */
  readonly authenticatedAt?: number;
}

export interface IssuedAccessToken {
  readonly accessToken: string;
  readonly expiresIn: number;
}

export async function issueAccessToken(
  core: Core,
  grant: AccessTokenGrant,
  now: number,
): Promise<IssuedAccessToken> {
  const keys = await core.keys.load();
  const expiresIn = lifetimesOf(core, grant.client).accessTokenSeconds;
  const serial = newId(core, '');
  // RFC 9068 §2.2: iss, exp, aud, sub, client_id, iat and jti are required.
  const accessToken = await core.signer.sign(keys.signing.ES256, 'at+jwt', {
    iss: core.options.issuer,
    sub: grant.subject,
    aud: grant.audience,
    client_id: grant.client.id,
    iat: now,
    exp: now + expiresIn,
    jti: grant.origin === undefined ? serial : `${grant.origin}.${serial}`,
    scope: grant.scopes.join(' '),
    ...(grant.authenticatedAt !== undefined ? { auth_time: grant.authenticatedAt } : {}),
  });
  return { accessToken, expiresIn };
}

/** The family or grant that a token hangs on, out of its `jti`; undefined when it hangs on none. */
export function originOfToken(jti: string): string | undefined {
  const dot = jti.lastIndexOf('.');
  return dot < 0 ? undefined : jti.slice(0, dot);
}
