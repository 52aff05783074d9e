/** Migrations on SQLite: one transaction for each. No other process writes during it. */
import { type Act, performAct, statement } from './act.ts';
import {
  applyNextMigration,
  assertNoneMissing,
  createMigrationTable,
  loadMigrationState,
  type MigrationState,
  nothingApplied,
} from './migrate.ts';
import { type Migration, migrations } from './migrations/index.ts';
import type { SqliteConnection } from './sqlite-connection.ts';

/**
 * A process that starts while another one migrates waits for it. An index over many rows takes
 * long.
 */
const waitMs = 600_000;

export function migrateSqlite(
  connection: SqliteConnection,
  now: number,
  known: readonly Migration[] = migrations,
): void {
  connection.execute({ sql: createMigrationTable, params: [] });
  if (performAct(loadMigrationState(known), connection.execute).missing.length === 0) return;
  connection.execute({ sql: `PRAGMA busy_timeout = ${waitMs}`, params: [] });
  const applyNext = () => performAct(applyNextMigration(now, known), connection.execute);
  while (connection.transaction(applyNext) > 0);
}

/** For a store that is migrated by command. */
export function assertSqliteMigrated(connection: SqliteConnection): void {
  assertNoneMissing(performAct(loadSqliteState(), connection.execute));
}

/** Reads the state of a file that may be empty. Writes nothing. */
export function* loadSqliteState(): Act<MigrationState> {
  const { rows } = yield statement(
    `SELECT 1 AS made FROM sqlite_schema WHERE type = 'table' AND name = 'migrations'`,
  );
  return rows.length === 0 ? nothingApplied : yield* loadMigrationState();
}
