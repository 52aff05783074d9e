/**
 * Reads the database directly: whether it is intact, and whether any act is stored incompletely.
 */
import { DatabaseSync } from 'node:sqlite';
import { isPostgresAddress } from '@keywright/store';
import { Client } from 'pg';

export type Row = Readonly<Record<string, unknown>>;

export async function queryRows(database: string, sql: string): Promise<readonly Row[]> {
  if (!isPostgresAddress(database)) return querySqlite(database, sql);
  const client = new Client({ connectionString: database });
  // A server that ends during a query reports it twice.
  client.on('error', () => {});
  await client.connect();
  try {
    return (await client.query(sql)).rows as readonly Row[];
  } finally {
    await client.end();
  }
}

function querySqlite(file: string, sql: string): readonly Row[] {
  const database = new DatabaseSync(file, { timeout: 5000 });
  try {
    return database.prepare(sql).all();
  } finally {
    database.close();
  }
}

/** The faults that the engine finds in its pages and indexes. */
export async function checkIntegrity(database: string): Promise<readonly string[]> {
  if (!isPostgresAddress(database)) {
    const rows = await queryRows(database, 'PRAGMA integrity_check');
    return rows.map((row) => String(row['integrity_check'])).filter((text) => text !== 'ok');
  }
  try {
    await queryRows(database, 'CREATE EXTENSION IF NOT EXISTS amcheck');
    await queryRows(database, checkIndexes);
    return [];
  } catch (error) {
    return [(error as Error).message];
  }
}

/** Every index against its table. */
const checkIndexes = `SELECT bt_index_check(index => pg_index.indexrelid, heapallindexed => true)
  FROM pg_index JOIN pg_class ON pg_class.oid = pg_index.indexrelid
  JOIN pg_am ON pg_am.oid = pg_class.relam
  WHERE pg_am.amname = 'btree' AND pg_class.relnamespace = current_schema()::regnamespace AND pg_index.indisvalid`;

/**
 * Acts that write more than one row, each with the query that finds one of the rows without the
 * other.
 */
const halves: Readonly<Record<string, string>> = {
  'codes redeemed without a family': `SELECT digest FROM codes WHERE redeemed_at IS NOT NULL
    AND NOT EXISTS (SELECT 1 FROM families WHERE families.id = codes.family_id)`,
  'families without a redeemed code': `SELECT id FROM families
    WHERE NOT EXISTS (SELECT 1 FROM codes WHERE codes.family_id = families.id AND redeemed_at IS NOT NULL)`,
  'codes without a grant': `SELECT digest FROM codes
    WHERE NOT EXISTS (SELECT 1 FROM grants WHERE grants.id = codes.grant_id)`,
  'living families of an ended grant': `SELECT families.id FROM families
    JOIN grants ON grants.id = families.grant_id WHERE families.ended_at IS NULL AND grants.ended_at IS NOT NULL`,
};

/**
 * The incomplete acts. For a store in which all families began with a code, within the day for
 * which codes are kept.
 */
export async function findHalves(database: string): Promise<readonly string[]> {
  const found: string[] = [];
  for (const [name, sql] of Object.entries(halves)) {
    const rows = await queryRows(database, sql);
    if (rows.length > 0) found.push(`${rows.length} ${name}`);
  }
  return found;
}
