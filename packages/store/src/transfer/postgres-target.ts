import { type Statement, statement, type Value } from '../act.ts';
import { createMigrationTable } from '../migrate.ts';
import type { PostgresSession } from '../postgres-session.ts';
import { performRead } from '../postgres-transaction.ts';
import type { ArchiveRow } from './archive.ts';
import { inLongTransaction } from './postgres-session.ts';
import { countMigrations } from './source.ts';
import { dropIndexes, type Fill, makeIndexes, prepareTables } from './target.ts';
import { columnList, describeTables, type Table } from './tables.ts';

const opening = 'BEGIN ISOLATION LEVEL READ COMMITTED';

/** Indexes of this schema's tables, except those of constraints. */
const listIndexes = (version: number): Statement =>
  statement(
    `SELECT indexrelid::regclass::text AS name, pg_get_indexdef(indexrelid) AS sql FROM pg_index
     WHERE indrelid IN (${describeTables(version)
       .map(({ name }) => `'${name}'::regclass`)
       .join(', ')})
       AND NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conindid = indexrelid) ORDER BY 1`,
  );

export function fillPostgres<T>(address: string, version: number, fill: Fill<T>): Promise<T> {
  return inLongTransaction(address, { opening, work: (session) => load(session, version, fill) });
}

async function load<T>(session: PostgresSession, version: number, fill: Fill<T>): Promise<T> {
  await lockTables(session);
  await performRead(prepareTables(version, Math.floor(Date.now() / 1000)), session);
  const indexes = await performRead(dropIndexes(listIndexes(version)), session);
  const result = await fill({
    put: async (table, rows) => {
      await session.run([insert(table, rows)]);
    },
    read: (act) => performRead(act, session),
  });
  await performRead(makeIndexes(indexes), session);
  // Without new statistics, the first queries would be planned for empty tables.
  for (const { name } of describeTables(version)) await session.run([statement(`ANALYZE ${name}`)]);
  return result;
}

/**
 * A node that starts meanwhile waits here, and then finds everything or nothing. If the node was
 * faster, this waits for it.
 */
async function lockTables(session: PostgresSession): Promise<void> {
  await session.run([statement(createMigrationTable)]);
  let [present, locked] = [await performRead(countMigrations(), session), -1];
  while (present !== locked) {
    const names = describeTables(present).map(({ name }) => name);
    await session.run([statement(`LOCK TABLE ${names.join(', ')} IN ACCESS EXCLUSIVE MODE`)]);
    locked = present;
    present = await performRead(countMigrations(), session);
  }
}

/** One statement for many rows. Each column is sent as an array. */
function insert(table: Table, rows: readonly ArchiveRow[]): Statement {
  const arrays = table.columns.map(
    ({ isText }, index) => `$${index + 1}::${isText ? 'text' : 'bigint'}[]`,
  );
  return statement(
    `INSERT INTO ${table.name} (${columnList(table)}) SELECT * FROM unnest(${arrays.join(', ')})`,
    ...table.columns.map((_, index) => toArray(rows, index)),
  );
}

function toArray(rows: readonly ArchiveRow[], index: number): string {
  return `{${rows.map((row) => toElement(row[index] ?? null)).join(',')}}`;
}

function toElement(value: Value): string {
  if (value === null) return 'NULL';
  return typeof value === 'number' ? String(value) : `"${value.replace(/["\\]/g, '\\$&')}"`;
}
