import { type Row, statement, type Value } from '../act.ts';
import { sqlStateOf } from '../postgres-faults.ts';
import type { PostgresSession } from '../postgres-session.ts';
import { performRead } from '../postgres-transaction.ts';
import { StoreUnavailableError } from '../unavailable.ts';
import { inLongTransaction } from './postgres-session.ts';
import { countMigrations, rowsAtOnce, type Source } from './source.ts';
import { columnList, type Table } from './tables.ts';

/** All statements of such a transaction see the state at its first statement. */
const opening = 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY';

const undefinedTable = '42P01';

export function withPostgresSource<T>(
  address: string,
  work: (source: Source) => Promise<T>,
): Promise<T> {
  return inLongTransaction(address, {
    opening,
    work: async (session) =>
      work({
        version: await readVersion(session),
        read: (act) => performRead(act, session),
        rows: (table) => pages(session, table),
      }),
  });
}

async function readVersion(session: PostgresSession): Promise<number> {
  try {
    return await performRead(countMigrations(), session);
  } catch (error) {
    throw sqlStateOf(error) === undefinedTable
      ? new StoreUnavailableError('The database is empty.')
      : error;
  }
}

/**
 * Page after page by the primary key: no cursor, no sorting, and at most one page in memory on
 * either side.
 */
async function* pages(
  session: PostgresSession,
  table: Table,
): AsyncGenerator<readonly (readonly Value[])[]> {
  const key = table.key.join(', ');
  const places = table.key.map((_, index) => `$${index + 1}`).join(', ');
  const select = `SELECT ${columnList(table)} FROM ${table.name}`;
  const order = `ORDER BY ${key} LIMIT ${rowsAtOnce}`;
  let last: Row | undefined;
  do {
    const after = table.key.map((name) => last?.[name] as Value);
    const [page] = await session.run([
      last === undefined
        ? statement(`${select} ${order}`)
        : statement(`${select} WHERE (${key}) > (${places}) ${order}`, ...after),
    ]);
    const rows = page?.rows ?? [];
    if (rows.length > 0)
      yield rows.map((row) => table.columns.map(({ name }) => row[name] as Value));
    last = rows.length < rowsAtOnce ? undefined : rows.at(-1);
  } while (last !== undefined);
}
