/**
 * Clients that are to be told when a session ends. That it has ended is written in the act that ends it, whichever that is; who tells
 * them finds them by that, and so loses none, whatever dies in between.
 */
import type { Delivery, LogoutTarget, Session } from '@keywright/core';
import { type Act, type Row, statement } from '../act.ts';
import { insertDelivery } from './deliveries.ts';

const columns = 'session_id, client_id, sid, account_id, subject, expires_at';

/** A session that ended just before has nobody left who would end the target. */
const insert = `INSERT INTO logout_targets (${columns}, ended_at)
  SELECT CAST($1 AS TEXT), CAST($2 AS TEXT), CAST($3 AS TEXT), CAST($4 AS TEXT), CAST($5 AS TEXT), CAST($6 AS BIGINT),
    CASE WHEN EXISTS (SELECT 1 FROM sessions WHERE account_id = $4 AND id = $1) THEN NULL ELSE CAST($7 AS BIGINT) END
  WHERE TRUE
  ON CONFLICT (session_id, client_id, sid) DO NOTHING`;

const end = 'UPDATE logout_targets SET ended_at = $2 WHERE ended_at IS NULL AND';

export function* addLogoutTarget(target: LogoutTarget, now: number): Act<void> {
  const { sessionId, clientId, sid, accountId, subject, expiresAt } = target;
  yield statement(insert, sessionId, clientId, sid, accountId, subject, expiresAt, now);
}

export function* listEndedLogoutTargets(limit: number): Act<readonly LogoutTarget[]> {
  const { rows } = yield statement(
    `SELECT ${columns} FROM logout_targets WHERE ended_at IS NOT NULL ORDER BY ended_at, session_id LIMIT $1`,
    limit,
  );
  return rows.map(toTarget);
}

export function* endLogoutTargetsOfSession(sessionId: string, now: number): Act<readonly LogoutTarget[]> {
  const { rows } = yield statement(`${end} session_id = $1 RETURNING ${columns}`, sessionId, now);
  return rows.map(toTarget);
}

/** But for those of one session, where one goes on. */
export function* endLogoutTargetsOfAccount(accountId: string, now: number, keptId = ''): Act<void> {
  yield statement(`${end} account_id = $1 AND session_id <> $3`, accountId, now, keptId);
}

/** The same person signed in anew: the clients stay signed in, under the names that they know. */
export function* handLogoutTargetsOver(formerId: string, { id, expiresAt }: Session): Act<void> {
  yield statement(
    'UPDATE logout_targets SET session_id = $2, expires_at = $3 WHERE session_id = $1 AND ended_at IS NULL',
    formerId,
    id,
    expiresAt,
  );
}

/** The row count decides who of two nodes tells the client. */
export function* handLogoutTarget(
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

function toTarget(row: Row): LogoutTarget {
  return {
    sessionId: row.session_id,
    clientId: row.client_id,
    sid: row.sid,
    accountId: row.account_id,
    subject: row.subject,
    expiresAt: row.expires_at,
  } as LogoutTarget;
}
