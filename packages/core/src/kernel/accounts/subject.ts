/**
 * The name by which one client knows a person (OpenID Connect Core §8): `public`, the account's id, the same for all; or `pairwise`,
 * another for each sector, so that two clients cannot find out that they serve the same person. Every subject that leaves for a client is
 * made here: ID tokens, access tokens, userinfo, introspection, logout tokens. Inside, a person is always the account's id.
 */
import type { Core } from '../core.ts';
import type { Client } from '../../model/entities.ts';
import { isIdOf, parseTokenId } from '../../model/token-id.ts';

/** The subject for this client. What is no person but a client (RFC 9068 §2.2) stays what it is. */
export function subjectOf(core: Pick<Core, 'vault'>, client: Client, accountId: string): string {
  if (!isHidden(client, accountId)) return accountId;
  // §8.1: not to be reversed by anybody else, the same whenever it is made, another for each sector.
  return core.vault.mac('pairwise-subject', `${sectorOf(client)} ${accountId}`);
}

/** Whether this client is to know that person by another name than the account's id. */
export function isHidden(client: Client, accountId: string): boolean {
  return isPairwise(client) && isIdOf('account', accountId);
}

export function isPairwise({ settings }: Client): boolean {
  return settings?.subjectType === 'pairwise';
}

/** §8.1: the host of `sector_identifier_uri`, or of the redirect URIs; that these have one host was checked at registration. */
export function sectorOf({ settings, redirectUris }: Pick<Client, 'settings' | 'redirectUris'>): string {
  const [first = ''] = redirectUris;
  return new URL(settings?.sectorIdentifierUri ?? first).hostname;
}

/**
 * The part of a token's `jti` behind its origin, for a token of which nothing in the store says whose it is while its subject does not
 * tell either: the account, sealed. As unique as any serial, for no two seals are the same.
 */
export function sealHolder(core: Pick<Core, 'vault'>, accountId: string): string {
  return core.vault.seal('token-holder', accountId);
}

/** The account that a token without a family speaks for. */
export function accountIdOf(
  core: Pick<Core, 'vault'>,
  client: Client,
  token: { readonly sub: string; readonly jti: string },
): string {
  if (!isPairwise(client)) return token.sub;
  const holder = core.vault.unseal('token-holder', parseTokenId(token.jti).serial);
  return holder === undefined ? token.sub : Buffer.from(holder).toString('utf8');
}
