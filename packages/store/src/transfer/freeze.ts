/**
 * An exported database takes no more writes. Triggers on every table refuse them, for every
 * program, and also for running nodes. A database that is not frozen has no such triggers and pays
 * nothing.
 *
 * The freeze comes before the copy. It waits for every write in progress, and no write begins after
 * it. So the copy contains everything that was acknowledged.
 */
import { existsSync } from 'node:fs';
import { performAct, statement } from '../act.ts';
import { frozenMessage, isFrozenOnSqlite } from '../frozen.ts';
import { isPostgresAddress } from '../postgres-address.ts';
import { SqliteConnection } from '../sqlite-connection.ts';
import { assertFile, countMigrations, useFile } from './source.ts';
import { describeTables } from './tables.ts';

const verbs = ['INSERT', 'UPDATE', 'DELETE'] as const;

/** Answers false if it was frozen before. */
export async function freeze(database: string): Promise<boolean> {
  if (await isFrozen(database)) return false;
  if (isPostgresAddress(database))
    await (await import('./postgres-freeze.ts')).freezePostgres(database);
  else await changeSqlite(database, freezing);
  return true;
}

/** Answers false if it was not frozen. */
export async function unfreeze(database: string): Promise<boolean> {
  if (!(await isFrozen(database))) return false;
  if (isPostgresAddress(database))
    await (await import('./postgres-freeze.ts')).thawPostgres(database);
  else await changeSqlite(database, thawing);
  return true;
}

/** A database that does not exist yet is not frozen. */
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
