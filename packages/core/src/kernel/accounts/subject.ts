/**
 * The identifier by which a client knows a user (OpenID Connect Core §8): `public`, the id of the
 * account, the same for all clients; or `pairwise`, different for each sector, so that two clients
 * cannot find out that they have the same user. All subjects for clients are made here: in ID
 * tokens, access tokens, userinfo, introspection and logout tokens. Inside the server, a user is
 * always the id of the account.
 */
import type { Core } from '../core.ts';
import type { Client } from '../../model/entities.ts';
import { isIdOf, parseTokenId } from '../../model/token-id.ts';

/**
 * Returns the subject for this client. A subject that is a client (RFC 9068 §2.2) does not change.
 */
export function subjectOf(core: Pick<Core, 'vault'>, client: Client, accountId: string): string {
  if (!isHidden(client, accountId)) return accountId;
  // §8.1: only this server can reverse it. It is always the same for one sector, and different for
  // each sector.
  return core.vault.mac('pairwise-subject', `${sectorOf(client)} ${accountId}`);
}

/** Whether this client knows the user by another subject than the id of the account. */
export function isHidden(client: Client, accountId: string): boolean {
  return isPairwise(client) && isIdOf('account', accountId);
}

export function isPairwise({ settings }: Client): boolean {
  return settings?.subjectType === 'pairwise';
}

/**
 * §8.1: the host of `sector_identifier_uri`, or of the redirect URIs. Registration checked that
 * they have one host.
 */
export function sectorOf({
  settings,
  redirectUris,
}: Pick<Client, 'settings' | 'redirectUris'>): string {
  const [first = ''] = redirectUris;
  return new URL(settings?.sectorIdentifierUri ?? first).hostname;
}

/**
 * The last part of a token's `jti`, if neither the store nor the subject says whose token it is:
 * the sealed account. It is unique like a serial number, because no two seals are equal.
 */
export function sealHolder(core: Pick<Core, 'vault'>, accountId: string): string {
  return core.vault.seal('token-holder', accountId);
}

/** The account of a token without a family. */
export function accountIdOf(
  core: Pick<Core, 'vault'>,
  client: Client,
  token: { readonly sub: string; readonly jti: string },
): string {
  if (!isPairwise(client)) return token.sub;
  const holder = core.vault.unseal('token-holder', parseTokenId(token.jti).serial);
  return holder === undefined ? token.sub : Buffer.from(holder).toString('utf8');
}
