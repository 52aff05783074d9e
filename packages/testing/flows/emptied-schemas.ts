/**
 * Schemas in the cluster of the test run, for platforms. When a platform is closed, its rows are
 * deleted and the tables stay for the next one, because making them takes much longer. No two
 * platforms have one at the same time.
 */
import type { Clock, Store } from '@keywright/core';
import { Client } from 'pg';
import { openPostgresStore } from '../../store/src/engine-postgres.ts';
import { makeSchema } from '../../store/src/testing-parts/shared-cluster.ts';

interface Emptied {
  readonly address: string;
  readonly empty: () => Promise<void>;
}

const free: Emptied[] = [];

async function makeEmpty(): Promise<Emptied> {
  const { address } = await makeSchema();
  const client = new Client({ connectionString: address });
  await client.connect();
  const tables = `SELECT tablename FROM pg_tables WHERE schemaname = current_schema() AND tablename <> 'migrations'`;
  return {
    address,
    empty: async () => {
      const { rows } = await client.query<{ readonly tablename: string }>(tables);
      await client.query(rows.map(({ tablename }) => `DELETE FROM ${tablename}`).join(';'));
    },
  };
}

export async function openOnEmptied(clock: Clock): Promise<Store> {
  const schema = free.pop() ?? (await makeEmpty());
  // A flow may request thousands of acts at once, on a machine that also runs other flows.
  const store = await openPostgresStore({ address: schema.address, clock, timeoutMs: 20_000 });
  return {
    ...store,
    close: async () => {
      await store.close();
      await schema.empty();
      free.push(schema);
    },
  };
}
