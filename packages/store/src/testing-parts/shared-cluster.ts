/**
 * One cluster for a whole test run. The first test file that needs it starts it, so that a run
 * without the store does not pay for it. It ends with the run. Vitest calls `setup` before all
 * files, and the returned function after them.
 */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Cluster, startCluster } from './cluster.ts';
import { absence, findPostgres } from './postgres-programs.ts';

const place = 'TESTS_CLUSTER';

export async function setup(): Promise<() => Promise<void>> {
  if (findPostgres() === undefined) process.stderr.write(`${absence}\n`);
  let cluster: Promise<Cluster> | undefined;
  const server = createServer((_, response) => {
    cluster ??= startCluster();
    cluster.then(
      (started) => response.end(started.address()),
      (error: Error) => response.writeHead(500).end(error.message),
    );
  });
  process.env[place] = await listen(server);
  return async () => {
    server.close();
    server.closeAllConnections();
    await (await cluster)?.remove();
  };
}

async function listen(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

let made = 0;

/** The address of a new, empty schema in the run's cluster. */
export async function makeSchema(): Promise<{
  readonly address: string;
  readonly drop: () => Promise<void>;
}> {
  const response = await fetch(process.env[place] ?? '');
  const address = await response.text();
  if (!response.ok) throw new Error(address);
  made += 1;
  const schema = `t_${process.pid}_${made}`;
  await run(address, `CREATE SCHEMA ${schema}`);
  return {
    address: `${address}&options=${encodeURIComponent(`-c search_path=${schema}`)}`,
    drop: () => run(address, `DROP SCHEMA ${schema} CASCADE`),
  };
}

export async function run(address: string, sql: string): Promise<void> {
  const { Client } = await import('pg');
  const client = new Client({ connectionString: address });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
