/**
 * A party in a token for an exchange (RFC 8693 §2.1): the subject or the actor. Only active access
 * tokens of this server are accepted, and only those that the caller may have: its own, and those
 * for an API of which it is an introspector.
 */
import { JwtError } from '@keywright/jwt';
import type { Core } from '../../kernel/core.ts';
import { OAuthError } from '../../model/errors.ts';
import { isTokenAlive, loadHolder, readOwnToken } from '../../kernel/tokens/own-access-token.ts';
import type { Client } from '../../model/entities.ts';
import type { Confirmation } from '../../model/terms.ts';
import type { TokenRequest } from '../../kernel/tokens/token-request.ts';
import type { OwnAccessToken } from '../../model/services.ts';
import { parseTokenParent, parseTokenId } from '../../model/token-id.ts';

export interface Party {
  readonly claims: OwnAccessToken;
  /** The account, or the service if there is no user. */
  readonly id: string;
  readonly isPerson: boolean;
  /** The parent of the token, and of every token that is made from it. */
  readonly parent: string;
}

export type PartyReason = 'subject_token_invalid' | 'actor_token_invalid';

/**
 * Throws `reason`. It is the same for every fault of a token, so that a caller without a right to
 * the token learns nothing about it.
 */
export async function readParty(
  core: Core,
  { client, confirmation, now }: TokenRequest,
  token: string,
  reason: PartyReason,
): Promise<Party> {
  const refuse = (note: string): OAuthError => new OAuthError(reason, { log: { note } });
  const claims = await readClaims(core, token, now, refuse);
  if (!(await mayHold(core, client, claims)))
    throw refuse('issued to another client, for another API');
  // A token that is bound to a key of the caller needs a proof of this key, as at any API (RFC 9449
  // §1).
  if (claims.client_id === client.id && !isShown(claims.cnf, confirmation))
    throw refuse('its key was not proved');
  const party = await findParty(core, claims);
  if (party === undefined) throw refuse('ended, or from the implicit grant');
  return party;
}

async function readClaims(
  core: Core,
  token: string,
  now: number,
  refuse: (note: string) => OAuthError,
): Promise<OwnAccessToken> {
  try {
    const { verification } = await core.keys.load();
    return await readOwnToken(core, token, verification, now);
  } catch (error) {
    if (error instanceof JwtError) throw refuse(error.reason);
    throw error;
  }
}

async function mayHold(core: Core, client: Client, claims: OwnAccessToken): Promise<boolean> {
  if (claims.client_id === client.id) return true;
  return (await core.loadApis()).find(claims.aud)?.introspectors.includes(client.id) === true;
}

function isShown(bound: Confirmation | undefined, shown: Confirmation | undefined): boolean {
  if (bound === undefined) return true;
  if (shown === undefined) return false;
  if ('jkt' in bound) return 'jkt' in shown && bound.jkt === shown.jkt;
  return 'x5t#S256' in shown && bound['x5t#S256'] === shown['x5t#S256'];
}

/**
 * Undefined if the parent of the token has ended, or if its end would not end exchanged tokens.
 */
async function findParty(core: Core, claims: OwnAccessToken): Promise<Party | undefined> {
  const parent = parseTokenId(claims.jti).parent ?? claims.client_id;
  // A token of the implicit grant depends on the consent of one user to one client. A token for
  // another client cannot depend on this consent.
  const { kind } = parseTokenParent(parent);
  if (kind === 'grant') return undefined;
  if (kind === 'family') {
    const account = await loadHolder(core, claims);
    return account && { claims, id: account.id, isPerson: true, parent };
  }
  const isService = parent !== claims.client_id || claims.sub === claims.client_id;
  return isService && (await isTokenAlive(core, claims))
    ? { claims, id: claims.sub, isPerson: false, parent }
    : undefined;
}
