/**
 * Deletes what is dead, a few rows at a time, so that no table grows without an end and no commit waits long.
 *
 * Codes, families and grants stay for a day after their end: a stolen code that is tried late must still be known as spent.
 * Families are found by `check_at`, which a rotation leaves alone: the time at which a family could be dead at the
 * earliest. Whoever is found alive at that time is looked at again at the end it has now.
 *
 * Nothing goes at the very moment of its end: the clock of whoever prunes may be ahead of those who still use it.
 */
import { type Act, statement } from '../act.ts';
import { apiKeyOrigin } from './statuses.ts';

export const prunedTables = [
  'codes',
  'claims',
  'sessions',
  'throttles',
  'families',
  'grants',
  'signing_keys',
  'api_keys',
  'client_secret_uses',
  'clients',
  'pushed_requests',
  'deferred_requests',
  'access_tokens',
  'logout_targets',
  'deliveries',
] as const;
export type PrunedTable = (typeof prunedTables)[number];

const keptDeadSeconds = 86_400;
/** What nobody asks for after its end. More than any clock that is taken for right can be ahead. */
const marginSeconds = 2 * 3600;
/** Large, and made by anybody. One that goes too early is asked for again, and nothing can come again by it. */
const pushedMarginSeconds = 600;
/** Long enough to look up what an old log line was about, and to tell a late leak report that the key is dead. */
const keptApiKeySeconds = 90 * 86_400;
/** A secret that nobody has used for so long is not used. */
const keptUseSeconds = 400 * 86_400;

/** A client that came by itself and is used is looked at again after so long. */
const lookedAtAgainSeconds = 90 * 86_400;
const hasLivingGrant =
  'EXISTS (SELECT 1 FROM grants WHERE grants.client_id = clients.id AND grants.ended_at IS NULL)';

const deadFamilies = `FROM families
  WHERE check_at <= $1 AND (ended_at IS NOT NULL OR expires_at <= $1) ORDER BY check_at, id LIMIT $2`;

const usesOfDeadFamilies = `SELECT grant_id, MAX(used_at) AS used_at
  FROM (SELECT grant_id, COALESCE(rotated_at, created_at) AS used_at ${deadFamilies}) AS dead GROUP BY grant_id`;

const lookAgainLater = `UPDATE families SET check_at = expires_at
  WHERE id IN (SELECT id FROM families
    WHERE check_at <= $1 AND ended_at IS NULL AND expires_at > $1 ORDER BY check_at, id LIMIT $2)`;

export function* pruneTable(table: PrunedTable, now: number, limit: number): Act<number> {
  const ended = now - keptDeadSeconds;
  const lapsed = now - marginSeconds;
  switch (table) {
    case 'clients':
      return yield* pruneNewcomers(lapsed, limit);
    case 'codes':
      return yield* deleteUntil('codes', 'digest', 'expires_at', ended, limit);
    case 'claims':
      return yield* deleteUntil('claims', 'id', 'expires_at', lapsed, limit);
    case 'sessions':
      return yield* deleteUntil('sessions', 'digest', 'expires_at', lapsed, limit);
    case 'throttles':
      return yield* deleteUntil('throttles', 'bucket', 'full_at_ms', lapsed * 1000, limit);
    case 'families':
      return yield* pruneFamilies(ended, limit);
    case 'grants':
      return yield* pruneOrigins('grants', 'id', 'ended_at', ended, limit);
    case 'signing_keys':
      return yield* deleteUntil('signing_keys', 'kid', 'retired_at', lapsed, limit);
    case 'client_secret_uses':
      return yield* deleteUntil(
        'client_secret_uses',
        'secret_id',
        'last_used_at',
        now - keptUseSeconds,
        limit,
      );
    case 'pushed_requests':
      return yield* deleteUntil('pushed_requests', 'digest', 'expires_at', now - pushedMarginSeconds, limit);
    case 'deferred_requests':
      return yield* deleteUntil('deferred_requests', 'digest', 'expires_at', lapsed, limit);
    case 'access_tokens':
      return yield* deleteUntil('access_tokens', 'digest', 'expires_at', lapsed, limit);
    case 'deliveries':
      return yield* deleteUntil('deliveries', 'id', 'expires_at', lapsed, limit);
    case 'logout_targets':
      return yield* pruneLogoutTargets(lapsed, limit);
    case 'api_keys':
      return yield* pruneOrigins('api_keys', apiKeyOrigin, 'ends_at', now - keptApiKeySeconds, limit);
  }
}

function* deleteUntil(table: string, key: string, end: string, until: number, limit: number): Act<number> {
  const { changes } = yield statement(
    `DELETE FROM ${table} WHERE ${key} IN (SELECT ${key} FROM ${table} WHERE ${end} <= $1 ORDER BY ${end} LIMIT $2)`,
    until,
    limit,
  );
  return changes;
}

/** What tokens hang on goes with its place in a status list: the last of those tokens expired long before. */
function* pruneOrigins(
  table: string,
  origin: string,
  end: string,
  until: number,
  limit: number,
): Act<number> {
  const dead = `FROM ${table} WHERE ${end} <= $1 ORDER BY ${end}, id LIMIT $2`;
  yield statement(`DELETE FROM status_entries WHERE id IN (SELECT ${origin} ${dead})`, until, limit);
  const { changes } = yield statement(`DELETE FROM ${table} WHERE id IN (SELECT id ${dead})`, until, limit);
  return changes;
}

function* pruneLogoutTargets(until: number, limit: number): Act<number> {
  const { changes } = yield statement(
    `DELETE FROM logout_targets WHERE session_id IN (
      SELECT session_id FROM logout_targets WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2) AND expires_at <= $1`,
    until,
    limit,
  );
  return changes;
}

/** Only of those that came by themselves. What is used is looked at again later. */
function* pruneNewcomers(until: number, limit: number): Act<number> {
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

function* pruneFamilies(until: number, limit: number): Act<number> {
  yield statement(lookAgainLater, until, limit);
  const { rows } = yield statement(usesOfDeadFamilies, until, limit);
  for (const { grant_id: id, used_at: usedAt } of rows)
    yield statement(
      'UPDATE grants SET last_used_at = $2 WHERE id = $1 AND last_used_at < $2',
      id as string,
      usedAt as number,
    );
  yield statement(`DELETE FROM status_entries WHERE id IN (SELECT id ${deadFamilies})`, until, limit);
  const { changes } = yield statement(
    `DELETE FROM families WHERE id IN (SELECT id ${deadFamilies})`,
    until,
    limit,
  );
  return changes;
}
