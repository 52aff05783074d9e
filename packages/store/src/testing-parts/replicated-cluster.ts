/**
 * Two temporary PostgreSQL clusters: a primary, and a hot standby that follows it and can be
 * promoted. They are made with PostgreSQL's own programs (pg_basebackup, pg_promote). Each listens
 * on a socket in a folder of its own.
 */
import { appendFileSync, chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execute, makeMember, type Member, waitUntil } from './cluster-member.ts';
import { absence, findPostgres } from './postgres-programs.ts';

export interface ReplicatedCluster {
  readonly primary: Member;
  readonly standby: Member;
  /** Both, the primary first. */
  readonly address: string;
  /** Makes the standby the primary, and resolves when it accepts writes. */
  promote(): Promise<void>;
  /**
   * Sends nothing more to the standby, like a network that is too slow, until the primary is
   * killed.
   */
  holdReplication(): Promise<void>;
  remove(): Promise<void>;
}

const initialize = '-U keywright --auth=trust --no-sync --encoding=UTF8 --locale=C.UTF-8'.split(
  ' ',
);
const copy = '-U keywright -R -X stream --no-sync -c fast'.split(' ');

/** `synchronous`: no write is acknowledged before it is on the standby's disk. */
export async function startReplicatedCluster(synchronous: boolean): Promise<ReplicatedCluster> {
  const programs = findPostgres();
  if (programs === undefined) throw new Error(absence);
  const folder = mkdtempSync(join(tmpdir(), 'kw-ha-'));
  chmodSync(folder, 0o755);
  const [primary, standby] = [
    makeMember(programs, join(folder, 'a')),
    makeMember(programs, join(folder, 'b')),
  ];
  execute(join(programs, 'initdb'), ['-D', primary.data, ...initialize]);
  await primary.start();
  execute(join(programs, 'pg_basebackup'), ['-h', primary.socket, '-D', standby.data, ...copy]);
  follow(standby.data, primary.socket);
  await standby.start();
  await waitUntil(
    async () => (await primary.run('SELECT 1 FROM pg_stat_replication')).length === 1,
  );
  if (synchronous) await waitForStandby(primary);
  const hosts = encodeURIComponent(`${primary.socket},${standby.socket}`);
  return {
    primary,
    standby,
    address: `postgres://keywright@localhost/postgres?host=${hosts}`,
    promote: async () => {
      await standby.run('SELECT pg_promote(true, 30)');
    },
    holdReplication: async () => {
      const [row] = await primary.run('SELECT pid FROM pg_stat_replication');
      process.kill(row?.['pid'] as number, 'SIGSTOP');
    },
    remove: async () => {
      await Promise.all([primary.kill(), standby.kill()]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** From then on each write waits for the standby. */
async function waitForStandby(primary: Member): Promise<void> {
  await primary.run(`ALTER SYSTEM SET synchronous_standby_names = 'FIRST 1 (standby)'`);
  await primary.run('SELECT pg_reload_conf()');
  await waitUntil(async () => {
    const [row] = await primary.run('SELECT sync_state FROM pg_stat_replication');
    return row?.['sync_state'] === 'sync';
  });
}

/** The name under which the primary knows it. */
function follow(data: string, primarySocket: string): void {
  appendFileSync(
    join(data, 'postgresql.auto.conf'),
    `primary_conninfo = 'user=keywright host=${primarySocket} application_name=standby'\n`,
  );
}
