/**
 * Migrations on PostgreSQL. Several nodes may start at once. Each tries to apply the next missing
 * migration in a transaction that begins with the row in `migrations`. All but one wait for that
 * row and then find it.
 *
 * Users of the store do not wait long. A migration requests its locks for one second at a time. An
 * index on a table with rows is made beside the requests, after the transactions
 * (`migrate-postgres-indices.ts`).
 */
import type { Clock } from '@keywright/core';
import { type Act, statement } from './act.ts';
import { createMissingIndices, listUnfinishedIndices } from './migrate-postgres-indices.ts';
import {
  applyNextMigration,
  assertNoneMissing,
  createMigrationTable,
  loadMigrationState,
  type MigrationState,
  nothingApplied,
  SchemaError,
} from './migrate.ts';
import { countAll, type Surveyed } from './migration-plan.ts';
import type { Change } from './migrations/changes.ts';
import { migrations } from './migrations/index.ts';
import { sqlStateOf, toStoreError } from './postgres-faults.ts';
import { checkMs, onOneConnection, type PostgresPool } from './postgres-pool.ts';
import { repeatLost } from './postgres-races.ts';
import type { PostgresSession } from './postgres-session.ts';
import { performRead, performTransaction } from './postgres-transaction.ts';

/** An index over very many rows takes long. A node that starts meanwhile waits as long. */
const timeoutMs = 6 * 3_600_000;
/** Requests wait behind a transaction that waits for a lock on the whole table. */
const lockMs = 1000;

const undefinedTable = '42P01';

/**
 * Two nodes create one table at the same time: duplicate_table, duplicate_object. Or both change
 * one row of the catalogue.
 */
const races = {
  lost: new Set(['42P07', '42710', 'XX000']),
  mostLost: 50,
  pauseMs: 50,
  waitMs: 600_000,
};

export async function migratePostgres(address: string, clock: Clock): Promise<void> {
  await onOneConnection(address, async (pool) => {
    if (await isUpToDate(pool)) return;
    await pool.use(performance.now() + timeoutMs, async (session) => {
      await repeatLost(() => session.run([statement(createMigrationTable)]), races);
      const state = await performRead(loadMigrationState(), session);
      if (state.newer.length > 0) return;
      const next = () => performTransaction(applyNext(clock.nowSeconds()), session, 'SERIALIZABLE');
      while ((await repeatLost(next, races)) > 0);
      if ((await listUnfinishedIndices(session, migrations)).length > 0)
        await withoutLimits(session, () => createMissingIndices(session, migrations));
    });
  });
}

/**
 * Work outside of a transaction has the limits of the session. Behind a pooler of transactions
 * these limits may reach another client's connection, so they are reset. They may also not reach
 * this work, which then ends in time. docs/guides/upgrade.md says to connect without the pooler.
 */
async function withoutLimits(session: PostgresSession, work: () => Promise<void>): Promise<void> {
  await limit(session, 0);
  try {
    await work();
  } finally {
    // If this fails, the connection is lost, and its limits too.
    if (!session.isAbandoned) await limit(session, checkMs).catch(() => {});
  }
}

const limit = (session: PostgresSession, milliseconds: number) =>
  session.run([
    statement(
      `SELECT set_config('statement_timeout', $1, false), set_config('lock_timeout', $1, false)`,
      String(milliseconds),
    ),
  ]);

/** For a store that is migrated by command. */
export async function assertPostgresMigrated(address: string): Promise<void> {
  await onOneConnection(address, async (pool) => {
    const { state, unfinished } = await check(pool);
    assertNoneMissing(state);
    if (unfinished.length > 0)
      throw new SchemaError(
        `The index ${unfinished[0]?.index} is not made yet: wait until \`keywright migrate\` is through, or run it again.`,
      );
  });
}

/** For a plan: which migrations are missing, and the approximate number of rows. */
export async function surveyPostgres<T>(
  address: string,
  work: (surveyed: Surveyed) => Promise<T>,
): Promise<T> {
  try {
    return await onOneConnection(address, async (pool) => {
      const countRows = (table: string) =>
        pool.use(performance.now() + timeoutMs, (session) =>
          performTransaction(estimateRows(table), session, 'READ COMMITTED'),
        );
      return work({ ...(await check(pool)), countRows });
    });
  } catch (error) {
    throw toStoreError(error, 'The database cannot be opened');
  }
}

/** The number that autovacuum saw last. If it saw none, the rows are counted. */
function* estimateRows(table: string): Act<number> {
  yield* liftLimit();
  const { rows } = yield statement(
    'SELECT CAST(reltuples AS BIGINT) AS estimated FROM pg_class WHERE oid = to_regclass($1)',
    table,
  );
  const estimated = rows[0]?.['estimated'] as number;
  return estimated > 0 ? estimated : yield* countAll(table);
}

async function isUpToDate(pool: PostgresPool): Promise<boolean> {
  const { state, unfinished } = await check(pool);
  return state.missing.length === 0 && unfinished.length === 0;
}

/** If a newer version left something unfinished, only that version finishes it. */
function check(pool: PostgresPool) {
  return pool.use(performance.now() + checkMs, async (session) => {
    const state = await loadState(session);
    const isOurs = state.missing.length === 0 && state.newer.length === 0;
    return { state, unfinished: isOurs ? await listUnfinishedIndices(session, migrations) : [] };
  });
}

async function loadState(session: PostgresSession): Promise<MigrationState> {
  try {
    return await performRead(loadMigrationState(), session);
  } catch (error) {
    if (sqlStateOf(error) !== undefinedTable) throw error;
    return nothingApplied;
  }
}

/**
 * For this transaction only. A setting of the session would stay with the connection of the pooler.
 */
function* liftLimit(): Act<void> {
  yield statement(`SELECT set_config('statement_timeout', '0', true)`);
}

function* applyNext(now: number): Act<number> {
  yield* liftLimit();
  yield statement(`SELECT set_config('lock_timeout', $1, true)`, String(lockMs));
  return yield* applyNextMigration(now, migrations, isLater);
}

/**
 * An index on a table with rows. In a transaction, it would block writes to that table until it is
 * made.
 */
function isLater(change: Change): Act<boolean> | undefined {
  return change.kind === 'index' && !change.isOnNewTable ? hasRows(change.table) : undefined;
}

function* hasRows(table: string): Act<boolean> {
  const { rows } = yield statement(`SELECT 1 FROM ${table} LIMIT 1`);
  return rows.length > 0;
}
