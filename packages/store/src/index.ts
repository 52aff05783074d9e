export { type SqliteStoreOptions, openSqliteStore } from './engine-sqlite.ts';
export { SchemaError } from './migrate.ts';
export { type StoreOptions, openStore } from './open-store.ts';
export { DatabaseAddressError, isPostgresAddress, parsePostgresAddress } from './postgres-address.ts';
export { StoreUnavailableError } from './unavailable.ts';
