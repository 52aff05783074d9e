/** `kill -9` while a store with rows is migrated: the next start continues. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { isLong } from '../../jwt/src/testing-parts/series.ts';
import { performAct, type Row, type Statement, statement } from './act.ts';
import { isPostgresLeftOut, makeFolder, now } from './testing-parts/contract.ts';
import { createMigrationTable, migrate } from './migrate.ts';
import { onOneConnection } from './postgres-pool.ts';
import { migrations } from './migrations/index.ts';
import { openStore } from './open-store.ts';
import { performTransaction } from './postgres-transaction.ts';
import { SqliteConnection } from './sqlite-connection.ts';
import { makeSchema, run } from './testing-parts/shared-cluster.ts';

const families = 40_000;
const rounds = isLong ? 2 : 1;
const mostKills = 6;
const script = fileURLToPath(new URL('./testing-parts/migrating-process.ts', import.meta.url));

const fill = `INSERT INTO families (id, grant_id, account_id, client_id, scopes, audiences, authenticated_at, current_digest,
    created_at, expires_at, absolute_expires_at, ended_at, check_at)
  WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${families})
  SELECT 'fam_' || i, 'grt_' || i, 'usr_' || i, 'app', '[]', '[]', ${now}, 'digest', ${now}, ${now}, ${now},
    CASE WHEN i % 2 = 0 THEN ${now} END, ${now} FROM n`;

interface Old {
  readonly database: string;
  readonly ask: (sql: string) => Promise<readonly Row[]>;
  readonly remove: () => Promise<void>;
}

/** At schema 1: the second migration makes indices on existing tables. */
const old = migrations.slice(0, 1);

async function makeOnSqlite(): Promise<Old> {
  const folder = makeFolder();
  const database = join(folder.path, 'store.db');
  const ask = async (sql: string) => {
    const connection = SqliteConnection.openForWriting({ file: database, busyTimeoutMs: 5000 });
    const { rows } = connection.execute(statement(sql));
    connection.close();
    return rows;
  };
  const connection = SqliteConnection.openForWriting({ file: database, busyTimeoutMs: 0 });
  const execute = (each: Statement) => connection.execute(each);
  execute(statement(createMigrationTable));
  connection.transaction(() => performAct(migrate(now, old), execute));
  execute(statement(fill));
  connection.close();
  return { database, ask, remove: async () => folder.remove() };
}

async function makeOnPostgres(): Promise<Old> {
  const schema = await makeSchema();
  const ask = (sql: string) =>
    onOneConnection(schema.address, (pool) =>
      pool.use(performance.now() + 20_000, async (session) => {
        const [result] = await session.run([statement(sql)]);
        return result?.rows ?? [];
      }),
    );
  await onOneConnection(schema.address, (pool) =>
    pool.use(performance.now() + 20_000, async (session) => {
      await performTransaction(migrate(now, old), session, 'SERIALIZABLE');
      await session.run([statement(fill)]);
    }),
  );
  return { database: schema.address, ask, remove: schema.drop };
}

/** Answers whether the migration ended before the process could be killed. */
async function killWhileMigrating(database: string, afterMs: number): Promise<boolean> {
  const child = spawn(process.execPath, [script, database], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  let said = '';
  child.stdout.on('data', (data) => {
    said += String(data);
  });
  await once(child.stdout, 'data');
  await delay(afterMs);
  child.kill('SIGKILL');
  await exited;
  return said.includes('is up to date');
}

const invalid = `SELECT c.relname AS name FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
  WHERE c.relnamespace = current_schema()::regnamespace AND NOT i.indisvalid`;

const laterIndices = ['clients_by_disabling', 'families_by_ending', 'grants_living_by_client'];

describe.each([
  {
    engine: 'SQLite',
    make: makeOnSqlite,
    isLeftOut: false,
    indices: `SELECT name FROM sqlite_master WHERE type = 'index'`,
  },
  {
    engine: 'PostgreSQL',
    make: makeOnPostgres,
    isLeftOut: isPostgresLeftOut,
    indices: 'SELECT indexname AS name FROM pg_indexes WHERE schemaname = current_schema()',
  },
])('a store with rows on $engine', ({ engine, make, isLeftOut, indices }) => {
  let store: Old | undefined;
  afterEach(() => store?.remove());

  it.skipIf(isLeftOut)(
    'is up to date after the next start, at whatever moment the former ones were killed',
    async () => {
      for (let round = 0; round < rounds; round++) {
        store = await make();
        const delays: number[] = [];
        for (let isDone = false; !isDone && delays.length < mostKills; ) {
          delays.push(Math.round(Math.random() * 150));
          isDone = await killWhileMigrating(store.database, delays.at(-1) ?? 0);
        }
        await (await openStore({ database: store.database })).close();
        const killed = `killed after ${delays.join(', ')} ms`;
        const versions = await store.ask('SELECT version FROM migrations ORDER BY version');
        expect(
          versions.map((row) => row['version']),
          killed,
        ).toEqual(migrations.map((each) => each.version));
        expect(await store.ask('SELECT COUNT(*) AS rows FROM families'), killed).toEqual([
          { rows: families },
        ]);
        const there = (await store.ask(indices)).map((row) => row['name']);
        expect(there, killed).toEqual(expect.arrayContaining(laterIndices));
        expect(there, killed).not.toContain('grants_by_client');
        if (engine === 'PostgreSQL') expect(await store.ask(invalid), killed).toEqual([]);
        await store.remove();
        store = undefined;
      }
    },
    120_000,
  );
});

describe.skipIf(isPostgresLeftOut)('an invalid index of a failed attempt', () => {
  it('is dropped and made again by one of the starting nodes, while requests read and write rows', async () => {
    const store = await makeOnPostgres();
    await (await openStore({ database: store.database })).close();
    // The state after a killed CREATE INDEX CONCURRENTLY: another transaction delays it, and it is
    // cancelled.
    await store.ask('DROP INDEX families_by_ending');
    const holder = onOneConnection(store.database, (pool) =>
      pool.use(performance.now() + 20_000, async (session) => {
        await session.run([statement('BEGIN')]);
        await session.run([statement(`UPDATE families SET check_at = 0 WHERE id = 'fam_1'`)]);
        await delay(1000);
        await session.run([statement('COMMIT')]);
      }),
    );
    await delay(200);
    const limited = `${store.database}${encodeURIComponent(' -c statement_timeout=300')}`;
    const make =
      'CREATE INDEX CONCURRENTLY families_by_ending ON families (ended_at, id) WHERE ended_at IS NOT NULL';
    await expect(run(limited, make)).rejects.toThrow(/statement timeout/);
    await holder;
    expect(await store.ask(invalid)).toEqual([{ name: 'families_by_ending' }]);
    const nodes = await Promise.all(
      Array.from({ length: 3 }, () => openStore({ database: store.database })),
    );
    expect(await store.ask(invalid)).toEqual([]);
    expect(
      await store.ask(
        `SELECT indexname AS name FROM pg_indexes WHERE schemaname = current_schema() AND indexname = 'families_by_ending'`,
      ),
    ).toHaveLength(1);
    await Promise.all(nodes.map((node) => node.close()));
    await store.remove();
  });
});
