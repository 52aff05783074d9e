/**
 * A PostgreSQL for one scenario, which keeps what it acknowledges (fsync, synchronous_commit). It
 * runs on the load generator's core: so the server under test has its own core for itself, as a
 * node has beside its database in production.
 */
import { spawnSync } from 'node:child_process';
import { chmodSync } from 'node:fs';
import { startCluster } from '../../packages/store/src/testing-parts/cluster.ts';
import { loadCore, pinned, stopAtEnd } from './process.ts';

export interface Database {
  readonly address: string;
  /** Of the server; its connections are children of it. */
  readonly pid: number;
  stop(): Promise<void>;
}

/** What an operator would set on a machine of this size. */
const settings = {
  fsync: 'on',
  full_page_writes: 'on',
  shared_buffers: '1GB',
  effective_cache_size: '12GB',
  max_wal_size: '4GB',
  checkpoint_timeout: '15min',
  wal_buffers: '16MB',
};

/** `parent` is a folder of the bench's own. */
export async function startDatabase(parent: string): Promise<Database> {
  // PostgreSQL runs as another user, who has to get through.
  chmodSync(parent, 0o711);
  const cluster = await startCluster({ settings, parent });
  const pid = cluster.pid();
  const forget = stopAtEnd(pid);
  // What it starts from now on inherits the core.
  if (pinned) spawnSync('taskset', ['-acp', String(loadCore), String(pid)], { stdio: 'ignore' });
  return {
    address: cluster.address(),
    pid,
    stop: async () => {
      forget();
      await cluster.remove();
    },
  };
}
