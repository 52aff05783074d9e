/**
 * A temporary PostgreSQL cluster in a temporary folder. It listens only on a socket in that folder.
 * It runs as an unprivileged user, because PostgreSQL refuses to run as root.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { absence, findPostgres } from './postgres-programs.ts';

export interface Cluster {
  /** The folder of the socket. */
  readonly socket: string;
  /**
   * The address of a new, empty database. It is a schema, which costs less and serves the same
   * purpose.
   */
  address(schema?: string): string;
  /** The pid of the server process. */
  readonly pid: () => number;
  /** Ends the server like a crash, and waits for its end. */
  kill(): Promise<void>;
  start(): Promise<void>;
  /** Ends the server and leaves nothing behind. */
  remove(): Promise<void>;
}

/** Without fsync, because these tests end processes and not machines. */
const settings = {
  fsync: 'off',
  full_page_writes: 'off',
  synchronous_commit: 'on',
  listen_addresses: '',
  max_connections: '200',
  shared_buffers: '64MB',
  max_wal_size: '256MB',
  autovacuum_naptime: '10',
  logging_collector: 'off',
  log_min_messages: 'fatal',
  lc_messages: 'C',
};

interface Owner {
  readonly uid?: number;
  readonly gid?: number;
}

/** Changes for more than tests: a benchmark needs a disk that keeps its data. */
export interface ClusterChanges {
  readonly settings?: Readonly<Record<string, string>>;
  /** Replaces the folder for temporary files, which may be in memory. */
  readonly parent?: string;
}

/** Throws one sentence if PostgreSQL is not installed. */
export async function startCluster(changes: ClusterChanges = {}): Promise<Cluster> {
  const programs = findPostgres();
  if (programs === undefined) throw new Error(absence);
  const owner = findOwner();
  const folder = makeFolder(owner, changes.parent ?? tmpdir());
  const data = join(folder, 'data');
  initialize(join(programs, 'initdb'), data, owner);
  let server: ChildProcess | undefined;
  const start = async () => {
    server = spawnServer(
      join(programs, 'postgres'),
      data,
      { ...settings, ...changes.settings },
      folder,
      owner,
    );
    await waitUntilReady(server, folder);
  };
  const end = async (signal: NodeJS.Signals) => {
    if (server === undefined || server.exitCode !== null || server.signalCode !== null) return;
    const exited = once(server, 'exit');
    server.kill(signal);
    await exited;
  };
  await start();
  return {
    socket: folder,
    address: (schema) => {
      const options =
        schema === undefined ? '' : `&options=${encodeURIComponent(`-c search_path=${schema}`)}`;
      return `postgres://keywright@localhost/postgres?host=${encodeURIComponent(folder)}${options}`;
    },
    pid: () => server?.pid ?? 0,
    kill: () => end('SIGKILL'),
    start,
    remove: async () => {
      // SIGQUIT ends it at once, without a checkpoint.
      await end('SIGQUIT');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function findOwner(): Owner {
  if (process.getuid?.() !== 0) return {};
  const line = /^postgres:[^:]*:(\d+):(\d+):/m.exec(readFileSync('/etc/passwd', 'utf8'));
  return line === null
    ? { uid: 65_534, gid: 65_534 }
    : { uid: Number(line[1]), gid: Number(line[2]) };
}

function makeFolder({ uid, gid }: Owner, parent: string): string {
  const folder = mkdtempSync(join(parent, 'kw-pg-'));
  mkdirSync(join(folder, 'data'), { mode: 0o700 });
  chmodSync(folder, 0o755);
  if (uid === undefined || gid === undefined) return folder;
  for (const each of [folder, join(folder, 'data')]) chownSync(each, uid, gid);
  return folder;
}

function initialize(program: string, data: string, owner: Owner): void {
  const args = ['-D', data, '-U', 'keywright', '--auth=trust', '--no-sync', '--no-instructions'];
  // A locale of its own, so that an order by the database's locale is noticed.
  const { status, stderr } = spawnSync(program, [...args, '--encoding=UTF8', '--locale=C.UTF-8'], {
    ...owner,
    cwd: '/',
    encoding: 'utf8',
    env: { PATH: process.env['PATH'] ?? '', LC_ALL: 'C.UTF-8' },
  });
  if (status !== 0) throw new Error(`initdb failed: ${stderr}`);
}

function spawnServer(
  program: string,
  data: string,
  chosen: Readonly<Record<string, string>>,
  socket: string,
  owner: Owner,
): ChildProcess {
  const options = Object.entries({ ...chosen, unix_socket_directories: socket }).flatMap(
    ([name, value]) => ['-c', `${name}=${value}`],
  );
  return spawn(program, ['-D', data, ...options], {
    ...owner,
    cwd: '/',
    stdio: 'ignore',
    env: { PATH: process.env['PATH'] ?? '', LC_ALL: 'C.UTF-8' },
  });
}

/** The eighth line of the server's own file is `ready` when it accepts connections. */
async function waitUntilReady(server: ChildProcess, folder: string): Promise<void> {
  for (let waited = 0; waited < 30_000; waited += 20) {
    if (server.exitCode !== null)
      throw new Error(`PostgreSQL ended with ${server.exitCode} as it started.`);
    if (readState(folder, server.pid) === 'ready') return;
    await delay(20);
  }
  throw new Error('PostgreSQL did not start within 30 seconds.');
}

function readState(folder: string, pid: number | undefined): string | undefined {
  try {
    const lines = readFileSync(join(folder, 'data', 'postmaster.pid'), 'utf8').split('\n');
    return lines[0] === String(pid) ? lines[7]?.trim() : undefined;
  } catch {
    return undefined;
  }
}
