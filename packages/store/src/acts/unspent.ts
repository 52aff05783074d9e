/**
 * What was agreed to and is not had yet: codes, and requests that were answered for a device or
 * from afar. They carry what was agreed to then. When the person takes a part of it back they are
 * void, for whoever holds one could still come for the whole.
 */
import type { Grant } from '@keywright/core';
import { type Act, statement } from '../act.ts';

/** No code lives longer, by a clock that is a little ahead. */
const longestCodeSeconds = 600;

/**
 * What was approved for a device or from afar, and not fetched yet. Codes go with the session that
 * they came from.
 */
export function* voidApprovedOfAccount(accountId: string): Act<void> {
  yield statement(
    `UPDATE deferred_requests SET status = 'denied' WHERE account_id = $1 AND status = 'approved'`,
    accountId,
  );
}

/** A request that is answered by this very act has no answer yet, and stays. */
export function* voidUnspent(
  { id, accountId, clientId }: Pick<Grant, 'id' | 'accountId' | 'clientId'>,
  now: number,
): Act<void> {
  // By their ends, between two bounds: of the codes of all clients those that live are few, and
  // there is no index by the grant.
  yield statement(
    'DELETE FROM codes WHERE expires_at > $2 AND expires_at <= $3 AND grant_id = $1 AND redeemed_at IS NULL',
    id,
    now,
    now + longestCodeSeconds,
  );
  yield statement(
    `UPDATE deferred_requests SET status = 'denied'
     WHERE account_id = $1 AND client_id = $2 AND status = 'approved' AND answer IS NOT NULL`,
    accountId,
    clientId,
  );
}
