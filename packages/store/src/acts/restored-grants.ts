import type { Agreement, Claim, Client } from '@keywright/core';
import { type Act, statement } from '../act.ts';
import { asRead, clientValues } from './clients.ts';
import { claimPage, findGrant, startGrant } from './grants.ts';

const find = `SELECT id FROM clients WHERE id = $1 AND ${asRead(1)}`;

/**
 * Once: the claim stays taken, also where nothing is restored. False for a client that is not as it
 * was read, where a grant lives already, and where the account or the sign-in has ended.
 */
export function* restoreGrant(agreement: Agreement, claim: Claim, client: Client, now: number): Act<boolean> {
  if (!(yield* claimPage(claim))) return false;
  const { rows } = yield statement(find, ...clientValues(client));
  if (rows.length === 0 || !(yield* startGrant(agreement, now))) return false;
  // One that was born ended is not restored.
  return (yield* findGrant(agreement.grantId)) !== undefined;
}
