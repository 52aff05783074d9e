/**
 * PgBouncer in transaction mode in front of a cluster, if it is installed. Debian's version has no
 * prepared statements.
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdtempSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

export interface Pooler {
  readonly address: string;
  close(): Promise<void>;
}

const places = ['/usr/sbin/pgbouncer', '/usr/bin/pgbouncer', '/usr/local/bin/pgbouncer'];

export function findPooler(): string | undefined {
  return places.find((place) => existsSync(place));
}

/** Since 1.21, PgBouncer supports prepared statements in transaction mode. */
function followsPrepared(program: string): boolean {
  const [, major, minor] =
    /(\d+)\.(\d+)/.exec(spawnSync(program, ['--version'], { encoding: 'utf8' }).stdout) ?? [];
  return Number(major) > 1 || Number(minor) >= 21;
}

/** The file of the socket is there a moment before anything listens. */
function isListening(socket: string): Promise<boolean> {
  const connection = connect(socket);
  return new Promise<boolean>((resolve) => {
    connection.once('connect', () => resolve(true)).once('error', () => resolve(false));
  }).finally(() => connection.destroy());
}

export async function startPooler(databaseFolder: string): Promise<Pooler> {
  const program = findPooler() ?? '';
  const folder = mkdtempSync(join(tmpdir(), 'kw-pool-'));
  const owner = process.getuid?.() === 0 ? statSync(databaseFolder) : undefined;
  const prepare = followsPrepared(program);
  const settings = [
    '[databases]',
    `* = host=${databaseFolder}`,
    '[pgbouncer]',
    'listen_addr =',
    'listen_port = 5432',
    `unix_socket_dir = ${folder}`,
    'auth_type = any',
    'pool_mode = transaction',
    // Fewer than the store opens, so that connections are really shared.
    'default_pool_size = 4',
    ...(prepare ? ['max_prepared_statements = 200'] : []),
  ];
  // Without the user, `any` would log in as nobody.
  settings[1] += ' user=keywright dbname=postgres';
  writeFileSync(join(folder, 'pgbouncer.ini'), `${settings.join('\n')}\n`);
  chmodSync(folder, 0o755);
  if (owner !== undefined) chownSync(folder, owner.uid, owner.gid);
  const child = spawn(program, ['-q', join(folder, 'pgbouncer.ini')], {
    stdio: 'ignore',
    ...(owner !== undefined && { uid: owner.uid, gid: owner.gid }),
  });
  const socket = join(folder, '.s.PGSQL.5432');
  for (let waited = 0; !(await isListening(socket)); waited += 20) {
    if (waited > 10_000 || child.exitCode !== null) throw new Error('PgBouncer did not start.');
    await delay(20);
  }
  return {
    address: `postgres://keywright@localhost/postgres?host=${encodeURIComponent(folder)}${prepare ? '' : '&prepare=false'}`,
    close: async () => {
      const exited = once(child, 'exit');
      child.kill('SIGKILL');
      await exited;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
