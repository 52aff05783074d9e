/**
 * An ID token of our own that comes back as `id_token_hint` (OpenID Connect Core §3.1.2.1, RP-Initiated Logout §2, CIBA §7.1): not as a
 * credential, only to say of whom and of which sign-in a request speaks. So it may have expired; it must have been signed here.
 *
 * Not checked: whether its client or its person still stand, and whether the sign-in lives. Not read: an encrypted ID token.
 */
import { anyAudience, JwtError, type JsonObject, type KeySet, verifyJwt } from '@keywright/jwt';
import { subjectOf } from '../accounts/subject.ts';
import type { Core } from '../core.ts';
import type { Client } from '../../model/entities.ts';

export interface IdTokenHint {
  /** The person, as the client knows them: to be compared by `isHintOf`. */
  readonly subject: string;
  readonly clientId: string;
  /** The client's name of the sign-in, where it was told one. */
  readonly sid?: string;
  readonly issuedAt: number;
  readonly authenticatedAt: number;
}

/** No session is longer. The key that signed it is unpublished long before, in most cases: then it cannot be read any more. */
const longestExpiredSeconds = 365 * 86_400;

/** Undefined when it is no ID token of ours; with a client, when it was issued to another. */
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

/** Whether it speaks of this person. The client is the one that it was issued to. */
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
      // The client that it was issued to, which `toHint` reads.
      audience: anyAudience,
      nowSeconds: core.clock.nowSeconds(),
      clockToleranceSeconds: longestExpiredSeconds,
    }).claims;
  } catch (error) {
    if (error instanceof JwtError) return undefined;
    throw error;
  }
}

/** Other things that we sign for clients are of this type too; only an ID token says when the person signed in. */
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
