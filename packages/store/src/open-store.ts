/** Chooses the engine: an address means PostgreSQL, any other text means a file. */
import type { Store } from '@keywright/core';
import { openSqliteStore } from './engine-sqlite.ts';
import { isPostgresAddress } from './postgres-address.ts';
import type { CommonOptions } from './store-options.ts';
import type { StartWriter } from './writer-thread.ts';

/** How a store is opened. */
export interface StoreOptions extends CommonOptions {
  /** `postgres://…`, the path of a SQLite file, or `:memory:`. */
  readonly database: string;
  /** What writes to a SQLite file, instead of a thread of this process. */
  readonly writer?: StartWriter | undefined;
  /**
   * How many processes like this one share the connections to PostgreSQL that the address allows.
   * Default: 1.
   */
  readonly processes?: number;
}

/**
 * Opens the store of a server on SQLite or PostgreSQL, and brings its tables up to date unless
 * `migrate` is `command`. The driver of PostgreSQL is loaded only if it is used. Close the store
 * before the process ends.
 * @throws DatabaseAddressError if the address of PostgreSQL is wrong
 * @throws SchemaError if the tables are newer than this version, or were changed
 * @throws StoreUnavailableError if the file or the database cannot be used
 * @example
 * ```ts
 * import { openStore } from '@keywright/store';
 *
 * const store = await openStore({ database: 'keywright.db' });
 * const { items } = await store.clients.list({ limit: 20 });
 * console.log(items.map(({ id, name }) => `${id}: ${name}`).join('\n'));
 * await store.close();
 * ```
 */
export async function openStore(options: StoreOptions): Promise<Store> {
  const { database, writer, processes = 1, ...common } = options;
  if (!isPostgresAddress(database)) return openSqliteStore({ file: database, writer, ...common });
  const { openPostgresStore } = await import('./engine-postgres.ts');
  return openPostgresStore({ address: database, processes, ...common });
}
