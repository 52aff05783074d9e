/**
 * A database that was exported takes no more writes: triggers refuse them on every table, whoever
 * writes, and also for nodes that run already. A database that is not frozen has none of them, and
 * pays nothing.
 *
 * The freeze comes before the copy. It waits for every write that is underway, and none begins
 * behind it: so whatever was acknowledged is in the copy.
 */
import { existsSync } from 'node:fs';
import { performAct, statement } from '../act.ts';
import { frozenMessage, isFrozenOnSqlite } from '../frozen.ts';
import { isPostgresAddress } from '../postgres-address.ts';
import { SqliteConnection } from '../sqlite-connection.ts';
import { assertFile, countMigrations, useFile } from './source.ts';
import { describeTables } from './tables.ts';

const verbs = ['INSERT', 'UPDATE', 'DELETE'] as const;

/** False when it was frozen before. */
export async function freeze(database: string): Promise<boolean> {
  if (await isFrozen(database)) return false;
  if (isPostgresAddress(database))
    await (await import('./postgres-freeze.ts')).freezePostgres(database);
  else await changeSqlite(database, freezing);
  return true;
}

/** False when it was not frozen. */
export async function unfreeze(database: string): Promise<boolean> {
  if (!(await isFrozen(database))) return false;
  if (isPostgresAddress(database))
    await (await import('./postgres-freeze.ts')).thawPostgres(database);
  else await changeSqlite(database, thawing);
  return true;
}

/** What is not there yet is not frozen. */
export async function isFrozen(database: string): Promise<boolean> {
  if (isPostgresAddress(database))
    return (await import('./postgres-freeze.ts')).isPostgresFrozen(database);
  if (!existsSync(database)) return false;
  const connection = SqliteConnection.openForReading({ file: database, busyTimeoutMs: 5000 });
  return useFile(database, connection, ({ execute }) => performAct(isFrozenOnSqlite(), execute));
}

async function changeSqlite(
  file: string,
  change: (table: string) => readonly string[],
): Promise<void> {
  assertFile(file);
  const connection = SqliteConnection.openForWriting({ file, busyTimeoutMs: 5000 });
  await useFile(file, connection, () =>
    connection.transaction(() => {
      const tables = describeTables(performAct(countMigrations(), connection.execute));
      for (const { name } of tables)
        for (const sql of change(name)) connection.execute(statement(sql));
    }),
  );
}

function freezing(table: string): readonly string[] {
  return verbs.map(
    (verb) => `CREATE TRIGGER frozen_${table}_${verb.toLowerCase()} BEFORE ${verb} ON ${table}
      BEGIN SELECT RAISE(ABORT, '${frozenMessage}'); END`,
  );
}

function thawing(table: string): readonly string[] {
  return verbs.map((verb) => `DROP TRIGGER frozen_${table}_${verb.toLowerCase()}`);
}
