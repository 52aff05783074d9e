/**
 * The embedded engine: one SQLite file in WAL mode, one writer thread, and a connection of its own
 * for reads. Several processes may have the file open: the command line writes while the server
 * runs.
 */
import { closeSync, openSync } from 'node:fs';
import type { Clock, Store } from '@keywright/core';
import { type Act, performAct } from './act.ts';
import { ActQueue } from './act-queue.ts';
import type { Engine } from './engine.ts';
import { isFrozenOnSqlite } from './frozen.ts';
import { assertSqliteMigrated, migrateSqlite } from './migrate-sqlite.ts';
import { observeEngine, type StoreObserver } from './observed-engine.ts';
import type { Written } from './operation.ts';
import { type ConnectionOptions, SqliteConnection, storageFaultOf } from './sqlite-connection.ts';
import { type Call, SqliteWriter } from './sqlite-writer.ts';
import { type CommonOptions, defaultMaxPendingActs, systemClock } from './store-options.ts';
import { createStore } from './store.ts';
import { StoreUnavailableError } from './unavailable.ts';
import { type StartWriter, WriterThread } from './writer-thread.ts';

/** How a SQLite store is opened. */
export interface SqliteStoreOptions extends CommonOptions {
  /** Path of the file, or `:memory:`. A missing file is created, a missing folder is not. */
  readonly file: string;
  /** How long a write waits for another process that writes, in milliseconds. Default: 4000. */
  readonly busyTimeoutMs?: number;
  /**
   * Size at which the file counts as full, in pages of 4096 bytes. Default: what the disk holds.
   */
  readonly maxPages?: number;
  /**
   * What writes to the file. Default: a thread of this process. Several processes may share one
   * writer (shared-writer.ts).
   */
  readonly writer?: StartWriter | undefined;
}

/**
 * Opens a store in a SQLite file, and brings its tables up to date unless `migrate` is `command`.
 * Does not wait for the writer thread: the first write does. The thread keeps the process alive
 * until the store is closed.
 * @throws SchemaError if the tables are newer than this version, or were changed
 * @throws StoreUnavailableError if the file cannot be used
 */
export async function openSqliteStore(options: SqliteStoreOptions): Promise<Store> {
  const clock = options.clock ?? systemClock;
  try {
    const engine =
      options.file === ':memory:' ? openInMemory(options, clock) : openFile(options, clock);
    const { observer } = options;
    return createStore(observer === undefined ? engine : observeEngine(engine, observer), clock);
  } catch (error) {
    throw asUnavailable(error, `The store ${options.file} cannot be opened`);
  }
}

function openInMemory(options: SqliteStoreOptions, clock: Clock): Engine {
  const connection = SqliteConnection.openForWriting(connectionOptions(options));
  migrateSqlite(connection, clock.nowSeconds());
  const writer = new SqliteWriter(() => connection);
  const commit = telling(options.observer, (calls) => queue.settle(writer.commit(calls)));
  const queue: ActQueue = new ActQueue(commit, options.maxPendingActs ?? defaultMaxPendingActs);
  options.observer?.opened?.(() => ({ engine: 'SQLite', ...queue.depth }));
  return createEngine(queue, connection, async () => connection.close());
}

function openFile(options: SqliteStoreOptions, clock: Clock): Engine {
  const settings = connectionOptions(options);
  createPrivateFile(settings.file);
  const migrating = SqliteConnection.openForWriting(settings);
  let reader: SqliteConnection;
  try {
    if (options.migrate === 'command') assertSqliteMigrated(migrating);
    else migrateSqlite(migrating, clock.nowSeconds());
    // Opened before the other connection closes: the last connection that closes copies the whole
    // log back.
    reader = SqliteConnection.openForReading(settings);
  } finally {
    migrating.close();
  }
  const send = telling(options.observer, (calls) => thread.send(calls));
  const queue: ActQueue = new ActQueue(send, options.maxPendingActs ?? defaultMaxPendingActs);
  options.observer?.opened?.(() => ({ engine: 'SQLite', ...queue.depth }));
  const start: StartWriter = options.writer ?? ((_, events) => new WriterThread(settings, events));
  const thread = start(settings.file, {
    onAnswers: (answers) => queue.settle(answers),
    onLost: (reason) => queue.lose(reason),
  });
  return createEngine(queue, reader, async () => {
    reader.close();
    await thread.close();
  });
}

type Send = (calls: readonly Call[]) => void;

function telling(observer: StoreObserver | undefined, send: Send): Send {
  if (observer?.batch === undefined) return send;
  return (calls) => {
    observer.batch?.(calls.length);
    send(calls);
  };
}

function createEngine(
  queue: ActQueue,
  reader: SqliteConnection,
  close: () => Promise<void>,
): Engine {
  let closed = false;
  let closing: Promise<void> | undefined;
  const finish = async () => {
    await queue.close();
    closed = true;
    await close();
  };
  return {
    act: <A extends readonly unknown[], T>({ name }: Written<A, T>, ...args: A) =>
      queue.add([name, ...args]) as Promise<T>,
    read: async <T>(act: Act<T>) => {
      if (closed) throw new StoreUnavailableError('The store is closed.');
      try {
        return performAct(act, reader.execute);
      } catch (error) {
        throw asUnavailable(error, 'The store cannot be read');
      }
    },
    isFrozen: isFrozenOnSqlite,
    close: () => (closing ??= finish()),
  };
}

/**
 * Only the owner of the file may read it: it holds e-mail addresses and password hashes. SQLite
 * gives its log files the same mode.
 */
function createPrivateFile(file: string): void {
  closeSync(openSync(file, 'a', 0o600));
}

function connectionOptions({
  file,
  busyTimeoutMs = 4000,
  maxPages,
}: SqliteStoreOptions): ConnectionOptions {
  return { file, busyTimeoutMs, ...(maxPages !== undefined && { maxPages }) };
}

/** Faults of the file system (EACCES, ENOENT, ENOSPC) come from creating the file. */
function asUnavailable(error: unknown, what: string): unknown {
  const system = (error as NodeJS.ErrnoException | undefined)?.syscall !== undefined;
  if (!system && storageFaultOf(error) === undefined) return error;
  return new StoreUnavailableError(`${what}: ${(error as Error).message}.`);
}
