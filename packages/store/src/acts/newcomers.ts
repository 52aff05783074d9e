/**
 * Clients that come by themselves: rows that strangers make, so they are few and go again.
 * `prune_at` is the time at which such a client is looked at: with a living grant it is used, and
 * looked at again later; without one it goes.
 */
import type { Client, NewcomerRoom } from '@keywright/core';
import { type Act, statement } from '../act.ts';
import { oneByOne, single } from '../kept.ts';
import { marginSeconds } from '../pruning.ts';
import { clientRows, clientUpdates } from './client-rows.ts';

/** Verbs of clients. */
export const newcomers = {
  add: oneByOne({ addNewcomer }),
  describe: single({ describeNewcomer }),
};

/** A client that came by itself and is used is looked at again after so long. */
const lookedAtAgainSeconds = 90 * 86_400;
const hasLivingGrant =
  'EXISTS (SELECT 1 FROM grants WHERE grants.client_id = clients.id AND grants.ended_at IS NULL)';

const insert = `INSERT INTO clients (${clientRows.columns}, prune_at)
  VALUES (${clientRows.places}, $${clientRows.names.length + 1})`;

const add = `${insert} ON CONFLICT (id) DO NOTHING`;

const describe = `${insert} ON CONFLICT (id) DO UPDATE SET ${clientUpdates}, prune_at = excluded.prune_at
  WHERE clients.origin = 'document' AND clients.status = 'active'`;

/**
 * Whoever has no living grant is not used. The second count is for when the first says that it may
 * be too many.
 */
const countAll =
  'SELECT COUNT(*) AS count FROM (SELECT 1 AS one FROM clients WHERE prune_at IS NOT NULL LIMIT $1) AS bounded';
const countUnused = `SELECT COUNT(*) AS count FROM (SELECT 1 AS one FROM clients WHERE prune_at IS NOT NULL
  AND NOT ${hasLivingGrant} LIMIT $1) AS bounded`;

/** Whoever would be the next to go. */
const giveWay = `DELETE FROM clients WHERE id IN (SELECT id FROM clients WHERE prune_at IS NOT NULL AND created_at <= $1
  AND NOT ${hasLivingGrant} ORDER BY prune_at, id LIMIT 1)`;
/**
 * So long each has for a person to agree. Whoever fills all places has to come back for each of
 * them every hour, or others find room.
 */
const leftInPeaceSeconds = 3600;

/** Without a room it is an administrator's, and stays. */
function* addNewcomer(client: Client, room: NewcomerRoom | undefined, now: number): Act<boolean> {
  if (room !== undefined && (yield* isFull(room)) && !(yield* makeRoom(now))) return false;
  const pruneAt = room === undefined ? null : now + room.unusedSeconds;
  const { changes } = yield statement(add, ...clientRows.valuesOf(client), pruneAt);
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

/**
 * One statement: whoever has been disabled stays so, and whoever is of another origin is not
 * touched.
 */
function* describeNewcomer(client: Client, unusedSeconds: number, now: number): Act<boolean> {
  const { changes } = yield statement(
    describe,
    ...clientRows.valuesOf(client),
    now + unusedSeconds,
  );
  return changes === 1;
}

/** Only of those that came by themselves. What is used is looked at again later. */
export function* pruneNewcomers(now: number, limit: number): Act<number> {
  const until = now - marginSeconds;
  yield statement(
    `UPDATE clients SET prune_at = prune_at + ${lookedAtAgainSeconds} WHERE id IN (
      SELECT id FROM clients WHERE prune_at <= $1 AND ${hasLivingGrant} ORDER BY prune_at, id LIMIT $2)`,
    until,
    limit,
  );
  const { changes } = yield statement(
    `DELETE FROM clients WHERE id IN (
      SELECT id FROM clients WHERE prune_at <= $1 AND NOT ${hasLivingGrant} ORDER BY prune_at, id LIMIT $2)`,
    until,
    limit,
  );
  return changes;
}
