/**
 * Loaded before the flows when they are run on PostgreSQL, in the cluster of the test run. A platform gets a schema that no
 * other one uses; when it is closed the rows go and the tables stay, for the next one: to make them takes far longer.
 */
import { Client } from 'pg';
import { openPostgresStore } from '../../store/src/engine-postgres.ts';
import { makeSchema } from '../../store/src/testing-parts/shared-cluster.ts';
import { openPlatformsOn } from '../src/index.ts';

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

openPlatformsOn(async (clock) => {
  const schema = free.pop() ?? (await makeEmpty());
  // A flow that asks for thousands of acts at once does so on a machine that is busy with other flows.
  const store = await openPostgresStore({ address: schema.address, clock, timeoutMs: 20_000 });
  return {
    ...store,
    close: async () => {
      await store.close();
      await schema.empty();
      free.push(schema);
    },
  };
});
