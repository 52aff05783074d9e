/** The same users sign in each day, and ended rows are deleted. Neither rows nor bytes grow. */
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Store } from '@keywright/core';
import { Client } from 'pg';
import { describe, expect, it, onTestFinished } from 'vitest';
import { prunedTables } from './acts/index.ts';
import { isPostgresLeftOut, makeFolder, now } from './testing-parts/contract.ts';
import { openStore } from './open-store.ts';
import {
  type Connection,
  connect,
  makeAgreement,
  makeCode,
  makeFamily,
  makeId,
  makeRotation,
  makeSession,
} from './testing-parts/samples.ts';
import { startCluster } from './testing-parts/cluster.ts';

type Sizes = Readonly<Record<string, { readonly rows: number; readonly bytes: number }>>;

interface Weighed {
  readonly store: Store;
  readonly weigh: () => Promise<Sizes>;
}

const hour = 3600;
const day = 24 * hour;
const visitorsADay = 30;
const days = 12;
/** After this time, as much ends each day as begins. */
const daysUntilFull = 3;
const pruneLimit = 10;
/** The fill level of index pages varies. */
const tolerance = 0.2;
const tables = [...prunedTables, 'accounts', 'status_entries'] as const;

const clock = { seconds: now, nowSeconds: () => clock.seconds };

async function openOnSqlite(): Promise<Weighed> {
  const folder = makeFolder();
  const file = join(folder.path, 'store.db');
  const store = await openStore({ database: file, clock });
  onTestFinished(async () => {
    await store.close();
    folder.remove();
  });
  const weigh = async () => {
    const database = new DatabaseSync(file);
    const sizes = tables.map((table) => {
      const { rows } = database.prepare(`SELECT COUNT(*) AS rows FROM ${table}`).get() as {
        rows: number;
      };
      // Every B-tree of the table: its own, and those of its indices.
      const size = database.prepare(`SELECT SUM(pgsize) AS bytes FROM dbstat
        WHERE aggregate = TRUE AND name IN (SELECT name FROM sqlite_schema WHERE tbl_name = ?)`);
      const { bytes } = size.get(table) as { bytes: number };
      return [table, { rows, bytes }] as const;
    });
    database.close();
    return Object.fromEntries(sizes);
  };
  return { store, weigh };
}

/**
 * A cluster of its own, because a transaction of another test would keep VACUUM from removing rows.
 */
async function openOnPostgres(): Promise<Weighed> {
  const cluster = await startCluster();
  const address = cluster.address();
  const store = await openStore({ database: address, clock });
  const client = new Client({ connectionString: address });
  await client.connect();
  onTestFinished(async () => {
    await client.end();
    await store.close();
    await cluster.remove();
  });
  const weigh = async () => {
    const sizes = [];
    for (const table of tables) {
      // As autovacuum does it: the next rotations use the freed space.
      await client.query(`VACUUM ${table}`);
      const asked = await client.query(
        `SELECT COUNT(*)::int AS rows, pg_total_relation_size('${table}')::int AS bytes FROM ${table}`,
      );
      sizes.push([table, asked.rows[0] as { rows: number; bytes: number }] as const);
    }
    return Object.fromEntries(sizes);
  };
  return { store, weigh };
}

/** Makes a new session, a redeemed code, a status index, and three rotations. */
async function signIn(store: Store, visitor: Connection): Promise<void> {
  const at = clock.seconds;
  const times = { authenticatedAt: at, expiresAt: at + hour };
  await store.sessions.start(makeSession(visitor.accountId, { ...times, lastSeenAt: at }));
  await store.throttles.take([{ key: makeId('network-'), intervalSeconds: 10, burst: 30 }], at);
  const code = makeCode(visitor, { ...times, expiresAt: at + 60 });
  const marker = { id: makeId('req_'), expiresAt: at + hour / 2 };
  await store.codes.issue({ code, agreement: makeAgreement(visitor), marker }, at);
  const family = makeFamily(visitor, {
    ...times,
    id: code.familyId,
    createdAt: at,
    absoluteExpiresAt: at + 365 * day,
  });
  await store.codes.redeem(code.digest, family, at);
  await store.statuses.assign(family.id);
  for (const from of [0, 1, 2])
    await store.families.rotate(
      makeRotation(family, from, { expiresAt: at + hour }),
      at + from + 1,
    );
}

async function pruneAll(store: Store): Promise<void> {
  for (let deleted = 1; deleted > 0; ) {
    deleted = await store.prune(clock.seconds, pruneLimit);
    expect(deleted).toBeLessThanOrEqual(prunedTables.length * pruneLimit);
  }
}

describe.each([
  { engine: 'SQLite', open: openOnSqlite, isLeftOut: false },
  { engine: 'PostgreSQL', open: openOnPostgres, isLeftOut: isPostgresLeftOut },
])('a store on $engine', ({ open, isLeftOut }) => {
  it.skipIf(isLeftOut)(
    'does not grow with time, because ended rows are deleted, and new rows use their space',
    async () => {
      clock.seconds = now;
      const { store, weigh } = await open();
      const visitors: Connection[] = [];
      for (let added = 0; added < visitorsADay; added += 1) visitors.push(await connect(store));
      const sizes: Sizes[] = [];
      for (let past = 0; past < days; past += 1) {
        for (const visitor of visitors) await signIn(store, visitor);
        clock.seconds += day;
        await pruneAll(store);
        sizes.push(await weigh());
      }
      const [early, late] = [sizes[daysUntilFull] as Sizes, sizes.at(-1) as Sizes];
      const rowsOf = (all: Sizes) =>
        Object.fromEntries(Object.entries(all).map(([table, { rows }]) => [table, rows]));
      expect(rowsOf(late)).toEqual(rowsOf(early));
      // From the day before: a code and a family are kept for a day after their end.
      const expected = { codes: visitorsADay, families: visitorsADay, sessions: 0, claims: 0 };
      expect(rowsOf(late)).toMatchObject(expected);
      const bytesOf = (all: Sizes) => Object.values(all).reduce((sum, { bytes }) => sum + bytes, 0);
      expect(bytesOf(late)).toBeLessThan(bytesOf(early) * (1 + tolerance));
    },
    180_000,
  );
});
