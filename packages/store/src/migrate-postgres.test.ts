/**
 * Migrations on PostgreSQL beside other users of the database. On a cluster of its own, because a
 * role is changed.
 */
import { Client } from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { statement } from './act.ts';
import { isPostgresLeftOut, now } from './testing-parts/contract.ts';
import { openPostgresStore } from './engine-postgres.ts';
import { migrate } from './migrate.ts';
import { onOneConnection } from './postgres-pool.ts';
import { planMigrations } from './migration-plan.ts';
import { migrations } from './migrations/index.ts';
import { performTransaction } from './postgres-transaction.ts';
import { makeRotation, startFamily } from './testing-parts/samples.ts';
import { type Cluster, startCluster } from './testing-parts/cluster.ts';
import { findPooler, startPooler } from './testing-parts/pooler.ts';
import { run } from './testing-parts/shared-cluster.ts';

const rows = 1000;
const clock = { nowSeconds: () => now };

const fill = `INSERT INTO families (id, grant_id, account_id, client_id, scopes, audiences, authenticated_at, created_at, expires_at,
    absolute_expires_at, check_at)
  SELECT 'fam_' || i, 'grt', 'usr', 'app', '[]', '[]', 0, 0, 0, 0, 0 FROM generate_series(1, ${rows}) AS s(i)`;

/** At schema 1: the second migration makes indices on existing tables. */
const makeOld = (address: string) =>
  onOneConnection(address, (pool) =>
    pool.use(performance.now() + 20_000, async (session) => {
      await performTransaction(migrate(now, migrations.slice(0, 1)), session, 'SERIALIZABLE');
      await session.run([statement(fill)]);
    }),
  );

/** Uses all connections of the pooler at once, so that all are checked. */
async function listTimeouts(address: string, connections: number): Promise<readonly unknown[]> {
  const clients = await Promise.all(
    Array.from({ length: connections }, async () => {
      const client = new Client({ connectionString: address });
      await client.connect();
      await client.query('BEGIN');
      return client;
    }),
  );
  const shown = await Promise.all(clients.map((client) => client.query('SHOW statement_timeout')));
  await Promise.all(clients.map((client) => client.end()));
  return shown.map(
    (result) => (result.rows[0] as { statement_timeout: unknown }).statement_timeout,
  );
}

describe.skipIf(isPostgresLeftOut)('a migration of PostgreSQL', () => {
  let cluster: Cluster;
  beforeEach(async () => {
    cluster = await startCluster();
    await makeOld(cluster.address());
  });
  afterEach(() => cluster.remove());

  it('is planned with the statements that will run: indices on tables with rows beside the requests', async () => {
    const { missing, schema } = await planMigrations(cluster.address());
    const steps = missing.flatMap((migration) => migration.steps);
    const onFamilies = steps.find(
      ({ does }) => does === 'makes the index families_by_ending of families',
    );
    expect(onFamilies).toEqual({
      does: 'makes the index families_by_ending of families',
      statement:
        'CREATE INDEX CONCURRENTLY families_by_ending ON families (ended_at, id) WHERE ended_at IS NOT NULL',
      meanwhile: 'reads and writes continue',
      rows,
      seconds: 1,
    });
    const onClients = steps.find(
      ({ does }) => does === 'makes the index clients_by_disabling of clients',
    );
    expect(onClients?.meanwhile).toBe('nobody waits');
    expect(schema).toBe(1);
    expect((await planMigrations(cluster.address())).schema).toBe(1);
  });

  it('does not wait long for a table that is in use, and does not delay other users of the table', async () => {
    const holder = new Client({ connectionString: cluster.address() });
    await holder.connect();
    await holder.query('BEGIN; UPDATE clients SET name = name; SELECT COUNT(*) FROM families');
    const opening = openPostgresStore({ address: cluster.address(), clock, timeoutMs: 20_000 });
    const began = performance.now();
    // The table is locked until all of these were answered. A request that waited for the migration
    // would wait for ever.
    while (performance.now() - began < 3000)
      await run(cluster.address(), 'SELECT COUNT(*) FROM families');
    await holder.query('COMMIT');
    await holder.end();
    await (await opening).close();
    expect((await planMigrations(cluster.address())).missing).toEqual([]);
  });

  it('is left to the owner of the tables: a server with `migrate: command` changes none, and needs no permission to', async () => {
    const address = cluster.address();
    await (await openPostgresStore({ address, clock })).close();
    await run(
      address,
      `CREATE ROLE served LOGIN; GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO served`,
    );
    const served = address.replace('keywright@', 'served@');
    const store = await openPostgresStore({ address: served, clock, migrate: 'command' });
    const family = await startFamily(store);
    expect((await store.families.rotate(makeRotation(family, 0), now)).outcome).toBe('rotated');
    await store.prune(now, 10);
    await store.close();
  });

  it.skipIf(findPooler() === undefined)(
    'leaves the limits of the role to the connections of a pooler',
    async () => {
      await run(cluster.address(), `ALTER ROLE keywright SET statement_timeout = '3s'`);
      const pooler = await startPooler(cluster.socket);
      const store = await openPostgresStore({ address: pooler.address, clock, timeoutMs: 3000 });
      await store.close();
      expect((await planMigrations(pooler.address)).missing).toEqual([]);
      const timeouts = await listTimeouts(pooler.address, 4);
      for (const timeout of timeouts) expect(['3s', '4s']).toContain(timeout);
      await pooler.close();
    },
  );
});
