import { expect, it } from 'vitest';
import { type Statement, performAct } from './act.ts';
import { now } from './testing-parts/contract.ts';
import { performEveryVerb } from './testing-parts/every-verb.ts';
import { createMigrationTable, migrate } from './migrate.ts';
import { SqliteConnection } from './sqlite-connection.ts';

/** Tables that always have few rows, and are read as a whole. */
const small = /^SCAN (?:signing_keys|seals|apis)\b/;

/** These are results of subqueries and lists that a statement names, not tables. */
const named =
  /living|dead|f|CONSTANT ROW|64-ROW|a|above|s|r|g|given|direct|c|covered|bounded|d|lower|upper|named|known/;

/**
 * An index that is made for one statement reads a whole table. So does a walk over one kind of
 * links without a key.
 */
const readsWholeTable = new RegExp(
  `^SCAN (?!(?:${named.source})(?: |$))|^SEARCH [lp] .*AUTOMATIC|^SEARCH l .*\\(kind=\\?\\)$`,
);

it('every act finds its rows by an index, in every table that grows', async () => {
  const database = SqliteConnection.openForWriting({ file: ':memory:', busyTimeoutMs: 0 });
  database.execute({ sql: createMigrationTable, params: [] });
  performAct(migrate(now), database.execute);
  const scans: string[] = [];
  const explained = (statement: Statement) => {
    const plan = database.execute({ ...statement, sql: `EXPLAIN QUERY PLAN ${statement.sql}` });
    const details = plan.rows
      .map((row) => String(row.detail))
      .filter((detail) => readsWholeTable.test(detail));
    scans.push(...details.filter((detail) => !small.test(detail)));
    return database.execute(statement);
  };
  await performEveryVerb((act) => performAct(act, explained));
  expect(scans).toEqual([]);
  database.close();
});
