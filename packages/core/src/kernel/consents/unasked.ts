/**
 * The consent of a flow without a question to the user: the account page shows what the client
 * has, and the user can end it there.
 */
import type { Core } from '../core.ts';
import type { Account, Client } from '../../model/entities.ts';
import { idPrefixes, newId } from '../../model/token-id.ts';

/** Returns the id of the consent. What the user agreed to before stays in it. */
export async function keepUnasked(
  core: Core,
  account: Account,
  client: Client,
  scopes: readonly string[],
  audience: string,
  now: number,
): Promise<string> {
  const agreement = {
    grantId: newId(core, idPrefixes.grant),
    accountId: account.id,
    clientId: client.id,
    scopes,
    declinedScopes: [],
    audiences: [audience],
  };
  const result = await core.store.grants.agree(agreement, undefined, now);
  if (result.outcome !== 'issued') throw new Error('an agreement without a marker was refused');
  return result.grantId;
}
