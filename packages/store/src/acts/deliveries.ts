/** Messages to clients: each waits here until it has arrived, or until its end. */
import type { Delivery, DueDelivery } from '@keywright/core';
import { type Act, type Row, type Statement, statement } from '../act.ts';
import { fromJson, toJson } from '../columns.ts';

const insert = `INSERT INTO deliveries (id, kind, client_id, url, body, attempts, next_at, expires_at)
  VALUES ($1, $2, $3, $4, $5, 0, $6, $7) ON CONFLICT (id) DO NOTHING`;

/** So often the pause is doubled. */
const mostDoublings = 6;

const take = `UPDATE deliveries
  SET attempts = attempts + 1,
    next_at = $1 + $3 * (1 << CASE WHEN attempts < ${mostDoublings} THEN CAST(attempts AS INTEGER) ELSE ${mostDoublings} END)
  WHERE id IN (SELECT id FROM deliveries WHERE next_at <= $1 AND expires_at > $1 ORDER BY next_at, id LIMIT $2)
  RETURNING id, kind, client_id, url, body, attempts, next_at, expires_at`;

export function* addDelivery(delivery: Delivery): Act<void> {
  yield insertDelivery(delivery);
}

export function insertDelivery(delivery: Delivery): Statement {
  const { id, kind, clientId, url, headers, body, nextAt, expiresAt } = delivery;
  return statement(insert, id, kind, clientId, url, toJson({ headers, body }), nextAt, expiresAt);
}

export function* takeDueDeliveries(now: number, limit: number, seconds: number): Act<readonly DueDelivery[]> {
  const { rows } = yield statement(take, now, limit, seconds);
  return rows.map(toDelivery);
}

export function* endDelivery(id: string): Act<void> {
  yield statement('DELETE FROM deliveries WHERE id = $1', id);
}

function toDelivery(row: Row): DueDelivery {
  return {
    id: row.id,
    kind: row.kind,
    clientId: row.client_id,
    url: row.url,
    ...(fromJson(row.body) as object),
    attempts: row.attempts,
    nextAt: row.next_at,
    expiresAt: row.expires_at,
  } as DueDelivery;
}
