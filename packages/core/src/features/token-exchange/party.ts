/**
 * Who stands in a token that is brought for an exchange (RFC 8693 §2.1): the subject, or who acts
 * for it. Only living access tokens of this server count, and only those that the caller has a
 * right to hold: its own, and those for an API that it is an introspector of.
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
  /** The account, or the service where there is no person. */
  readonly id: string;
  readonly isPerson: boolean;
  /** What the token hangs on, and so whatever is made of it. */
  readonly parent: string;
}

export type PartyReason = 'subject_token_invalid' | 'actor_token_invalid';

/**
 * Throws `reason`, the same for every fault of a token, so that a caller without a right to it
 * learns nothing about it.
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
  // One that is bound to a key of the caller's is worth nothing without it (RFC 9449 §1), here as
  // anywhere.
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
 * Undefined when what the token hangs on has ended, or ends without anybody knowing whose exchanged
 * tokens end with it.
 */
async function findParty(core: Core, claims: OwnAccessToken): Promise<Party | undefined> {
  const parent = parseTokenId(claims.jti).parent ?? claims.client_id;
  // A token of the implicit grant hangs on the agreement of one person with one client: in the
  // hands of another it would hang on nothing.
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
