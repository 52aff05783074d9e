export { prunedTables } from './acts/index.ts';
export { type SqliteStoreOptions, openSqliteStore } from './engine-sqlite.ts';
export { SchemaError } from './migrate.ts';
export { type MigrationPlan, type PlannedStep, planMigrations } from './migration-plan.ts';
export { type EngineState, operationNames, type StoreObserver } from './observed-engine.ts';
export { type StoreOptions, openStore } from './open-store.ts';
export {
  DatabaseAddressError,
  isPostgresAddress,
  parsePostgresAddress,
} from './postgres-address.ts';
export { StoreUnavailableError } from './unavailable.ts';
export type { Answers, Call } from './sqlite-writer.ts';
export type { BatchWriter, StartWriter, WriterEvents } from './writer-thread.ts';
export type {
  ArchiveHeader,
  ArchiveOutput,
  SealedKey,
  TransferOptions,
} from './transfer/transfer.ts';

/** Only the supervisor of several processes uses this. */
export const loadSharedWriter = () => import('./shared-writer.ts');

/** Only commands use this. A running server does not load it. */
export const loadTransfer = () => import('./transfer/transfer.ts');

/** Answers whether the database was exported and takes no more writes. */
export async function isFrozen(database: string): Promise<boolean> {
  return (await import('./transfer/freeze.ts')).isFrozen(database);
}
