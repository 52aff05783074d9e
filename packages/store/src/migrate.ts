import { hash } from 'node:crypto';
import { type Act, statement } from './act.ts';
import { type Migration, migrations } from './migrations/index.ts';

/** The tables are not those that this version can work with. Nothing was changed; starting again will not help. */
export class SchemaError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'SchemaError';
  }
}

interface Applied {
  readonly version: number;
  readonly name: string;
  readonly checksum: string;
}

export const createMigrationTable = `CREATE TABLE IF NOT EXISTS migrations (
  version BIGINT NOT NULL PRIMARY KEY,
  name TEXT NOT NULL,
  checksum TEXT NOT NULL,
  applied_at BIGINT NOT NULL
)`;

/** How many migrations are missing. Reads only. Throws `SchemaError` on a schema that is newer or was changed. */
export function* countMissingMigrations(known: readonly Migration[] = migrations): Act<number> {
  const { rows } = yield statement('SELECT version, name, checksum FROM migrations ORDER BY version');
  const applied = rows as unknown as readonly Applied[];
  for (const [index, row] of applied.entries()) assertKnown(row, index, known[index]);
  return known.length - applied.length;
}

/** Applies what is missing. To be run in one transaction, so that a fault leaves the schema as it was. */
export function* migrate(now: number, known: readonly Migration[] = migrations): Act<void> {
  yield statement(createMigrationTable);
  const missing = yield* countMissingMigrations(known);
  for (const migration of known.slice(known.length - missing)) {
    // First, so that of several nodes that start at once all but one wait here.
    yield statement(
      'INSERT INTO migrations (version, name, checksum, applied_at) VALUES ($1, $2, $3, $4)',
      migration.version,
      migration.name,
      checksum(migration),
      now,
    );
    for (const sql of migration.statements) yield statement(sql);
  }
}

function assertKnown(row: Applied, index: number, migration: Migration | undefined): void {
  if (migration === undefined)
    throw new SchemaError(
      `The store was written by a newer Keywright: it has migration ${row.version} (${row.name}), this version ends at ${index}. Start the newer version, or restore a backup from before the upgrade.`,
    );
  if (row.version !== migration.version || row.checksum !== checksum(migration))
    throw new SchemaError(
      `Migration ${row.version} (${row.name}) of the store is not the one that this version knows under that number. The store was changed by something else: restore a backup, or use the version that wrote it.`,
    );
}

function checksum(migration: Migration): string {
  return hash('sha256', migration.statements.join(';\n'), 'base64url');
}
