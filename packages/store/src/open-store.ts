/** Which engine a database is opened with: what is written as an address is PostgreSQL, anything else a file. */
import type { Clock, Store } from '@keywright/core';
import { openSqliteStore } from './engine-sqlite.ts';
import { isPostgresAddress } from './postgres-address.ts';

export interface StoreOptions {
  /** `postgres://…`, the path of a SQLite file, or `:memory:`. */
  readonly database: string;
  /** The system's clock by default. */
  readonly clock?: Clock;
}

/** Throws what `openSqliteStore` and `openPostgresStore` throw. The driver of PostgreSQL is loaded only where it is used. */
export async function openStore({ database, clock }: StoreOptions): Promise<Store> {
  const common = clock === undefined ? {} : { clock };
  if (!isPostgresAddress(database)) return openSqliteStore({ file: database, ...common });
  const { openPostgresStore } = await import('./engine-postgres.ts');
  return openPostgresStore({ address: database, ...common });
}
