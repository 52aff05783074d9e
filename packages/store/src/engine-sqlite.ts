/**
 * The embedded engine: one SQLite file in WAL mode, one writer thread, and reads on a connection of their own. Several
 * processes may have the file open: the command line writes while the server runs.
 */
import { closeSync, openSync } from 'node:fs';
import type { Clock, Store } from '@keywright/core';
import { type Act, performAct } from './act.ts';
import { ActQueue } from './act-queue.ts';
import type { ActArguments, ActName, ActResult } from './acts/index.ts';
import type { Engine } from './engine.ts';
import { countMissingMigrations, createMigrationTable, migrate } from './migrate.ts';
import { type ConnectionOptions, SqliteConnection, storageFaultOf } from './sqlite-connection.ts';
import { SqliteWriter } from './sqlite-writer.ts';
import { createStore } from './store.ts';
import { StoreUnavailableError } from './unavailable.ts';
import { WriterThread } from './writer-thread.ts';

export interface SqliteStoreOptions {
  /** Path of the file, which is made when there is none (its folder is not), or `:memory:`. */
  readonly file: string;
  /** The system's clock by default. */
  readonly clock?: Clock;
  /** How long a write waits for another process that writes, in milliseconds; 5000 by default. */
  readonly busyTimeoutMs?: number;
  /** Size at which the file counts as full, in pages of 4096 bytes; what the disk holds by default. */
  readonly maxPages?: number;
  /** Acts that may wait to be written; one more is refused. 10,000 by default. */
  readonly maxPendingActs?: number;
}

const systemClock: Clock = { nowSeconds: () => Math.floor(Date.now() / 1000) };

/**
 * Opens the store, and brings its tables up to date. Does not wait for the writer thread: the first write does. The thread
 * keeps the process alive until the store is closed.
 * Throws `SchemaError` when the tables are newer or were changed, `StoreUnavailableError` when the file cannot be used.
 */
export async function openSqliteStore(options: SqliteStoreOptions): Promise<Store> {
  const clock = options.clock ?? systemClock;
  try {
    const engine = options.file === ':memory:' ? openInMemory(options, clock) : openFile(options, clock);
    return createStore(engine, clock);
  } catch (error) {
    throw asUnavailable(error, `The store ${options.file} cannot be opened`);
  }
}

function openInMemory(options: SqliteStoreOptions, clock: Clock): Engine {
  const connection = SqliteConnection.openForWriting(connectionOptions(options));
  migrateOn(connection, clock);
  const writer = new SqliteWriter(() => connection);
  const queue: ActQueue = new ActQueue((calls) => queue.settle(writer.commit(calls)), maxPending(options));
  return createEngine(queue, connection, async () => connection.close());
}

function openFile(options: SqliteStoreOptions, clock: Clock): Engine {
  const settings = connectionOptions(options);
  createPrivateFile(settings.file);
  const migrating = SqliteConnection.openForWriting(settings);
  let reader: SqliteConnection;
  try {
    migrateOn(migrating, clock);
    // Before the other one closes: whoever closes last copies the whole log back.
    reader = SqliteConnection.openForReading(settings);
  } finally {
    migrating.close();
  }
  const queue: ActQueue = new ActQueue((calls) => thread.send(calls), maxPending(options));
  const thread = new WriterThread(settings, {
    onAnswers: (answers) => queue.settle(answers),
    onLost: (reason) => queue.lose(reason),
  });
  return createEngine(queue, reader, async () => {
    reader.close();
    await thread.close();
  });
}

function createEngine(queue: ActQueue, reader: SqliteConnection, close: () => Promise<void>): Engine {
  let closed = false;
  let closing: Promise<void> | undefined;
  const finish = async () => {
    await queue.close();
    closed = true;
    await close();
  };
  return {
    act: <N extends ActName>(name: N, ...args: ActArguments<N>) =>
      queue.add([name, ...args]) as Promise<ActResult<N>>,
    read: async <T>(act: Act<T>) => {
      if (closed) throw new StoreUnavailableError('The store is closed.');
      try {
        return performAct(act, reader.execute);
      } catch (error) {
        throw asUnavailable(error, 'The store cannot be read');
      }
    },
    close: () => (closing ??= finish()),
  };
}

/** Only its owner may read it: it holds addresses and password hashes. SQLite gives its log files the same mode. */
function createPrivateFile(file: string): void {
  closeSync(openSync(file, 'a', 0o600));
}

function migrateOn(connection: SqliteConnection, clock: Clock): void {
  connection.execute({ sql: createMigrationTable, params: [] });
  if (performAct(countMissingMigrations(), connection.execute) === 0) return;
  connection.transaction(() => performAct(migrate(clock.nowSeconds()), connection.execute));
}

function connectionOptions({ file, busyTimeoutMs = 5000, maxPages }: SqliteStoreOptions): ConnectionOptions {
  return { file, busyTimeoutMs, ...(maxPages !== undefined && { maxPages }) };
}

function maxPending({ maxPendingActs = 10_000 }: SqliteStoreOptions): number {
  return maxPendingActs;
}

/** Faults of the file system (EACCES, ENOENT, ENOSPC) come from creating the file. */
function asUnavailable(error: unknown, what: string): unknown {
  const system = (error as NodeJS.ErrnoException | undefined)?.syscall !== undefined;
  if (!system && storageFaultOf(error) === undefined) return error;
  return new StoreUnavailableError(`${what}: ${(error as Error).message}.`);
}
