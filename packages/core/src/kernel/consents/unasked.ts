/**
 * The grant of a flow in which nobody is asked: the person sees on the account page what the client
 * holds, and can end it there.
 */
import type { Core } from '../core.ts';
import type { Account, Client } from '../../model/entities.ts';
import { idPrefixes, newId } from '../../model/token-id.ts';

/** Answers its id. What the person has agreed to with this client before stays in it. */
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
