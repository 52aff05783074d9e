/**
 * Migrations. Each is applied once, in a transaction of its own, which also records its checksum. A
 * process that is killed between two migrations leaves a complete schema. The next start continues
 * with the rest.
 */
import { hash } from 'node:crypto';
import { type Act, statement } from './act.ts';
import { type Change, changesOf } from './migrations/changes.ts';
import { type Migration, migrations } from './migrations/index.ts';

/** The tables do not fit this version. Nothing was changed, and a second start does not help. */
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
  /** How many migrations that this version knows are in the store. */
  readonly applied: number;
  readonly missing: readonly Migration[];
  /** Migrations of a newer version. All of them say that they work with this version. */
  readonly newer: readonly Applied[];
}

/** Of a store that has no tables yet. */
export const nothingApplied: MigrationState = { applied: 0, missing: migrations, newer: [] };

/** As the first version made it. Migrations add later columns, as in any other table. */
export const createMigrationTable = `CREATE TABLE IF NOT EXISTS migrations (
  version BIGINT NOT NULL PRIMARY KEY,
  name TEXT NOT NULL,
  checksum TEXT NOT NULL,
  applied_at BIGINT NOT NULL
)`;

/**
 * Reads only. Throws `SchemaError` if the schema was changed, or if it is newer and does not say
 * that it works with this version.
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
 * How many migrations are missing. For callers that must know the whole schema: what a newer
 * version added would be lost. Throws `SchemaError` on any newer schema.
 */
export function* countMissingMigrations(known: readonly Migration[] = migrations): Act<number> {
  const { missing, newer } = yield* loadMigrationState(known);
  if (newer[0] !== undefined) throw tooNew(newer[0], known.length);
  return missing.length;
}

/**
 * Applies the first missing migration, and answers how many are missing then. Run it in one
 * transaction, so that a fault leaves the schema unchanged. The engine itself makes the changes for
 * which `isLater` is true.
 */
export function* applyNextMigration(
  now: number,
  known: readonly Migration[] = migrations,
  isLater?: (change: Change) => Act<boolean> | undefined,
): Act<number> {
  const { missing } = yield* loadMigrationState(known);
  const [next] = missing;
  if (next === undefined) return 0;
  // This is first, so that all but one of several starting nodes wait here.
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
  // This is last, because a migration adds the column itself.
  if (next.worksWith !== undefined)
    yield statement(
      'UPDATE migrations SET works_with = $2 WHERE version = $1',
      next.version,
      next.worksWith,
    );
  return missing.length - 1;
}

/** Applies all missing migrations, for a store in memory. */
export function* migrate(now: number, known: readonly Migration[] = migrations): Act<void> {
  yield statement(createMigrationTable);
  while ((yield* applyNextMigration(now, known)) > 0);
}

/** Throws the message for a store that is migrated by command. */
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

/** A row without a value works only with its own version. */
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
