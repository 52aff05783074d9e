/**
 * What the user agreed to and the client has not redeemed yet: codes, and answered requests of
 * devices and CIBA. They carry what the user agreed to at that time. When the user takes a part of
 * it back, they become void. Otherwise their holder could still get the whole.
 */
import type { Consent } from '@keywright/core';
import { type Act, statement } from '../act.ts';

/** No code is valid for longer, also by a clock that is a little ahead. */
const longestCodeSeconds = 600;

/**
 * Approved requests of devices and CIBA that were not redeemed yet. Codes end with their session.
 */
export function* voidApprovedOfAccount(accountId: string): Act<void> {
  yield statement(
    `UPDATE deferred_requests SET status = 'denied' WHERE account_id = $1 AND status = 'approved'`,
    accountId,
  );
}

/** A request that this same act answers has no answer yet, and stays. */
export function* voidUnspent(
  { id, accountId, clientId }: Pick<Consent, 'id' | 'accountId' | 'clientId'>,
  now: number,
): Act<void> {
  // Found by their ends, between two bounds: few codes of all clients are valid at one time, and
  // there is no index by grant.
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
