import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { performAct } from './act.ts';
import { makeFolder, now } from './testing-parts/contract.ts';
import { openSqliteStore } from './engine-sqlite.ts';
import { SchemaError, createMigrationTable, loadMigrationState, migrate } from './migrate.ts';
import { migrateSqlite } from './migrate-sqlite.ts';
import { migrations } from './migrations/index.ts';
import { SqliteConnection } from './sqlite-connection.ts';

let folder: ReturnType<typeof makeFolder>;
let file: string;
beforeEach(async () => {
  folder = makeFolder();
  file = join(folder.path, 'store.db');
  await (await openSqliteStore({ file, clock: { nowSeconds: () => now } })).close();
});
afterEach(() => folder.remove());

const tamper = (sql: string) => {
  const database = new DatabaseSync(file);
  database.exec(sql);
  database.close();
};

it('migrations are numbered without a gap', () => {
  expect(migrations.map((migration) => migration.version)).toEqual(
    migrations.map((_, index) => index + 1),
  );
});

it('each migration is recorded with its time, and applied once', async () => {
  await (await openSqliteStore({ file })).close();
  const database = new DatabaseSync(file);
  expect(database.prepare('SELECT version, name, applied_at FROM migrations').all()).toMatchObject(
    migrations.map(({ version, name }) => ({ version, name, applied_at: now })),
  );
  database.close();
});

/** The records of a version that is so many migrations ahead. */
const future = (ahead: number, worksWith: number | null = null) =>
  `INSERT INTO migrations (version, name, checksum, applied_at, works_with)
   VALUES (${migrations.length + ahead}, 'future', 'x', 0, ${worksWith})`;

it('a newer store that says that it works with this version is opened, and not changed', async () => {
  tamper(future(1, migrations.length));
  tamper(future(2, migrations.length));
  await (await openSqliteStore({ file })).close();
  tamper(future(3, migrations.length + 1));
  await expect(openSqliteStore({ file })).rejects.toThrow(/newer Keywright.*\(future\)/);
});

it('a store that a newer version wrote is refused', async () => {
  tamper(future(1));
  await expect(openSqliteStore({ file })).rejects.toThrow(SchemaError);
  await expect(openSqliteStore({ file })).rejects.toThrow(/newer Keywright.*\(future\)/);
});

it('a store with changed migrations is refused', async () => {
  tamper("UPDATE migrations SET checksum = 'x' WHERE version = 1");
  await expect(openSqliteStore({ file })).rejects.toThrow(/Migration 1 \(first\).*not the one/);
});

it('a start continues with the rest when the former one was ended between two migrations', async () => {
  const old = SqliteConnection.openForWriting({ file: ':memory:', busyTimeoutMs: 0 });
  migrateSqlite(old, now, migrations.slice(0, 3));
  migrateSqlite(old, now + 1);
  const { rows } = old.execute({ sql: 'SELECT version, applied_at FROM migrations', params: [] });
  expect(rows.map((row) => row.applied_at)).toEqual(
    migrations.map((_, index) => (index < 3 ? now : now + 1)),
  );
  old.close();
});

it('an older store is refused if the configuration leaves migrations to the command', async () => {
  const old = join(folder.path, 'old.db');
  const connection = SqliteConnection.openForWriting({ file: old, busyTimeoutMs: 0 });
  migrateSqlite(connection, now, migrations.slice(0, 2));
  connection.close();
  await expect(openSqliteStore({ file: old, migrate: 'command' })).rejects.toThrow(
    /at schema 2, and this version works with schema \d+: run `keywright migrate` first/,
  );
  await (await openSqliteStore({ file: old })).close();
  await (await openSqliteStore({ file: old, migrate: 'command' })).close();
});

it('a failed migration does not change the schema', () => {
  const connection = SqliteConnection.openForWriting({ file, busyTimeoutMs: 0 });
  const version = migrations.length + 1;
  const broken = {
    version,
    name: 'broken',
    statements: ['CREATE TABLE fine (id TEXT)', 'CREATE TABLE oops'],
  };
  expect(() =>
    connection.transaction(() =>
      performAct(migrate(now, [...migrations, broken]), connection.execute),
    ),
  ).toThrow(/incomplete input/);
  const left = "SELECT name FROM sqlite_master WHERE name = 'fine'";
  expect(connection.execute({ sql: left, params: [] }).rows).toEqual([]);
  expect(performAct(loadMigrationState(), connection.execute).missing).toEqual([]);
  connection.close();
});

it('an older store is brought up to date, and keeps its content', () => {
  const connection = SqliteConnection.openForWriting({ file: ':memory:', busyTimeoutMs: 0 });
  const one = { version: 1, name: 'one', statements: ['CREATE TABLE things (id TEXT)'] };
  const two = { version: 2, name: 'two', statements: ['ALTER TABLE things ADD COLUMN name TEXT'] };
  const run = (sql: string) => connection.execute({ sql, params: [] }).rows;
  run(createMigrationTable);
  connection.transaction(() => performAct(migrate(now, [one]), connection.execute));
  run("INSERT INTO things VALUES ('a')");
  connection.transaction(() => performAct(migrate(now, [one, two]), connection.execute));
  expect(run('SELECT id, name FROM things')).toMatchObject([{ id: 'a', name: null }]);
  connection.close();
});
