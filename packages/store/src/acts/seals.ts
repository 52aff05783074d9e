/**
 * Values that are sealed with the sealing key, for the command that seals them again. They are read
 * in the order of the keys, and written only if they are still as they were read. So the command
 * can run beside servers, in any number of steps, and again.
 */
import type { ResealedRow, SealedPage, SealedPlace, SealedRow, SealStore } from '@keywright/core';
import { type Act, statement } from '../act.ts';
import { rowsOf } from '../columns.ts';
import { type Kept, locking, reading, single } from '../kept.ts';

export const seals: Kept<SealStore> = {
  tables: { seals: { keeps: 'there are a few for each sealing key that was replaced' } },
  verbs: {
    load: reading({ loadSeals }),
    add: single({ addSeal }),
    list: reading({ listSealed }),
    replace: locking({ replaceSealed }),
  },
  migrations: [
    {
      version: 9,
      name: 'seals',
      worksWith: 8,
      statements: [
        `CREATE TABLE seals (
      name TEXT NOT NULL PRIMARY KEY,
      value TEXT NOT NULL,
      created_at BIGINT NOT NULL
    )`,
      ],
    },
  ],
};

const sealedRows = rowsOf<SealedRow>('sealed', {
  key: 'plain',
  value: 'plain',
  about: 'plain',
  at: 'plain',
});

interface Column {
  readonly table: string;
  readonly key: string;
  readonly value: string;
  /** What its rows hold beside the sealed value. */
  readonly about?: string;
  readonly at?: string;
  readonly where: string;
}

const columns: Readonly<Record<SealedPlace, Column>> = {
  seals: { table: 'seals', key: 'name', value: 'value', where: 'TRUE' },
  clients: { table: 'clients', key: 'id', value: 'secrets', where: `secrets LIKE '%"sealed"%'` },
  families: {
    table: 'families',
    key: 'id',
    value: 'sealed_successor',
    about: 'previous_digest',
    at: 'rotated_at',
    where: 'sealed_successor IS NOT NULL',
  },
  pushed_requests: { table: 'pushed_requests', key: 'digest', value: 'body', where: 'TRUE' },
  deferred_requests: {
    table: 'deferred_requests',
    key: 'digest',
    value: 'body',
    where: `body LIKE '%"sealedPing"%'`,
  },
  deliveries: {
    table: 'deliveries',
    key: 'id',
    value: 'body',
    where: `kind IN ('ciba-ping', 'mail')`,
  },
  second_factors: {
    table: 'second_factors',
    key: 'account_id',
    value: 'sealed_secret',
    where: 'TRUE',
  },
  signing_keys: { table: 'signing_keys', key: 'kid', value: 'sealed_private_key', where: 'TRUE' },
};

function* loadSeals(): Act<ReadonlyMap<string, string>> {
  const { rows } = yield statement('SELECT name, value FROM seals ORDER BY name');
  return new Map(rows.map(({ name, value }) => [String(name), String(value)] as const));
}

/** The first value counts: an existing row is not changed. */
function* addSeal(name: string, value: string, now: number): Act<void> {
  yield statement(
    'INSERT INTO seals (name, value, created_at) VALUES ($1, $2, $3) ON CONFLICT (name) DO NOTHING',
    name,
    value,
    now,
  );
}

/**
 * Reads one page of the table, and answers the rows with a sealed value. So each page costs the
 * same.
 */
function* listSealed(place: SealedPlace, after: string, limit: number): Act<SealedPage> {
  const { table, key, value, about = 'NULL', at = 'NULL', where } = columns[place];
  const { rows } = yield statement(
    `SELECT ${key} AS key, CASE WHEN ${where} THEN ${value} END AS value, ${about} AS about, ${at} AS at
     FROM ${table} WHERE ${key} > $1 ORDER BY ${key} LIMIT $2`,
    after,
    limit,
  );
  const sealed = rows.filter(({ value: text }) => text !== null).map(sealedRows.read);
  return { rows: sealed, ...(rows.length === limit ? { next: String(rows.at(-1)?.key) } : {}) };
}

/** Replaces each row that is still as it was read, and answers how many there were. */
function* replaceSealed(place: SealedPlace, rows: readonly ResealedRow[]): Act<number> {
  const { table, key, value } = columns[place];
  let changed = 0;
  for (const { key: id, former, sealed } of rows) {
    const { changes } = yield statement(
      `UPDATE ${table} SET ${value} = $3 WHERE ${key} = $1 AND ${value} = $2`,
      id,
      former,
      sealed ?? null,
    );
    changed += changes;
  }
  return changed;
}
