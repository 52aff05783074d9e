/**
 * The command line of the version after this one: this program, with one more additive migration.
 * Only the tests start it. The product knows nothing of it, and has no switch for it.
 */
import { type Migration, migrations } from '../packages/store/src/migrations/index.ts';

const version = migrations.length + 1;

/** A column, an index on a table that is written to all the time, and a table of its own. */
const next: Migration = {
  version,
  name: 'next',
  worksWith: version - 1,
  statements: [
    'ALTER TABLE families ADD COLUMN next_note TEXT',
    'CREATE TABLE next_things (id TEXT NOT NULL PRIMARY KEY, family_id TEXT NOT NULL)',
    'CREATE INDEX next_things_by_family ON next_things (family_id)',
    'CREATE INDEX families_by_note ON families (next_note) WHERE next_note IS NOT NULL',
  ],
};

(migrations as Migration[]).push(next);
await import('../packages/server/src/command-line/main.ts');
