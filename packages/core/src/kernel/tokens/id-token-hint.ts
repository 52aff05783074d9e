/**
 * An ID token of this server that returns as `id_token_hint` (OpenID Connect Core §3.1.2.1,
 * RP-Initiated Logout §2, CIBA §7.1). It is not a credential. It only names a user and a sign-in.
 * So it may have expired, but it must be signed by this server.
 *
 * Not checked: whether the client, the user and the sign-in are still active. Not supported: an
 * encrypted ID token.
 */
import { anyAudience, JwtError, type JsonObject, type KeySet, verifyJwt } from '@keywright/jwt';
import { subjectOf } from '../accounts/subject.ts';
import type { Core } from '../core.ts';
import type { Client } from '../../model/entities.ts';

export interface IdTokenHint {
  /** The user, with the subject for the client. Compare it with `isHintOf`. */
  readonly subject: string;
  readonly clientId: string;
  /** The client's name of the sign-in, if it has one. */
  readonly sid?: string;
  readonly issuedAt: number;
  readonly authenticatedAt: number;
}

/**
 * Longer than any session. In most cases the signing key is unpublished long before, and then the
 * token cannot be verified.
 */
const longestExpiredSeconds = 365 * 86_400;

/**
 * Undefined if it is not an ID token of this server, or, with a client, if it was issued to
 * another.
 */
export async function readIdTokenHint(
  core: Core,
  token: string,
  client?: Client,
): Promise<IdTokenHint | undefined> {
  const { verification } = await core.keys.load();
  const claims = verifyIdToken(core, token, verification);
  const hint = claims && toHint(claims);
  return client === undefined || hint?.clientId === client.id ? hint : undefined;
}

/** Whether it names this user. The client is the one to which it was issued. */
export function isHintOf(
  core: Pick<Core, 'vault'>,
  hint: IdTokenHint,
  client: Client,
  accountId: string,
): boolean {
  return hint.clientId === client.id && hint.subject === subjectOf(core, client, accountId);
}

function verifyIdToken(core: Core, token: string, keys: KeySet): JsonObject | undefined {
  try {
    return verifyJwt(token, {
      keys,
      typ: 'JWT',
      issuer: core.options.issuer,
      // The client to which it was issued, as `toHint` reads it.
      audience: anyAudience,
      nowSeconds: core.clock.nowSeconds(),
      clockToleranceSeconds: longestExpiredSeconds,
    }).claims;
  } catch (error) {
    if (error instanceof JwtError) return undefined;
    throw error;
  }
}

/**
 * Other signed objects for clients have this type too. Only an ID token contains the time of the
 * sign-in.
 */
function toHint({ sub, aud, iat, auth_time: authTime, sid }: JsonObject): IdTokenHint | undefined {
  const isIdToken = typeof sub === 'string' && typeof aud === 'string';
  if (!isIdToken || typeof iat !== 'number' || typeof authTime !== 'number') return undefined;
  return {
    subject: sub,
    clientId: aud,
    issuedAt: iat,
    authenticatedAt: authTime,
    ...(typeof sid === 'string' ? { sid } : {}),
  };
}
