/**
 * Indices on tables that may be large, made while requests read and write. `CREATE INDEX
 * CONCURRENTLY` runs in no transaction: when it is killed, it leaves an index that is not valid. So
 * what is to be done is read off the catalogue each time, and nowhere noted.
 *
 * An invalid index is one that is being made now, or what is left of an attempt. Whoever makes one
 * holds SHARE UPDATE EXCLUSIVE on its table: who gets that lock, and finds the index invalid still,
 * has found a leftover, and drops it. Reads and writes do not wait for that lock.
 */
import { type Act, statement } from './act.ts';
import { type IndexChange, indicesOnOlderTables } from './migrations/changes.ts';
import type { Migration } from './migrations/index.ts';
import { toConcurrentIndex } from './postgres-dialect.ts';
import { repeatLost } from './postgres-races.ts';
import type { PostgresSession } from './postgres-session.ts';
import { performRead, performTransaction } from './postgres-transaction.ts';

/**
 * Longer than `deadlock_timeout`: by then autovacuum, which holds the same lock, has given it up.
 */
const lockMs = 3000;
/**
 * duplicate_table, duplicate_object, undefined_object: another node was at it a moment ago. Where
 * it still is, that may last for hours: the limits of the session say how long it is waited for.
 */
const races = { lost: new Set(['42P07', '42710', '42704']), mostLost: 200, pauseMs: 100 };

export async function listUnfinishedIndices(
  session: PostgresSession,
  known: readonly Migration[],
): Promise<readonly IndexChange[]> {
  const wanted = indicesOnOlderTables(known);
  const valid = await performRead(loadIndices(wanted), session);
  return wanted.filter(({ index }) => valid.get(index) !== true);
}

export async function createMissingIndices(
  session: PostgresSession,
  known: readonly Migration[],
): Promise<void> {
  while (await repeatLost(() => createNext(session, known), races));
}

/** False when there is none left. */
async function createNext(session: PostgresSession, known: readonly Migration[]): Promise<boolean> {
  const [next] = await listUnfinishedIndices(session, known);
  if (next !== undefined) await create(session, next);
  return next !== undefined;
}

async function create(session: PostgresSession, change: IndexChange): Promise<void> {
  const isThere = await performTransaction(makeRoom(change), session, 'READ COMMITTED');
  if (isThere) return;
  await session.run([statement(toConcurrentIndex(change.sql))]);
}

/**
 * Waits until nobody makes this index, and drops what an attempt left. Answers whether the index is
 * there by then.
 */
function* makeRoom({ index, table }: IndexChange): Act<boolean> {
  yield statement(`SELECT set_config('lock_timeout', $1, true)`, String(lockMs));
  yield statement(`LOCK TABLE ${table} IN SHARE UPDATE EXCLUSIVE MODE`);
  const isValid = (yield* loadIndices([{ index }])).get(index);
  if (isValid === false) yield statement(`DROP INDEX ${index}`);
  return isValid === true;
}

/** Those that there are, by name, and whether they are valid. */
function* loadIndices(
  named: readonly Pick<IndexChange, 'index'>[],
): Act<ReadonlyMap<string, boolean>> {
  if (named.length === 0) return new Map();
  const names = named.map(({ index }) => `'${index}'`).join(', ');
  const { rows } = yield statement(
    `SELECT c.relname AS name, CASE WHEN i.indisvalid THEN 1 ELSE 0 END AS valid
     FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
     WHERE pg_table_is_visible(c.oid) AND c.relname IN (${names})`,
  );
  return new Map(rows.map((row) => [row.name as string, row.valid === 1]));
}
