import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { performAct } from './act.ts';
import { makeFolder, now } from './contract.ts';
import { openSqliteStore } from './engine-sqlite.ts';
import { SchemaError, countMissingMigrations, createMigrationTable, migrate } from './migrate.ts';
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

it('numbers migrations without a gap', () => {
  expect(migrations.map((migration) => migration.version)).toEqual(migrations.map((_, index) => index + 1));
});

it('records each migration with its time, and applies it once', async () => {
  await (await openSqliteStore({ file })).close();
  const database = new DatabaseSync(file);
  expect(database.prepare('SELECT version, name, applied_at FROM migrations').all()).toMatchObject(
    migrations.map(({ version, name }) => ({ version, name, applied_at: now })),
  );
  database.close();
});

it('refuses to start on a store that a newer version wrote', async () => {
  tamper(`INSERT INTO migrations VALUES (${migrations.length + 1}, 'future', 'x', 0)`);
  await expect(openSqliteStore({ file })).rejects.toThrow(SchemaError);
  await expect(openSqliteStore({ file })).rejects.toThrow(/newer Keywright.*\(future\)/);
});

it('refuses to start on a store whose migrations are not those it knows', async () => {
  tamper("UPDATE migrations SET checksum = 'x' WHERE version = 1");
  await expect(openSqliteStore({ file })).rejects.toThrow(/Migration 1 \(first\).*not the one/);
});

it('leaves the schema as it was when a migration fails', () => {
  const connection = SqliteConnection.openForWriting({ file, busyTimeoutMs: 0 });
  const version = migrations.length + 1;
  const broken = {
    version,
    name: 'broken',
    statements: ['CREATE TABLE fine (id TEXT)', 'CREATE TABLE oops'],
  };
  expect(() =>
    connection.transaction(() => performAct(migrate(now, [...migrations, broken]), connection.execute)),
  ).toThrow(/incomplete input/);
  const left = "SELECT name FROM sqlite_master WHERE name = 'fine'";
  expect(connection.execute({ sql: left, params: [] }).rows).toEqual([]);
  expect(performAct(countMissingMigrations(), connection.execute)).toBe(0);
  connection.close();
});

it('brings an older store up to date, and keeps what is in it', () => {
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
