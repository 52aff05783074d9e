/**
 * Migrations: each is applied once, in a transaction of its own, and recorded with its checksum in
 * that same transaction. A process that is killed between two leaves a schema that is whole; the
 * next start goes on with the rest.
 */
import { hash } from 'node:crypto';
import { type Act, statement } from './act.ts';
import { type Change, changesOf } from './migrations/changes.ts';
import { type Migration, migrations } from './migrations/index.ts';

/**
 * The tables are not those that this version can work with. Nothing was changed; starting again
 * will not help.
 */
export class SchemaError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'SchemaError';
  }
}

export interface Applied {
  readonly version: number;
  readonly name: string;
  readonly checksum: string;
}

export interface MigrationState {
  /** The migrations in the store that this version knows. */
  readonly applied: number;
  readonly missing: readonly Migration[];
  /** Those of a newer version, all of which say that they work with this one. */
  readonly newer: readonly Applied[];
}

/** Of a store that has no tables yet. */
export const nothingApplied: MigrationState = { applied: 0, missing: migrations, newer: [] };

/** As the first version made it: what came after is added by migrations, as in any other table. */
export const createMigrationTable = `CREATE TABLE IF NOT EXISTS migrations (
  version BIGINT NOT NULL PRIMARY KEY,
  name TEXT NOT NULL,
  checksum TEXT NOT NULL,
  applied_at BIGINT NOT NULL
)`;

/**
 * Reads only. Throws `SchemaError` on a schema that was changed, or is newer and does not say that
 * it works with this version.
 */
export function* loadMigrationState(known: readonly Migration[] = migrations): Act<MigrationState> {
  const { rows } = yield statement(
    'SELECT version, name, checksum FROM migrations ORDER BY version',
  );
  const applied = rows as unknown as readonly Applied[];
  const newer = applied.slice(known.length);
  for (const [index, migration] of known.slice(0, applied.length).entries())
    assertSame(applied[index] as Applied, migration);
  if (newer.length > 0) yield* assertWorkWith(known.length);
  return {
    applied: applied.length - newer.length,
    missing: known.slice(applied.length),
    newer,
  };
}

/**
 * How many are missing, for those who have to know the whole schema: what a newer version has added
 * would be lost on the way. Throws `SchemaError` on any schema that is newer.
 */
export function* countMissingMigrations(known: readonly Migration[] = migrations): Act<number> {
  const { missing, newer } = yield* loadMigrationState(known);
  if (newer[0] !== undefined) throw tooNew(newer[0], known.length);
  return missing.length;
}

/**
 * Applies the first that is missing, and answers how many are missing then. To be run in one
 * transaction, so that a fault leaves the schema as it was. What `isLater` says of a change is left
 * to the engine.
 */
export function* applyNextMigration(
  now: number,
  known: readonly Migration[] = migrations,
  isLater?: (change: Change) => Act<boolean> | undefined,
): Act<number> {
  const { missing } = yield* loadMigrationState(known);
  const [next] = missing;
  if (next === undefined) return 0;
  // First, so that of several nodes that start at once all but one wait here.
  yield statement(
    'INSERT INTO migrations (version, name, checksum, applied_at) VALUES ($1, $2, $3, $4)',
    next.version,
    next.name,
    checksumOf(next),
    now,
  );
  for (const change of changesOf(next)) {
    const asked = isLater?.(change);
    if (asked === undefined || !(yield* asked)) yield statement(change.sql);
  }
  // Last, as the column itself comes with a migration.
  if (next.worksWith !== undefined)
    yield statement(
      'UPDATE migrations SET works_with = $2 WHERE version = $1',
      next.version,
      next.worksWith,
    );
  return missing.length - 1;
}

/** All that is missing, for a store in memory. */
export function* migrate(now: number, known: readonly Migration[] = migrations): Act<void> {
  yield statement(createMigrationTable);
  while ((yield* applyNextMigration(now, known)) > 0);
}

/** Throws the sentence of a store that is to be migrated by command. */
export function assertNoneMissing({ applied, missing }: MigrationState): void {
  if (missing.length > 0)
    throw new SchemaError(
      `The store is at schema ${applied}, and this version works with schema ${applied + missing.length}: run \`keywright migrate\` first, as the configuration leaves it to that command.`,
    );
}

function assertSame(row: Applied, migration: Migration): void {
  if (row.version !== migration.version || row.checksum !== checksumOf(migration))
    throw new SchemaError(
      `Migration ${row.version} (${row.name}) of the store is not the one that this version knows under that number. The store was changed by something else: restore a backup, or use the version that wrote it.`,
    );
}

/** A row that says nothing works with no version but its own. */
function* assertWorkWith(own: number): Act<void> {
  const { rows } = yield statement(
    'SELECT version, name, works_with FROM migrations WHERE version > $1 ORDER BY version',
    own,
  );
  const foreign = rows.find((row) => row.works_with === null || (row.works_with as number) > own);
  if (foreign !== undefined) throw tooNew(foreign as unknown as Applied, own);
}

function tooNew({ version, name }: Applied, own: number): SchemaError {
  return new SchemaError(
    `The store was written by a newer Keywright: it has migration ${version} (${name}), this version ends at ${own}. Start the newer version, or restore a backup from before the upgrade.`,
  );
}

export function checksumOf(migration: Migration): string {
  return hash('sha256', migration.statements.join(';\n'), 'base64url');
}
