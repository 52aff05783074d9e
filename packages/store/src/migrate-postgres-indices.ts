/**
 * Indices on tables that may be large, made while requests read and write. `CREATE INDEX
 * CONCURRENTLY` runs outside of a transaction. When it is killed, it leaves an invalid index. So
 * what remains to be done is read from the catalogue each time, and not stored.
 *
 * An invalid index is either being made now, or left from a failed attempt. A node that makes an
 * index holds SHARE UPDATE EXCLUSIVE on its table. A node that gets this lock and still finds the
 * index invalid has found a leftover, and drops it. Reads and writes do not wait for this lock.
 */
import { type Act, statement } from './act.ts';
import { type IndexChange, indicesOnOlderTables } from './migrations/changes.ts';
import type { Migration } from './migrations/index.ts';
import { toConcurrentIndex } from './postgres-dialect.ts';
import { repeatLost } from './postgres-races.ts';
import type { PostgresSession } from './postgres-session.ts';
import { performRead, performTransaction } from './postgres-transaction.ts';

/**
 * Longer than `deadlock_timeout`: by then autovacuum, which holds the same lock, has released it.
 */
const lockMs = 3000;
/**
 * duplicate_table, duplicate_object, undefined_object: another node did this a moment ago. If it is
 * still doing it, this may last for hours: the limits of the session say how long to wait.
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

/** Answers false when none is left. */
async function createNext(session: PostgresSession, known: readonly Migration[]): Promise<boolean> {
  const [next] = await listUnfinishedIndices(session, known);
  if (next !== undefined) await create(session, next);
  return next !== undefined;
}

async function create(session: PostgresSession, change: IndexChange): Promise<void> {
  const isThere = await performTransaction(dropLeftover(change), session, 'READ COMMITTED');
  if (isThere) return;
  await session.run([statement(toConcurrentIndex(change.sql))]);
}

/**
 * Waits until no node makes this index, and drops what a failed attempt left. Answers whether the
 * index exists then.
 */
function* dropLeftover({ index, table }: IndexChange): Act<boolean> {
  yield statement(`SELECT set_config('lock_timeout', $1, true)`, String(lockMs));
  yield statement(`LOCK TABLE ${table} IN SHARE UPDATE EXCLUSIVE MODE`);
  const isValid = (yield* loadIndices([{ index }])).get(index);
  if (isValid === false) yield statement(`DROP INDEX ${index}`);
  return isValid === true;
}

/** The existing indices by name, and whether they are valid. */
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
