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

/** Loads the writer that several processes share. Only their supervisor needs it. */
export const loadSharedWriter = () => import('./shared-writer.ts');

/** Loads what copies databases to and from archives. Only commands need it. */
export const loadTransfer = () => import('./transfer/transfer.ts');

/** Whether a database was exported to be moved, and refuses writes. */
export async function isFrozen(database: string): Promise<boolean> {
  return (await import('./transfer/freeze.ts')).isFrozen(database);
}
