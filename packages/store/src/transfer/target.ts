/** The target of an archive: an empty database. All of the archive is loaded, or nothing. */
import { closeSync, existsSync, openSync, rmSync, statSync } from 'node:fs';
import { type Act, performAct, type Statement, statement } from '../act.ts';
import { createMigrationTable, migrate } from '../migrate.ts';
import { migrations } from '../migrations/index.ts';
import { isPostgresAddress } from '../postgres-address.ts';
import { SqliteConnection } from '../sqlite-connection.ts';
import { StoreUnavailableError } from '../unavailable.ts';
import type { ArchiveRow } from './archive.ts';
import { countMigrations, toSentence, useFile, withSource } from './source.ts';
import { columnList, describeData, describeTables, type Table } from './tables.ts';

export interface Target {
  put(table: Table, rows: readonly ArchiveRow[]): void | Promise<void>;
  read<T>(act: Act<T>): Promise<T>;
}

export type Fill<T> = (target: Target) => Promise<T>;

/**
 * Brings the empty database to the schema of `version` and lets `fill` fill it. Keeps all of that
 * or nothing.
 */
export async function fillDatabase<T>(
  database: string,
  version: number,
  fill: Fill<T>,
): Promise<T> {
  if (!isPostgresAddress(database)) return fillSqlite(database, version, fill);
  const { fillPostgres } = await import('./postgres-target.ts');
  return fillPostgres(database, version, fill);
}

export const notEmpty =
  'The database contains data already. Name an empty database: an archive is never added to other data.';

/**
 * Throws `StoreUnavailableError` if there is data. Empty tables of another version are made again.
 */
export function* prepareTables(version: number, now: number): Act<void> {
  yield statement(createMigrationTable);
  const present = yield* assertEmpty();
  if (present !== version)
    for (const { name } of describeTables(present)) yield statement(`DROP TABLE ${name}`);
  yield* migrate(now, migrations.slice(0, version));
}

/** Answers the version of the schema. */
function* assertEmpty(): Act<number> {
  const present = yield* countMigrations();
  for (const { name } of describeData(present)) {
    const { rows } = yield statement(`SELECT 1 AS present FROM ${name} LIMIT 1`);
    if (rows.length > 0) throw new StoreUnavailableError(notEmpty);
  }
  return present;
}

interface Index {
  readonly name: string;
  readonly sql: string;
}

/**
 * Indexes are made after the rows: one sorting for each, instead of a write to a random page for
 * each row.
 */
export function* dropIndexes(list: Statement): Act<readonly Index[]> {
  const { rows } = yield list;
  const indexes = rows as unknown as readonly Index[];
  for (const { name } of indexes) yield statement(`DROP INDEX ${name}`);
  return indexes;
}

export function* makeIndexes(indexes: readonly Index[]): Act<void> {
  for (const { sql } of indexes) yield statement(sql);
}

/** Indexes, except those of constraints. */
const listIndexes = statement(
  `SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL ORDER BY name`,
);

/**
 * With a rollback journal instead of the usual log. Pages that are added at the end of an empty
 * file need no journal, so every page is written once. After a crash, the file is empty again.
 */
async function fillSqlite<T>(file: string, version: number, fill: Fill<T>): Promise<T> {
  if (file === ':memory:')
    throw new StoreUnavailableError('A database in memory ends with this command.');
  const isNew = makeFile(file);
  try {
    return await loadFile(file, version, fill);
  } catch (error) {
    if (isNew) for (const each of [file, `${file}-journal`]) rmSync(each, { force: true });
    throw toSentence(error, file);
  }
}

/**
 * Answers false if the file existed. A file that another program made is never deleted after a
 * fault.
 */
function makeFile(file: string): boolean {
  try {
    closeSync(openSync(file, 'ax', 0o600));
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw toSentence(error, file);
  }
}

async function loadFile<T>(file: string, version: number, fill: Fill<T>): Promise<T> {
  if (existsSync(`${file}-journal`)) await undoKilledLoad(file);
  // This check comes before other programs are excluded from a file in use.
  if (statSync(file).size > 0) await withSource(file, (source) => source.read(assertEmpty()));
  // Closing undoes what was not committed.
  return useFile(file, openForLoading(file), async (connection) => {
    connection.execute(statement('BEGIN EXCLUSIVE'));
    performAct(prepareTables(version, Math.floor(Date.now() / 1000)), connection.execute);
    const indexes = performAct(dropIndexes(listIndexes), connection.execute);
    const result = await fill({
      put: (table, rows) => {
        const sql = insertSql(table);
        for (const row of rows) connection.execute({ sql, params: row });
      },
      read: async (act) => performAct(act, connection.execute),
    });
    performAct(makeIndexes(indexes), connection.execute);
    connection.execute(statement('COMMIT'));
    return result;
  });
}

const openForLoading = (file: string) =>
  SqliteConnection.openForLoading({ file, busyTimeoutMs: 5000 });

/**
 * A killed load has left its journal. Only a program that may write can restore the former state.
 */
async function undoKilledLoad(file: string): Promise<void> {
  await useFile(file, openForLoading(file), ({ execute }) =>
    execute(statement('SELECT COUNT(*) FROM sqlite_schema')),
  );
}

function insertSql(table: Table): string {
  const places = table.columns.map((_, index) => `$${index + 1}`).join(', ');
  return `INSERT INTO ${table.name} (${columnList(table)}) VALUES (${places})`;
}
