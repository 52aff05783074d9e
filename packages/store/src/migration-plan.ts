/**
 * What a migration of a store would do: which migrations are missing, what waits meanwhile, and
 * approximately how long. Reads only.
 */
import { existsSync } from 'node:fs';
import { type Act, performAct, statement } from './act.ts';
import { type Applied, type MigrationState, nothingApplied } from './migrate.ts';
import { loadSqliteState } from './migrate-sqlite.ts';
import { type Change, changesOf, type IndexChange } from './migrations/changes.ts';
import { type Migration, migrations } from './migrations/index.ts';
import { isPostgresAddress } from './postgres-address.ts';
import { toConcurrentIndex, toPostgresSql } from './postgres-dialect.ts';
import { SqliteConnection, storageFaultOf } from './sqlite-connection.ts';
import { StoreUnavailableError } from './unavailable.ts';

/** One statement of a migration, and what it means for a running server. */
export interface PlannedStep {
  readonly does: string;
  /** The statement as the engine receives it. */
  readonly statement: string;
  /** What users of the store notice. */
  readonly meanwhile: string;
  /** Rows of the table, if the time depends on them. */
  readonly rows?: number;
  /** At most, on a present machine without other work. */
  readonly seconds?: number;
}

export interface PlannedMigration {
  readonly version: number;
  readonly name: string;
  /** The oldest schema version whose programs work beside it. */
  readonly worksWith: number;
  readonly steps: readonly PlannedStep[];
}

/** What bringing a store up to date would do. */
export interface MigrationPlan {
  /** The schema version of the store, and of this version of Keywright. */
  readonly schema: number;
  readonly known: number;
  readonly newer: readonly Pick<Applied, 'version' | 'name'>[];
  readonly missing: readonly PlannedMigration[];
  /** Indices of earlier migrations that are missing or invalid. PostgreSQL only. */
  readonly unfinished: readonly PlannedStep[];
}

export interface Surveyed {
  readonly state: MigrationState;
  readonly unfinished: readonly IndexChange[];
  readonly countRows: (table: string) => Promise<number>;
}

export type PlannedEngine = 'SQLite' | 'PostgreSQL';

/** Measured, less one third: docs/storage.md. */
const rowsASecond: Readonly<Record<PlannedEngine, number>> = {
  SQLite: 400_000,
  PostgreSQL: 200_000,
};

const noWait = 'nobody waits';
const moment: Readonly<Record<PlannedEngine, string>> = {
  SQLite: 'writes wait for a moment',
  PostgreSQL: 'all use of the table waits for a moment',
};
const whileIndexed: Readonly<Record<PlannedEngine, string>> = {
  SQLite: 'writes wait, and are refused after four seconds',
  PostgreSQL: 'reads and writes continue',
};

/**
 * Says what bringing a store up to date would do: which migrations are missing, what waits
 * meanwhile, and about how long. Reads only.
 */
export async function planMigrations(database: string): Promise<MigrationPlan> {
  if (!isPostgresAddress(database)) return planOnSqlite(database);
  const { surveyPostgres } = await import('./migrate-postgres.ts');
  return surveyPostgres(database, (surveyed) => toPlan(surveyed, 'PostgreSQL'));
}

async function planOnSqlite(file: string): Promise<MigrationPlan> {
  if (file === ':memory:' || !existsSync(file))
    return toPlan({ state: nothingApplied, unfinished: [], countRows: async () => 0 }, 'SQLite');
  const connection = SqliteConnection.openForReading({ file, busyTimeoutMs: 5000 });
  try {
    const state = performAct(loadSqliteState(), connection.execute);
    const countRows = async (table: string) => performAct(countAll(table), connection.execute);
    return await toPlan({ state, unfinished: [], countRows }, 'SQLite');
  } catch (error) {
    if (storageFaultOf(error) === undefined) throw error;
    throw new StoreUnavailableError(
      `The store ${file} cannot be read: ${(error as Error).message}.`,
    );
  } finally {
    connection.close();
  }
}

export function* countAll(table: string): Act<number> {
  const { rows } = yield statement(`SELECT COUNT(*) AS counted FROM ${table}`);
  return rows[0]?.['counted'] as number;
}

async function toPlan(
  { state, unfinished, countRows }: Surveyed,
  engine: PlannedEngine,
): Promise<MigrationPlan> {
  const { applied, missing, newer } = state;
  const notThere = new Set(
    missing.flatMap((each) =>
      changesOf(each).flatMap((change) => (change.kind === 'table' ? change.table : [])),
    ),
  );
  const count = (table: string) => (notThere.has(table) ? 0 : countRows(table));
  const toStep = (change: Change) => describe(change, engine, count);
  return {
    schema: applied + newer.length,
    known: migrations.length,
    newer: newer.map(({ version, name }) => ({ version, name })),
    missing: await inOrder(missing, (migration) => toPlanned(migration, toStep)),
    unfinished: await inOrder(unfinished, toStep),
  };
}

async function toPlanned(
  migration: Migration,
  toStep: (change: Change) => Promise<PlannedStep>,
): Promise<PlannedMigration> {
  const { version, name, worksWith = version } = migration;
  return { version, name, worksWith, steps: await inOrder(changesOf(migration), toStep) };
}

async function describe(
  change: Change,
  engine: PlannedEngine,
  countRows: (table: string) => number | Promise<number>,
): Promise<PlannedStep> {
  const plain = engine === 'SQLite' ? change.sql : toPostgresSql(change.sql);
  switch (change.kind) {
    case 'table':
      return { does: `makes the table ${change.table}`, statement: plain, meanwhile: noWait };
    case 'column':
      return {
        does: `adds the column ${change.column} to ${change.table}`,
        statement: plain,
        meanwhile: moment[engine],
      };
    case 'index dropped':
      return {
        does: `drops the index ${change.index}`,
        statement: plain,
        meanwhile: moment[engine],
      };
    case 'index':
      return describeIndex(change, plain, engine, await countRows(change.table));
    case 'other':
      return { does: 'changes something else', statement: plain, meanwhile: 'not known' };
  }
}

function describeIndex(
  { index, table }: IndexChange,
  plain: string,
  engine: PlannedEngine,
  rows: number,
): PlannedStep {
  const does = `makes the index ${index} of ${table}`;
  if (rows === 0) return { does, statement: plain, meanwhile: noWait };
  return {
    does,
    statement: engine === 'SQLite' ? plain : toConcurrentIndex(plain),
    meanwhile: whileIndexed[engine],
    rows,
    seconds: Math.ceil(rows / rowsASecond[engine]),
  };
}

/** Runs them one after the other, because they share one connection. */
async function inOrder<T, R>(
  items: readonly T[],
  work: (item: T) => Promise<R>,
): Promise<readonly R[]> {
  const done: R[] = [];
  for (const item of items) done.push(await work(item));
  return done;
}
