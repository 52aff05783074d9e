/** Chooses the engine: an address means PostgreSQL, any other text means a file. */
import type { Store } from '@keywright/core';
import { openSqliteStore } from './engine-sqlite.ts';
import { isPostgresAddress } from './postgres-address.ts';
import type { CommonOptions } from './store-options.ts';
import type { StartWriter } from './writer-thread.ts';

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
 * Throws what `openSqliteStore` and `openPostgresStore` throw. The driver of PostgreSQL is loaded
 * only if it is used.
 */
export async function openStore(options: StoreOptions): Promise<Store> {
  const { database, writer, processes = 1, ...common } = options;
  if (!isPostgresAddress(database)) return openSqliteStore({ file: database, writer, ...common });
  const { openPostgresStore } = await import('./engine-postgres.ts');
  return openPostgresStore({ address: database, processes, ...common });
}
