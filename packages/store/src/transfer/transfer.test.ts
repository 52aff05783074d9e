import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { buffer } from 'node:stream/consumers';
import { afterEach, describe, expect, it } from 'vitest';
import { sample } from '../../../jwt/src/testing-parts/series.ts';
import { statement } from '../act.ts';
import { now } from '../testing-parts/contract.ts';
import { migrations } from '../migrations/index.ts';
import { openStore } from '../open-store.ts';
import { makeKey, makeRotation, makeSession, startFamily } from '../testing-parts/samples.ts';
import { withSource } from './source.ts';
import { describeData, describeTables } from './tables.ts';
import {
  archiveOf,
  engines,
  fillEveryTable,
  keepInMemory,
  keys,
  load,
  makePlace,
  makeSource,
  pairs,
  type Place,
  readAll,
} from './testing-parts/places.ts';
import { backUpDatabase, exportDatabase } from './transfer.ts';
import { isLong } from '../../../jwt/src/testing-parts/series.ts';

const version = migrations.length;

const places: Place[] = [];
const make = async (engine: Parameters<typeof makePlace>[0]): Promise<string> => {
  const place = await makePlace(engine);
  places.push(place);
  return place.database;
};
afterEach(async () => {
  for (const place of places.splice(0)) await place.remove();
});

describe('an archive', () => {
  it.each(pairs)(
    'carries every column of every table from %s to %s, as it was',
    async (from, to) => {
      const [one, other] = [await make(from), await make(to)];
      await load(one, archiveOf(fillEveryTable(version)));
      const { output, taken } = keepInMemory();
      const counts = await backUpDatabase({ ...keys, database: one, output, now });
      const loaded = await load(other, taken());
      expect(loaded.counts).toEqual(counts);
      expect(Object.values(counts).every((count) => count === 9)).toBe(true);
      const carried = await readAll(other);
      expect(carried).toEqual(await readAll(one));
      expect(Object.keys(carried)).toEqual(describeData(version).map(({ name }) => name));
    },
  );

  it.each(pairs)(
    'moves a store from %s to %s, which continues in the same state',
    async (from, to) => {
      const [one, other] = [await make(from), await make(to)];
      const clock = { nowSeconds: () => now };
      const former = await openStore({ database: one, clock });
      const families = await Promise.all([
        startFamily(former),
        startFamily(former),
        startFamily(former),
      ]);
      const [living, spent, ended] = families;
      await former.families.rotate(makeRotation(spent, 0), now);
      await former.families.end(ended.id, now);
      await former.keys.addFirst([makeKey()]);
      const session = makeSession(living.accountId);
      await former.sessions.start(session);
      const { output, taken } = keepInMemory();
      await exportDatabase({ ...keys, database: one, output, now });
      await load(other, taken());

      const store = await openStore({ database: other, clock });
      const rotate = async (family: typeof living, from: number) =>
        (await store.families.rotate(makeRotation(family, from), now)).outcome;
      expect(await rotate(living, 0)).toBe('rotated');
      expect(await rotate(spent, 0)).toBe('replayed');
      expect(await rotate(spent, 1)).toBe('rotated');
      expect(await rotate(ended, 0)).toBe('ended');
      expect((await store.sessions.load(session.digest, 1000, now))?.session).toEqual(session);
      expect(await store.keys.list()).toEqual(await former.keys.list());
      await Promise.all([store.close(), former.close()]);
    },
  );

  it.each(engines)(
    'of any older schema is loaded on %s, and brought up to date when it is opened',
    async (engine) => {
      const olderOnes = Array.from({ length: version - 1 }, (_, at) => at + 1);
      for (const older of sample(olderOnes, 3)) {
        const database = await make(engine);
        // The present version was used before, and has left empty tables.
        if (older === 3) await (await openStore({ database })).close();
        await load(database, archiveOf(fillEveryTable(older)));
        expect(await withSource(database, async (source) => source.version)).toBe(older);
        await (await openStore({ database })).close();
        expect(await withSource(database, async (source) => source.version)).toBe(version);
        const rows = await readAll(database);
        for (const { name } of describeData(older)) expect(rows[name], name).toHaveLength(9);
      }
    },
    60_000,
  );

  it.each(engines)('creates on %s every index that the migrations make', async (engine) => {
    const [loaded, opened] = [await make(engine), await make(engine)];
    await load(loaded, archiveOf(fillEveryTable(version)));
    await (await openStore({ database: opened })).close();
    expect(await listIndexes(loaded, engine)).toEqual(await listIndexes(opened, engine));
  });

  it.each(engines)('is not loaded on %s into a database with content', async (engine) => {
    const database = await make(engine);
    const store = await openStore({ database });
    const family = await startFamily(store);
    await expect(load(database, archiveOf(fillEveryTable(version)))).rejects.toThrow(
      /contains data already/,
    );
    expect(await store.families.load(family.id)).toEqual(family);
    await store.close();
  });

  it('is loaded into a file in which an earlier load was killed', async () => {
    const database = await make('SQLite');
    const spill =
      'PRAGMA journal_mode = DELETE; PRAGMA cache_size = 5; BEGIN EXCLUSIVE; CREATE TABLE half (text TEXT)';
    const killed = spawnSync(process.execPath, [
      '-e',
      `const half = new (require('node:sqlite').DatabaseSync)(process.argv[1]);
       half.exec(process.argv[2]);
       for (let row = 0; row < 200; row += 1) half.prepare('INSERT INTO half VALUES (?)').run('x'.repeat(1000));
       process.kill(process.pid, 'SIGKILL');`,
      database,
      spill,
    ]);
    expect(killed.signal).toBe('SIGKILL');
    expect(existsSync(`${database}-journal`)).toBe(true);
    await load(database, archiveOf(fillEveryTable(version)));
    expect((await listIndexes(database, 'SQLite')).join()).not.toContain('half');
  });

  it.each(engines)(
    'leaves %s as empty as it was when the signing keys do not fit',
    async (engine) => {
      const database = await make(engine);
      await (await openStore({ database })).close();
      const { loadArchive } = await import('./transfer.ts');
      const refusing = loadArchive({
        ...keys,
        assertKeysFit: (sealed) => {
          throw new Error(`${sealed.length} do not fit`);
        },
        database,
        input: archiveOf(fillEveryTable(version)),
      });
      await expect(refusing).rejects.toThrow('9 do not fit');
      expect(Object.values(await readAll(database)).flat()).toEqual([]);
    },
  );
});

describe('a backup', () => {
  it.each(engines)('on %s is of one moment, whatever is written during it', async (engine) => {
    const database = await make(engine);
    const store = await openStore({ database, clock: { nowSeconds: () => now } });
    const family = await startFamily(store);
    const before = await readAll(database);
    const { output, taken } = keepInMemory();
    const later = {
      ...output,
      keep: async (archive: Parameters<typeof output.keep>[0]) => {
        await startFamily(store);
        await store.families.rotate(makeRotation(family, 0), now);
        await output.keep(archive);
      },
    };
    await backUpDatabase({ ...keys, database, output: later, now });
    await store.close();
    const other = await make('SQLite');
    await load(other, taken());
    expect(await readAll(other)).toEqual(before);
  });

  it.each(engines)('of an empty database on %s is refused with one sentence', async (engine) => {
    const database = await make(engine);
    const copying = backUpDatabase({ ...keys, database, output: keepInMemory().output, now });
    await expect(copying).rejects.toThrow(/^(There is no database .*|The database is empty)\.$/);
  });

  it.runIf(isLong)(
    'has only a few batches of rows in memory, for a table of any size',
    async () => {
      const rows = 60_000;
      let [made, taken, furthest] = [0, 0, 0];
      const source = makeSource(version, function* (table) {
        if (table.name !== 'claims') return;
        while (made < rows) {
          const batch = Array.from({ length: 500 }, () => [
            `${made++}${crypto.randomUUID()}`,
            made,
          ]);
          furthest = Math.max(furthest, made - taken);
          yield batch;
        }
      });
      const { openArchive } = await import('./read-archive.ts');
      const { mac } = keys;
      const { parts, counts } = await openArchive(archiveOf(source), (data) => [mac(data)]);
      for await (const part of parts) {
        taken += part.rows.length;
        // A consumer that is slower than the source.
        await new Promise((resolve) => setImmediate(resolve));
      }
      expect(counts['claims']).toBe(rows);
      expect(furthest).toBeLessThan(rows / 3);
    },
  );
});

describe('the tables of an archive', () => {
  it('each have a primary key, which gives their rows an order', () => {
    expect(describeTables(version).filter(({ key }) => key.length === 0)).toEqual([]);
  });

  it('are all tables except leases and migrations', () => {
    const data = new Set(describeData(version).map(({ name }) => name));
    const others = describeTables(version).filter(({ name }) => !data.has(name));
    expect(others.map(({ name }) => name)).toEqual(['leases', 'migrations']);
  });

  it.each(engines)('are the tables of %s, with the same columns', async (engine) => {
    const database = await make(engine);
    await (await openStore({ database })).close();
    const described = describeTables(version).flatMap(({ name, columns }) =>
      columns.map((column) => `${name}.${column.name}`),
    );
    const columns = await listColumns(database, engine);
    expect(columns).toHaveLength(described.length);
    expect(new Set(columns)).toEqual(new Set(described));
  });

  it('give the same archive each time, except for its id', async () => {
    const lines = async () => {
      const { zstdDecompressSync } = await import('node:zlib');
      const archive = await buffer(archiveOf(fillEveryTable(version)));
      return zstdDecompressSync(archive).toString().split('\n').slice(1, -2);
    };
    expect(await lines()).toEqual(await lines());
  });
});

async function listIndexes(database: string, engine: string): Promise<readonly unknown[]> {
  const sql =
    engine === 'SQLite'
      ? `SELECT name FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL ORDER BY name`
      : `SELECT indexname AS name FROM pg_indexes WHERE schemaname = current_schema() ORDER BY 1`;
  return read(database, sql);
}

async function listColumns(database: string, engine: string): Promise<readonly unknown[]> {
  const sql =
    engine === 'SQLite'
      ? `SELECT t.name || '.' || c.name AS name FROM sqlite_schema t, pragma_table_info(t.name) c WHERE t.type = 'table'`
      : `SELECT table_name || '.' || column_name AS name FROM information_schema.columns WHERE table_schema = current_schema()`;
  return read(database, sql);
}

function read(database: string, sql: string): Promise<readonly unknown[]> {
  return withSource(database, (source) =>
    source.read(
      (function* () {
        const { rows } = yield statement(sql);
        return rows.map(({ name }) => name);
      })(),
    ),
  );
}
