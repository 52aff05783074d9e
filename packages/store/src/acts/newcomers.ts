/**
 * Clients that come by themselves: rows that strangers make, so they are few and go again. `prune_at` is the time at which such a client is
 * looked at: with a living grant it is used, and looked at again later; without one it goes (`acts/prune.ts`).
 */
import type { Client, NewcomerRoom } from '@keywright/core';
import { type Act, statement } from '../act.ts';
import { clientColumns, clientUpdates, clientValues } from './clients.ts';

const values = Array.from({ length: 18 }, (_, index) => `$${index + 1}`).join(', ');
const insert = `INSERT INTO clients (${clientColumns}, prune_at) VALUES (${values})`;

const add = `${insert} ON CONFLICT (id) DO NOTHING`;

const describe = `${insert} ON CONFLICT (id) DO UPDATE SET ${clientUpdates}, prune_at = excluded.prune_at
  WHERE clients.origin = 'document' AND clients.status = 'active'`;

/** Whoever has no living grant is not used. The second count is for when the first says that it may be too many. */
const countAll =
  'SELECT COUNT(*) AS count FROM (SELECT 1 AS one FROM clients WHERE prune_at IS NOT NULL LIMIT $1) AS bounded';
const countUnused = `SELECT COUNT(*) AS count FROM (SELECT 1 AS one FROM clients WHERE prune_at IS NOT NULL AND NOT EXISTS (
  SELECT 1 FROM grants WHERE grants.client_id = clients.id AND grants.ended_at IS NULL) LIMIT $1) AS bounded`;

/** Whoever would be the next to go. */
const giveWay = `DELETE FROM clients WHERE id IN (SELECT id FROM clients WHERE prune_at IS NOT NULL AND created_at <= $1 AND NOT EXISTS (
  SELECT 1 FROM grants WHERE grants.client_id = clients.id AND grants.ended_at IS NULL) ORDER BY prune_at, id LIMIT 1)`;
/** So long each has for a person to agree. Whoever fills all places has to come back for each of them every hour, or others find room. */
const leftInPeaceSeconds = 3600;

/** Without a room it is an administrator's, and stays. */
export function* addNewcomer(client: Client, room: NewcomerRoom | undefined, now: number): Act<boolean> {
  if (room !== undefined && (yield* isFull(room)) && !(yield* makeRoom(now))) return false;
  const pruneAt = room === undefined ? null : now + room.unusedSeconds;
  const { changes } = yield statement(add, ...clientValues(client), pruneAt);
  return changes === 1;
}

function* makeRoom(now: number): Act<boolean> {
  const { changes } = yield statement(giveWay, now - leftInPeaceSeconds);
  return changes === 1;
}

function* isFull({ mostUnused }: NewcomerRoom): Act<boolean> {
  return (yield* count(countAll, mostUnused)) && (yield* count(countUnused, mostUnused));
}

/** Whether there are so many. */
function* count(sql: string, most: number): Act<boolean> {
  const { rows } = yield statement(sql, most);
  return Number(rows[0]?.count) >= most;
}

/** One statement: whoever has been disabled stays so, and whoever is of another origin is not touched. */
export function* describeNewcomer(client: Client, unusedSeconds: number, now: number): Act<boolean> {
  const { changes } = yield statement(describe, ...clientValues(client), now + unusedSeconds);
  return changes === 1;
}
