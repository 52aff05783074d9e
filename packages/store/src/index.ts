export { type SqliteStoreOptions, openSqliteStore } from './engine-sqlite.ts';
export { SchemaError } from './migrate.ts';
export { StoreUnavailableError } from './unavailable.ts';
