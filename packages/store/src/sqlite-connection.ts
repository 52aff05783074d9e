/** The only file that uses node:sqlite. */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { loadSqlite } from './load-sqlite.ts';
import type { Result, Row, Statement, Value } from './act.ts';

const sqlite = loadSqlite();

export interface ConnectionOptions {
  readonly file: string;
  /** How long a write waits for another process that writes, in milliseconds. */
  readonly busyTimeoutMs: number;
  /** Size at which the file counts as full, in pages of 4096 bytes. */
  readonly maxPages?: number;
}

interface Prepared {
  readonly statement: StatementSync;
  readonly returnsRows: boolean;
}

/** Why the database failed, if the statement itself is not at fault. */
export type StorageFault = 'full' | 'busy' | 'broken' | 'frozen';

const noRows: readonly Row[] = [];

// Every commit is on the disk before it is acknowledged. The log is copied back into the file every
// 16 MB instead of every 4 MB, so that a page of many commits is copied once. Larger page caches
// and memory mapping were measured: they gained almost nothing and used memory.
const writerPragmas =
  'PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 4000; PRAGMA journal_size_limit = 67108864';

const loaderPragmas =
  'PRAGMA journal_mode = DELETE; PRAGMA synchronous = FULL; PRAGMA cache_size = -65536';

export class SqliteConnection {
  readonly #database: DatabaseSync;
  readonly #prepared = new Map<string, Prepared>();

  private constructor(database: DatabaseSync) {
    this.#database = database;
  }

  static openForWriting(options: ConnectionOptions): SqliteConnection {
    const connection = SqliteConnection.#open(options, false);
    connection.#database.exec('PRAGMA journal_mode = WAL');
    connection.#database.exec(writerPragmas);
    if (options.maxPages !== undefined)
      connection.#database.exec(`PRAGMA max_page_count = ${Math.trunc(options.maxPages)}`);
    return connection;
  }

  static openForReading(options: ConnectionOptions): SqliteConnection {
    return SqliteConnection.#open(options, true);
  }

  /** Exclusive, and with a rollback journal instead of the log: see transfer/target.ts. */
  static openForLoading(options: ConnectionOptions): SqliteConnection {
    const connection = SqliteConnection.#open(options, false);
    try {
      connection.#database.exec(loaderPragmas);
    } catch (error) {
      connection.close();
      throw error;
    }
    return connection;
  }

  static #open(options: ConnectionOptions, readOnly: boolean): SqliteConnection {
    return new SqliteConnection(
      new sqlite.DatabaseSync(options.file, { readOnly, timeout: options.busyTimeoutMs }),
    );
  }

  readonly execute = (statement: Statement): Result => {
    const prepared = this.#prepared.get(statement.sql) ?? this.#prepare(statement.sql);
    if (!prepared.returnsRows)
      return {
        rows: noRows,
        changes: prepared.statement.run(...statement.params).changes as number,
      };
    const rows = prepared.statement.all(...statement.params) as readonly Row[];
    return { rows, changes: rows.length };
  };

  /** Rows as arrays, one after the other, for any number of rows. */
  *iterate(sql: string): Generator<readonly Value[]> {
    const statement = this.#database.prepare(sql);
    statement.setReturnArrays(true);
    yield* statement.iterate() as Iterable<unknown> as Iterable<readonly Value[]>;
  }

  /**
   * IMMEDIATE: a transaction that began as a reader could fail at its first write, after it has
   * decided something.
   */
  transaction<T>(body: () => T): T {
    this.execute(begin);
    try {
      const result = body();
      this.execute(commit);
      return result;
    } catch (error) {
      // After some faults (a full disk, a failed write), SQLite has already rolled back.
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
      throw error;
    }
  }

  close(): void {
    this.#prepared.clear();
    if (this.#database.isOpen) this.#database.close();
  }

  #prepare(sql: string): Prepared {
    // SQLite's numbered parameters are `?1`. It would take `$1` of the shared text for a name.
    const statement = this.#database.prepare(sql.replace(/\$(\d+)/g, '?$1'));
    const prepared = { statement, returnsRows: statement.columns().length > 0 };
    this.#prepared.set(sql, prepared);
    return prepared;
  }
}

const begin: Statement = { sql: 'BEGIN IMMEDIATE', params: [] };
const commit: Statement = { sql: 'COMMIT', params: [] };

/**
 * Primary result codes (sqlite.org/rescode.html). The low byte of an extended code is the primary
 * code.
 */
const storageFaults: Readonly<Record<number, StorageFault>> = {
  3: 'broken', // PERM
  5: 'busy', // BUSY
  6: 'busy', // LOCKED
  7: 'broken', // NOMEM
  8: 'broken', // READONLY
  10: 'broken', // IOERR
  11: 'broken', // CORRUPT
  13: 'full', // FULL
  14: 'broken', // CANTOPEN
  15: 'busy', // PROTOCOL
  26: 'broken', // NOTADB
};

/** CONSTRAINT_TRIGGER: only transfer/freeze.ts makes triggers. */
const raisedByTrigger = 1811;

export function storageFaultOf(error: unknown): StorageFault | undefined {
  const code = (error as { readonly errcode?: unknown } | undefined)?.errcode;
  if (code === raisedByTrigger) return 'frozen';
  return typeof code === 'number' ? storageFaults[code & 0xff] : undefined;
}
