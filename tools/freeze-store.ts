/**
 * Writes the current schema of the store as text: `node tools/freeze-store.ts`. Run it once when a
 * migration was added, before it is released. The tests migrate each frozen store to the current
 * version. It does not overwrite an existing frozen store, because released versions never change.
 */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { performAct, type Value } from '../packages/store/src/act.ts';
import type { Engine } from '../packages/store/src/engine.ts';
import { isFrozenOnSqlite } from '../packages/store/src/frozen.ts';
import { migrateSqlite } from '../packages/store/src/migrate-sqlite.ts';
import { frozenAt } from '../packages/store/src/migrations/testing-parts/contents.ts';
import { fill } from '../packages/store/src/migrations/testing-parts/extensions.ts';
import { migrations } from '../packages/store/src/migrations/index.ts';
import { SqliteConnection } from '../packages/store/src/sqlite-connection.ts';
import { createStore } from '../packages/store/src/store.ts';

const version = Number(process.argv[2] ?? migrations.length);
const folder =
  process.argv[3] ?? path.resolve(import.meta.dirname, '../packages/store/src/migrations/frozen');

function quote(value: Value): string {
  if (value === null) return 'NULL';
  return typeof value === 'number' ? String(value) : `'${value.replaceAll("'", "''")}'`;
}

/** Statements for both engines, each with a semicolon at the end of a line. */
function dump(connection: SqliteConnection): string {
  const ask = (sql: string) => connection.execute({ sql, params: [] }).rows;
  const made = ask(
    `SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY type = 'index', rowid`,
  );
  const tables = made.filter(({ type }) => type === 'table').map(({ name }) => String(name));
  const rows = tables.flatMap((table) => {
    const found = ask(`SELECT * FROM ${table} ORDER BY rowid`);
    if (found.length === 0) throw new Error(`${table} holds nothing: contents.ts has to fill it.`);
    return found.map(
      (row) =>
        `INSERT INTO ${table} (${Object.keys(row).join(', ')}) VALUES (${Object.values(row).map(quote).join(', ')})`,
    );
  });
  return [...made.map(({ sql }) => String(sql)), ...rows].map((sql) => `${sql};\n`).join('');
}

const connection = SqliteConnection.openForWriting({ file: ':memory:', busyTimeoutMs: 0 });
migrateSqlite(connection, frozenAt, migrations.slice(0, version));
const engine: Engine = {
  act: async (written, ...args) =>
    connection.transaction(() => performAct(written.act(...args), connection.execute)),
  read: async (act) => performAct(act, connection.execute),
  isFrozen: isFrozenOnSqlite,
  close: async () => connection.close(),
};
const store = createStore(engine, { nowSeconds: () => frozenAt });
await fill(store, version);
const file = path.join(folder, `${String(version).padStart(4, '0')}.sql`);
writeFileSync(file, dump(connection), { flag: 'wx' });
await store.close();
process.stdout.write(`${file}\n`);
