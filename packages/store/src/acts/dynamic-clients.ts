/**
 * Dynamic clients: clients that registered themselves, and clients whose id is an address.
 * Unauthenticated callers create these rows, so their number is bounded and they are deleted again.
 * `prune_at` is the time at which such a client is checked. A client with an active grant is in use
 * and is checked again later. A client without one is deleted.
 */
import type { Client, UnusedClientLimits } from '@keywright/core';
import { type Act, statement } from '../act.ts';
import { oneByOne, single } from '../kept.ts';
import { marginSeconds } from '../pruning.ts';
import { clientRows, clientUpdates } from './client-rows.ts';

/** Verbs of the port for clients. */
export const dynamicClients = {
  add: oneByOne({ addUnusedClient }),
  describe: single({ updateDescribedClient }),
};

/** A dynamic client that is in use is checked again after so long. */
const lookedAtAgainSeconds = 90 * 86_400;
const hasLivingGrant =
  'EXISTS (SELECT 1 FROM grants WHERE grants.client_id = clients.id AND grants.ended_at IS NULL)';

const insert = `INSERT INTO clients (${clientRows.columns}, prune_at)
  VALUES (${clientRows.places}, $${clientRows.names.length + 1})`;

const add = `${insert} ON CONFLICT (id) DO NOTHING`;

const describe = `${insert} ON CONFLICT (id) DO UPDATE SET ${clientUpdates}, prune_at = excluded.prune_at
  WHERE clients.origin = 'document' AND clients.status = 'active'`;

/**
 * A client without an active grant is not in use. The second count runs only if the first one says
 * that there may be too many.
 */
const countAll =
  'SELECT COUNT(*) AS count FROM (SELECT 1 AS one FROM clients WHERE prune_at IS NOT NULL LIMIT $1) AS bounded';
const countUnused = `SELECT COUNT(*) AS count FROM (SELECT 1 AS one FROM clients WHERE prune_at IS NOT NULL
  AND NOT ${hasLivingGrant} LIMIT $1) AS bounded`;

/** The client that would be deleted next. */
const deleteOldest = `DELETE FROM clients WHERE id IN (SELECT id FROM clients WHERE prune_at IS NOT NULL AND created_at <= $1
  AND NOT ${hasLivingGrant} ORDER BY prune_at, id LIMIT 1)`;
/**
 * Each client has this time for a user to agree. An attacker who fills the limit must register all
 * clients again every hour. Otherwise other clients can register.
 */
const leastUnusedSeconds = 3600;

/** Without `limits`, an administrator added the client, and it stays. */
function* addUnusedClient(
  client: Client,
  limits: UnusedClientLimits | undefined,
  now: number,
): Act<boolean> {
  if (limits !== undefined && (yield* isFull(limits)) && !(yield* deleteOldestUnused(now)))
    return false;
  const pruneAt = limits === undefined ? null : now + limits.unusedSeconds;
  const { changes } = yield statement(add, ...clientRows.valuesOf(client), pruneAt);
  return changes === 1;
}

function* deleteOldestUnused(now: number): Act<boolean> {
  const { changes } = yield statement(deleteOldest, now - leastUnusedSeconds);
  return changes === 1;
}

function* isFull({ mostUnused }: UnusedClientLimits): Act<boolean> {
  return (yield* count(countAll, mostUnused)) && (yield* count(countUnused, mostUnused));
}

/** Answers whether there are at least `most`. */
function* count(sql: string, most: number): Act<boolean> {
  const { rows } = yield statement(sql, most);
  return Number(rows[0]?.count) >= most;
}

/**
 * One statement. A disabled client stays disabled, and a client of another provenance is not
 * changed.
 */
function* updateDescribedClient(client: Client, unusedSeconds: number, now: number): Act<boolean> {
  const { changes } = yield statement(
    describe,
    ...clientRows.valuesOf(client),
    now + unusedSeconds,
  );
  return changes === 1;
}

/** Prunes dynamic clients only. A client that is in use is checked again later. */
export function* pruneDynamicClients(now: number, limit: number): Act<number> {
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
