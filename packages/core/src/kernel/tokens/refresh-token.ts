/**
 * Refresh tokens: `rt_<handle>.<secret of 256 bits>`. The handle is the same for the life of the
 * family, and finds its row: the id of the family is the hash of the handle. The id is in access
 * tokens and logs, the handle only in refresh tokens. So a caller with a good handle and a spent
 * or unknown secret has had a refresh token of this family.
 */
import { digest } from '@keywright/jwt';
import { termsOfFamily } from '../sender-constraint/index.ts';
import { type Core, lifetimesOf } from '../core.ts';
import type { Client, Family } from '../../model/entities.ts';
import type { AuthorizationTerms, Confirmation } from '../../model/terms.ts';
import { absoluteEndOf } from './refresh-lifetime.ts';
import { familyIdOf } from '../../model/token-id.ts';

const format = /^rt_([A-Za-z0-9_-]{22})\.[A-Za-z0-9_-]{43}$/;

export interface PresentedRefreshToken {
  readonly token: string;
  readonly handle: string;
  readonly familyId: string;
  readonly digest: string;
}

/** Undefined if it does not have the form of a refresh token. */
export function readRefreshToken(token: string): PresentedRefreshToken | undefined {
  const handle = format.exec(token)?.[1];
  return handle === undefined
    ? undefined
    : { token, handle, familyId: familyIdOf(handle), digest: digest(token) };
}

export function makeRefreshToken(core: Core, handle: string): string {
  return `rt_${handle}.${core.newSecret()}`;
}

/** What an authorization gives to a new family. */
export interface FamilyGrant {
  readonly id: string;
  readonly grantId: string;
  readonly accountId: string;
  readonly client: Client;
  readonly scopes: readonly string[];
  readonly audiences: readonly string[];
  readonly authenticatedAt: number;
  readonly sessionId?: string;
  readonly terms?: AuthorizationTerms | undefined;
  /** The key or certificate that the client has proved with this request. */
  readonly confirmation?: Confirmation | undefined;
}

/**
 * Makes a family with its first refresh token, or without one if the client does not use the grant.
 */
export function makeFamily(
  core: Core,
  grant: FamilyGrant,
  refreshToken: string | undefined,
  now: number,
): Family {
  const lifetimes = lifetimesOf(core, grant.client);
  const { client, confirmation, terms: granted, ...rest } = grant;
  const terms = termsOfFamily(client, granted, confirmation);
  return {
    ...rest,
    ...(terms !== undefined ? { terms } : {}),
    clientId: client.id,
    ...(refreshToken !== undefined ? { currentDigest: digest(refreshToken) } : {}),
    createdAt: now,
    // Without a refresh token, the family stays as long as its access token can be introspected.
    expiresAt:
      now +
      (refreshToken === undefined ? lifetimes.accessTokenSeconds : lifetimes.refreshIdleSeconds),
    absoluteExpiresAt: absoluteEndOf(lifetimes, now),
  };
}

export const purpose = 'refresh-successor';

/**
 * Seals a successor with the digest of the token that it replaced, as the store has it. So it can
 * be sealed again when the sealing key is replaced, and another token does not reveal it.
 */
export function sealSuccessor(core: Core, successor: string, presentedDigest: string): string {
  return core.vault.seal(purpose, successor, presentedDigest);
}

/** Undefined if the sealing key has changed since. Then only this retry is refused. */
export function unsealSuccessor(
  core: Core,
  sealed: string,
  { token, digest: presentedDigest }: Pick<PresentedRefreshToken, 'token' | 'digest'>,
): string | undefined {
  // Earlier versions sealed it with the token itself.
  const successor =
    core.vault.unseal(purpose, sealed, presentedDigest) ??
    core.vault.unseal(purpose, sealed, token);
  return successor === undefined ? undefined : Buffer.from(successor).toString('utf8');
}
