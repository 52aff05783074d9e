/**
 * The store of a large platform: users with ten grants each, and a refresh token for each grant. It
 * is made by SQL in the database.
 */
import { DatabaseSync } from 'node:sqlite';
import { isPostgresAddress, openStore } from '@keywright/store';
import { run } from '../packages/store/src/testing-parts/shared-cluster.ts';
import { api, webClient } from './cast.ts';

/** The differences between the two engines. */
interface Dialect {
  /** The numbers from 1, as `n(i)`. */
  readonly numbers: (last: number) => string;
  readonly hex: (expression: string, digits: number) => string;
  readonly afterwards: string;
  readonly run: (database: string, sql: string) => Promise<void>;
}

const sqlite: Dialect = {
  numbers: (last) =>
    `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${last})`,
  hex: (expression, digits) => `printf('%0${digits}x', ${expression})`,
  afterwards: 'ANALYZE; PRAGMA wal_checkpoint(TRUNCATE)',
  run: async (file, sql) => {
    const database = new DatabaseSync(file);
    // The log would contain everything again, and no other process uses the database.
    database.exec(
      'PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -500000',
    );
    database.exec(sql);
    database.exec('PRAGMA journal_mode = WAL');
    database.close();
  },
};

const postgres: Dialect = {
  numbers: (last) => `WITH n(i) AS (SELECT s.i::bigint FROM generate_series(1, ${last}) AS s(i))`,
  hex: (expression, digits) => `lpad(to_hex((${expression})::bigint), ${digits}, '0')`,
  afterwards: 'ANALYZE',
  run,
};

const grantsEach = 10;
const day = 86_400;
/**
 * Odd, so that it maps the numbers up to 2^32 one to one to others, in an order that no cache
 * favours.
 */
const scrambler = 2_654_435_761;

/** Makes the tables too, if they do not exist. No other process may have the database open. */
export async function fillGrants(database: string, grants: number): Promise<void> {
  await (await openStore({ database })).close();
  const dialect = isPostgresAddress(database) ? postgres : sqlite;
  await dialect.run(database, fillSql(dialect, grants));
}

function fillSql({ numbers, hex, afterwards }: Dialect, grants: number): string {
  const now = Math.floor(Date.now() / 1000);
  const scattered = (number: string, digits: number) =>
    hex(`(${number}) * ${scrambler} % 4294967296`, digits);
  const id = (prefix: string, number: string) =>
    `'${prefix}' || ${scattered(number, 8)} || ${hex(number, 14)}`;
  const owner = id('usr_', `(i - 1) / ${grantsEach} + 1`);
  const client = `'client-' || ((i - 1) % ${grantsEach})`;
  const scopes = JSON.stringify(webClient.scope.split(' '));
  const lists = `'${scopes}', '["${api}"]'`;
  return [
    'DROP INDEX families_by_grant',
    'DROP INDEX families_by_check',
    `INSERT INTO accounts (id, email, email_key, email_verified, name, password_hash, status, created_at)
      ${numbers(Math.ceil(grants / grantsEach))}
      SELECT ${id('usr_', 'i')}, 'person-' || i || '@filled.example', 'person-' || i || '@filled.example', 1, 'Person ' || i,
        '$argon2id$v=19$m=19456,t=2,p=1$${'s'.repeat(22)}$${'h'.repeat(43)}', 'active', ${now} FROM n`,
    `INSERT INTO grants (id, account_id, client_id, scopes, declined_scopes, audiences, created_at, last_used_at)
      ${numbers(grants)}
      SELECT ${id('grt_', 'i')}, ${owner}, ${client}, '${scopes}', '[]', '["${api}"]', ${now}, ${now} FROM n`,
    `INSERT INTO families (id, grant_id, account_id, client_id, scopes, audiences, authenticated_at, current_digest,
        previous_digest, sealed_successor, rotated_at, created_at, expires_at, absolute_expires_at, check_at)
      ${numbers(grants)}
      SELECT ${id('fam_', 'i')}, ${id('grt_', 'i')}, ${owner}, ${client}, ${lists}, ${now}, ${scattered('i', 43)},
        ${scattered('i + 1', 43)}, '${'s'.repeat(134)}', ${now}, ${now}, ${now + 30 * day}, ${now + 365 * day},
        ${now + 30 * day} FROM n`,
    'CREATE INDEX families_by_grant ON families (grant_id)',
    'CREATE INDEX families_by_check ON families (check_at)',
    afterwards,
  ].join(';\n');
}
