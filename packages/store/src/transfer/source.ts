/**
 * The source of an archive: the state of a database at one moment, while others continue to write.
 */
import { existsSync } from 'node:fs';
import { type Act, performAct, statement, type Value } from '../act.ts';
import { countMissingMigrations } from '../migrate.ts';
import { migrations } from '../migrations/index.ts';
import { isPostgresAddress } from '../postgres-address.ts';
import { SqliteConnection, storageFaultOf } from '../sqlite-connection.ts';
import { StoreUnavailableError } from '../unavailable.ts';
import { columnList, type Table } from './tables.ts';

export interface Source {
  /** How many migrations its schema has. */
  readonly version: number;
  read<T>(act: Act<T>): Promise<T>;
  /**
   * All rows in the order of the primary key, some hundreds at a time. Loading is quickest in this
   * order, too.
   */
  rows(table: Table): AsyncIterable<readonly (readonly Value[])[]>;
}

export const rowsAtOnce = 500;

/**
 * Everything that `work` reads is the state of one moment. A database of a newer version is refused
 * with `SchemaError`.
 */
export async function withSource<T>(
  database: string,
  work: (source: Source) => Promise<T>,
): Promise<T> {
  if (!isPostgresAddress(database)) return withSqliteSource(database, work);
  const { withPostgresSource } = await import('./postgres-source.ts');
  return withPostgresSource(database, work);
}

export function* countMigrations(): Act<number> {
  return migrations.length - (yield* countMissingMigrations());
}

async function withSqliteSource<T>(file: string, work: (source: Source) => Promise<T>): Promise<T> {
  assertFile(file);
  return useFile(
    file,
    SqliteConnection.openForReading({ file, busyTimeoutMs: 5000 }),
    (connection) => {
      connection.execute(statement('BEGIN'));
      const version = performAct(countMigrations(), connection.execute);
      return work({
        version,
        read: async (act) => performAct(act, connection.execute),
        rows: (table) => batches(connection, table),
      });
    },
  );
}

/** Closes the connection after the work, and reports a fault of the file in a sentence. */
export async function useFile<T>(
  file: string,
  connection: SqliteConnection,
  work: (connection: SqliteConnection) => T | Promise<T>,
): Promise<T> {
  try {
    return await work(connection);
  } catch (error) {
    throw toSentence(error, file);
  } finally {
    connection.close();
  }
}

/** Opening a missing file would create it. */
export function assertFile(file: string): void {
  if (file === ':memory:')
    throw new StoreUnavailableError('Only its own server can read a database in memory.');
  if (!existsSync(file)) throw new StoreUnavailableError(`There is no database ${file}.`);
}

export function toSentence(error: unknown, file: string): unknown {
  if (!(error instanceof Error)) return error;
  if (/no such table: migrations/.test(error.message))
    return new StoreUnavailableError(`The database ${file} is empty.`);
  if (storageFaultOf(error) === undefined) return error;
  return new StoreUnavailableError(`The database ${file} cannot be used: ${error.message}.`);
}

// oxlint-disable-next-line require-await -- another engine waits here
async function* batches(
  connection: SqliteConnection,
  table: Table,
): AsyncGenerator<readonly (readonly Value[])[]> {
  let batch: (readonly Value[])[] = [];
  const sql = `SELECT ${columnList(table)} FROM ${table.name} ORDER BY ${table.key.join(', ')}`;
  for (const row of connection.iterate(sql)) {
    batch.push(row);
    if (batch.length < rowsAtOnce) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}
