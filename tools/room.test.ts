import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Store } from '@keywright/core';
import { openStore } from '@keywright/store';
import { Client } from 'pg';
import { afterEach, describe, expect, it } from 'vitest';
import { prunedTables } from '../packages/store/src/acts/prune.ts';
import { isPostgresLeftOut } from '../packages/store/src/contract.ts';
import { startCluster } from '../packages/store/src/testing-parts/cluster.ts';
import { calculateRoom, readRoom } from './room.ts';
import { addAccount, addClient, addPeople, now, signIn } from './room-sample.ts';

type Sizes = Readonly<Record<string, { readonly rows: number; readonly bytes: number }>>;

interface Weighed {
  readonly store: Store;
  readonly clock: { nowSeconds: () => number; seconds: number };
  readonly weigh: () => Promise<Sizes>;
  readonly close: () => Promise<void>;
}

const peopleBefore = 200;
const people = 900;
/** The table is for planning: how full the pages of an index are goes up and down as it grows. */
const tolerance = 0.2;
const room = readRoom();

const hour = 3600;
const day = 24 * hour;
const visitorsADay = 30;
const days = 12;
/** By then as much ends each day as begins. */
const daysUntilFull = 3;
const pruneLimit = 10;

function makeClock(): Weighed['clock'] {
  const clock = { seconds: now, nowSeconds: () => clock.seconds };
  return clock;
}

async function openOnSqlite(): Promise<Weighed> {
  const folder = mkdtempSync(path.join(tmpdir(), 'keywright-room-'));
  const file = path.join(folder, 'store.db');
  const clock = makeClock();
  const store = await openStore({ database: file, clock });
  const weigh = async () => {
    const database = new DatabaseSync(file);
    const sizes = room.map(({ table }) => {
      const { rows } = database.prepare(`SELECT COUNT(*) AS rows FROM ${table}`).get() as { rows: number };
      // Every B-tree of the table: its own, and those of its indices.
      const size = database.prepare(`SELECT SUM(pgsize) AS bytes FROM dbstat
        WHERE aggregate = TRUE AND name IN (SELECT name FROM sqlite_schema WHERE tbl_name = ?)`);
      const { bytes } = size.get(table) as { bytes: number };
      return [table, { rows, bytes }] as const;
    });
    database.close();
    return Object.fromEntries(sizes);
  };
  const close = async () => {
    await store.close();
    rmSync(folder, { recursive: true });
  };
  return { store, clock, weigh, close };
}

/** A cluster of its own: a transaction of another test would keep VACUUM from what has ended since. */
async function openOnPostgres(): Promise<Weighed> {
  const cluster = await startCluster();
  const address = cluster.address();
  const clock = makeClock();
  const store = await openStore({ database: address, clock });
  const client = new Client({ connectionString: address });
  await client.connect();
  const weigh = async () => {
    const sizes = [];
    for (const { table } of room) {
      // As autovacuum does it: what the rotations left is room for the next ones.
      await client.query(`VACUUM ${table}`);
      const asked = await client.query(
        `SELECT COUNT(*)::int AS rows, pg_total_relation_size('${table}')::int AS bytes FROM ${table}`,
      );
      sizes.push([table, asked.rows[0] as { rows: number; bytes: number }] as const);
    }
    return Object.fromEntries(sizes);
  };
  const close = async () => {
    await client.end();
    await store.close();
    await cluster.remove();
  };
  return { store, clock, weigh, close };
}

const engines = [
  { engine: 'SQLite', open: openOnSqlite, isLeftOut: false, column: 'sqliteBytes', peopleAtOnce: 100 },
  {
    engine: 'PostgreSQL',
    open: openOnPostgres,
    isLeftOut: isPostgresLeftOut,
    column: 'postgresBytes',
    peopleAtOnce: 1,
  },
] as const;

describe.each(engines)(
  'the room that a store takes on $engine',
  ({ open, isLeftOut, column, peopleAtOnce }) => {
    let opened: Weighed | undefined;
    afterEach(() => opened?.close());

    it.skipIf(isLeftOut)(
      'is what docs/storage.md says, within a fifth, table by table',
      async () => {
        opened = await open();
        const { store, weigh } = opened;
        await addPeople(store, peopleBefore, peopleAtOnce);
        const former = await weigh();
        await addPeople(store, people, peopleAtOnce);
        const whole = await weigh();
        // What a table takes before its second row does not count.
        const bytes = Object.fromEntries(
          Object.entries(whole).map(([table, size]) => {
            const before = former[table] ?? { rows: 0, bytes: 0 };
            return [table, Math.round((size.bytes - before.bytes) / (size.rows - before.rows))];
          }),
        );
        const off = room.filter((each) => {
          const share = (bytes[each.table] ?? 0) / each[column];
          return !(share >= 1 - tolerance && share <= 1 + tolerance);
        });
        expect({ off: off.map(({ table }) => table), bytes }).toEqual({ off: [], bytes });
      },
      180_000,
    );

    it.skipIf(isLeftOut)(
      'does not grow with time: what has ended is deleted, and its room is used again',
      async () => {
        opened = await open();
        const { store, clock, weigh } = opened;
        await addClient(store, 'heatlens');
        const visitors = [];
        for (let added = 0; added < visitorsADay; added += 1)
          visitors.push(await addAccount(store, 'heatlens'));
        const sizes: Sizes[] = [];
        for (let past = 0; past < days; past += 1) {
          for (const visitor of visitors) await signIn(store, visitor, { at: clock.seconds, seconds: hour });
          clock.seconds += day;
          for (let deleted = 1; deleted > 0; ) {
            deleted = await store.prune(clock.seconds, pruneLimit);
            expect(deleted).toBeLessThanOrEqual(prunedTables.length * pruneLimit);
          }
          sizes.push(await weigh());
        }
        const [early, late] = [sizes[daysUntilFull] as Sizes, sizes.at(-1) as Sizes];
        const rowsOf = (all: Sizes) =>
          Object.fromEntries(Object.entries(all).map(([table, { rows }]) => [table, rows]));
        expect(rowsOf(late)).toEqual(rowsOf(early));
        // Of the day before: a code and a family are kept for a day after their end.
        expect(rowsOf(late)).toMatchObject({
          codes: visitorsADay,
          families: visitorsADay,
          sessions: 0,
          claims: 0,
        });
        const bytesOf = (all: Sizes) => Object.values(all).reduce((sum, { bytes }) => sum + bytes, 0);
        expect(bytesOf(late)).toBeLessThan(bytesOf(early) * (1 + tolerance));
      },
      180_000,
    );
  },
);

describe('the calculator', () => {
  it('knows every table that grows with people, and multiplies', () => {
    expect(room.map(({ table }) => table)).toEqual(expect.arrayContaining(['accounts', 'families', 'audit']));
    const accounts = room.find(({ table }) => table === 'accounts');
    const said = calculateRoom(['1000000', 'audit=0']);
    expect(said).toContain('accounts               1,000,000');
    expect(said).toContain(`${(accounts?.sqliteBytes ?? 0).toFixed(1)} MB`);
    expect(said).toMatch(/^audit +0 +0\.0 MB +0\.0 MB$/m);
  });

  it.each([[[]], [['many']], [['10', 'books=3']], [['10', 'audit=-1']]])('refuses %j', (args) => {
    expect(() => calculateRoom(args)).toThrow(/Say how many|is not one of/);
  });
});
