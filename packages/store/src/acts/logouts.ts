/**
 * Clients that must be notified when a session ends. Each act that ends a session also records the
 * end here. The task that notifies the clients finds the records, and so loses none after a crash.
 */
import type { Delivery, LogoutStore, LogoutTarget, Session } from '@keywright/core';
import { type Act, statement } from '../act.ts';
import { rowsOf } from '../columns.ts';
import { composed, type Kept, reading, serializable } from '../kept.ts';
import { marginSeconds } from '../pruning.ts';
import { insertDelivery } from './deliveries.ts';

const targetRows = rowsOf<LogoutTarget>('logout_targets', {
  sessionId: 'plain',
  clientId: 'plain',
  sid: 'plain',
  accountId: 'plain',
  subject: 'plain',
  expiresAt: 'plain',
});

export const logouts: Kept<LogoutStore> = {
  tables: { logout_targets: pruneLogoutTargets },
  verbs: {
    add: composed({ add: serializable({ addLogoutTarget }) }, ({ add }, { clock }) => {
      return (target) => add(target, clock.nowSeconds());
    }),
    listEnded: reading({ listEndedLogoutTargets }),
    hand: serializable({ handLogoutTarget }),
  },
};

/** If the session ended just before, no later act would end the target. */
const insert = `INSERT INTO logout_targets (${targetRows.columns}, ended_at)
  SELECT CAST($1 AS TEXT), CAST($2 AS TEXT), CAST($3 AS TEXT), CAST($4 AS TEXT), CAST($5 AS TEXT), CAST($6 AS BIGINT),
    CASE WHEN EXISTS (SELECT 1 FROM sessions WHERE account_id = $4 AND id = $1) THEN NULL ELSE CAST($7 AS BIGINT) END
  WHERE TRUE
  ON CONFLICT (session_id, client_id, sid) DO NOTHING`;

const end = 'UPDATE logout_targets SET ended_at = $2 WHERE ended_at IS NULL AND';

function* addLogoutTarget(target: LogoutTarget, now: number): Act<void> {
  yield statement(insert, ...targetRows.valuesOf(target), now);
}

function* listEndedLogoutTargets(limit: number): Act<readonly LogoutTarget[]> {
  const { rows } = yield statement(
    `SELECT ${targetRows.columns} FROM logout_targets WHERE ended_at IS NOT NULL ORDER BY ended_at, session_id LIMIT $1`,
    limit,
  );
  return rows.map(targetRows.read);
}

export function* endLogoutTargetsOfSession(
  sessionId: string,
  now: number,
): Act<readonly LogoutTarget[]> {
  const { rows } = yield statement(
    `${end} session_id = $1 RETURNING ${targetRows.columns}`,
    sessionId,
    now,
  );
  return rows.map(targetRows.read);
}

/** Except the targets of one session that continues. */
export function* endLogoutTargetsOfAccount(accountId: string, now: number, keptId = ''): Act<void> {
  yield statement(`${end} account_id = $1 AND session_id <> $3`, accountId, now, keptId);
}

/** The same user signed in again. The clients stay signed in, with the `sid` that they know. */
export function* handLogoutTargetsOver(formerId: string, { id, expiresAt }: Session): Act<void> {
  yield statement(
    'UPDATE logout_targets SET session_id = $2, expires_at = $3 WHERE session_id = $1 AND ended_at IS NULL',
    formerId,
    id,
    expiresAt,
  );
}

/** The row count decides which of two nodes notifies the client. */
function* handLogoutTarget(
  { sessionId, clientId, sid }: LogoutTarget,
  delivery: Delivery | undefined,
): Act<boolean> {
  const { changes } = yield statement(
    'DELETE FROM logout_targets WHERE session_id = $1 AND client_id = $2 AND sid = $3 AND ended_at IS NOT NULL',
    sessionId,
    clientId,
    sid,
  );
  if (changes === 0) return false;
  if (delivery !== undefined) yield insertDelivery(delivery);
  return true;
}

function* pruneLogoutTargets(now: number, limit: number): Act<number> {
  const { changes } = yield statement(
    `DELETE FROM logout_targets WHERE session_id IN (
      SELECT session_id FROM logout_targets WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2) AND expires_at <= $1`,
    now - marginSeconds,
    limit,
  );
  return changes;
}
