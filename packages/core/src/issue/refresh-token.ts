/**
 * Refresh tokens: `<family id>.<secret of 256 bits>`. The family's id finds its one row; only the digest of the whole
 * token is stored. Possession of any token of a family, living or spent, is what knowing its id means.
 */
import { digest } from '@keywright/jwt';
import { type Core, lifetimesOf } from '../core.ts';
import type { Client, Family } from '../model.ts';

const format = /^(fam_[A-Za-z0-9_-]{22})\.[A-Za-z0-9_-]{43}$/;

export interface PresentedRefreshToken {
  readonly familyId: string;
  readonly digest: string;
}

/** Undefined when it is no refresh token of ours by its form. */
export function readRefreshToken(token: string): PresentedRefreshToken | undefined {
  const familyId = format.exec(token)?.[1];
  return familyId === undefined ? undefined : { familyId, digest: digest(token) };
}

export function makeRefreshToken(core: Core, familyId: string): string {
  return `${familyId}.${core.newSecret()}`;
}

/** What a new family is made of: all that an authorization gave. */
export interface FamilyGrant {
  readonly id: string;
  readonly grantId: string;
  readonly accountId: string;
  readonly client: Client;
  readonly scopes: readonly string[];
  readonly audiences: readonly string[];
  readonly authenticatedAt: number;
}

/** A family with its first refresh token, or with none where the client does not use the grant. */
export function makeFamily(
  core: Core,
  grant: FamilyGrant,
  refreshToken: string | undefined,
  now: number,
): Family {
  const lifetimes = lifetimesOf(core, grant.client);
  const { client, ...rest } = grant;
  return {
    ...rest,
    clientId: client.id,
    ...(refreshToken !== undefined ? { currentDigest: digest(refreshToken) } : {}),
    createdAt: now,
    // Without a refresh token the family lives as long as its one access token can be asked about.
    expiresAt:
      now + (refreshToken === undefined ? lifetimes.accessTokenSeconds : lifetimes.refreshIdleSeconds),
    absoluteExpiresAt: now + lifetimes.refreshAbsoluteSeconds,
  };
}

/** Seals a successor so that only this server, shown the very token it replaced, can give it out again. */
export function sealSuccessor(core: Core, successor: string, presented: string): string {
  return core.vault.seal('refresh-successor', successor, presented);
}

/** Undefined when the sealing key has changed since: the retry is then refused, and nothing is lost but that retry. */
export function unsealSuccessor(core: Core, sealed: string, presented: string): string | undefined {
  const successor = core.vault.unseal('refresh-successor', sealed, presented);
  return successor === undefined ? undefined : Buffer.from(successor).toString('utf8');
}
