/**
 * One PostgreSQL server in a folder of its own. It fails like a machine: all its processes at once.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'pg';

export interface Member {
  /** The folder of its socket. */
  readonly socket: string;
  readonly data: string;
  readonly address: string;
  /** Ends the server like a crash, and waits for its end. */
  kill(): Promise<void>;
  /** Stops all its processes. Its connections stay open. */
  pause(): Promise<void>;
  resume(): Promise<void>;
  start(): Promise<void>;
  run(sql: string): Promise<readonly Readonly<Record<string, unknown>>[]>;
}

const settings = [
  'fsync=off',
  'full_page_writes=off',
  'listen_addresses=',
  'max_connections=200',
  'shared_buffers=64MB',
  'hot_standby=on',
  'wal_level=replica',
  // So that a checkpoint deletes nothing that the standby still needs.
  'wal_keep_size=256MB',
  'log_min_messages=fatal',
];

/** A standby that no longer answers is noticed within this time. */
const walTimeout = 'wal_receiver_timeout=2s';

interface Owner {
  readonly uid?: number;
  readonly gid?: number;
}

const owner = ownerOf();
const env = { PATH: process.env['PATH'] ?? '', LC_ALL: 'C.UTF-8' };

/** Runs a program of PostgreSQL as the user that owns the folders. Throws if it fails. */
export function execute(program: string, args: readonly string[]): void {
  const { status, stderr } = spawnSync(program, args, {
    ...owner,
    cwd: '/',
    encoding: 'utf8',
    env,
  });
  if (status !== 0) throw new Error(`${program} failed: ${stderr}`);
}

/** Makes the folders, without content. `programs` is the folder of PostgreSQL's programs. */
export function makeMember(programs: string, socket: string): Member {
  const data = join(socket, 'data');
  makeFolder(socket, 0o755);
  makeFolder(data, 0o700);
  const address = `postgres://keywright@localhost/postgres?host=${encodeURIComponent(socket)}`;
  const run = (sql: string) => query(address, sql);
  let server: ChildProcess | undefined;
  return {
    socket,
    data,
    address,
    run,
    start: async () => {
      server = spawnServer(join(programs, 'postgres'), data, socket);
      await waitUntil(() =>
        run('SELECT 1').then(
          () => true,
          () => false,
        ),
      );
    },
    pause: async () => signal(server, 'SIGSTOP'),
    resume: async () => signal(server, 'SIGCONT'),
    kill: async () => {
      if (server === undefined || server.exitCode !== null || server.signalCode !== null) return;
      const exited = once(server, 'exit');
      signal(server, 'SIGKILL');
      await exited;
      // The system may give its pid to another process. Then the next start would take the file for
      // that of a running server.
      rmSync(join(data, 'postmaster.pid'), { force: true });
    },
  };
}

function makeFolder(folder: string, mode: number): void {
  mkdirSync(folder, { mode });
  if (owner.uid !== undefined && owner.gid !== undefined) chownSync(folder, owner.uid, owner.gid);
}

function spawnServer(program: string, data: string, socket: string): ChildProcess {
  const options = [...settings, walTimeout, `unix_socket_directories=${socket}`];
  const args = ['-D', data, ...options.flatMap((option) => ['-c', option])];
  return spawn(program, args, { ...owner, cwd: '/', stdio: 'ignore', env });
}

async function query(address: string, sql: string) {
  const client = new Client({ connectionString: address, connectionTimeoutMillis: 5000 });
  client.on('error', () => {});
  await client.connect();
  try {
    return (await client.query<Readonly<Record<string, unknown>>>(sql)).rows;
  } finally {
    await client.end();
  }
}

function ownerOf(): Owner {
  if (process.getuid?.() !== 0) return {};
  const line = /^postgres:[^:]*:(\d+):(\d+):/m.exec(readFileSync('/etc/passwd', 'utf8'));
  return line === null
    ? { uid: 65_534, gid: 65_534 }
    : { uid: Number(line[1]), gid: Number(line[2]) };
}

/** Children first, because orphans would finish their work. */
function signal(server: ChildProcess | undefined, name: NodeJS.Signals): void {
  if (server?.pid !== undefined) signalChildren(server.pid, name);
  server?.kill(name);
}

function signalChildren(pid: number, name: NodeJS.Signals): void {
  const { stdout } = spawnSync('ps', ['-o', 'pid=', '--ppid', String(pid)], { encoding: 'utf8' });
  for (const child of stdout
    .split('\n')
    .map(Number)
    .filter((each) => each > 0)) {
    try {
      process.kill(child, name);
    } catch {
      // Gone already.
    }
  }
}

export async function waitUntil(condition: () => Promise<boolean>): Promise<void> {
  for (let waited = 0; waited < 60_000; waited += 50) {
    if (await condition()) return;
    await delay(50);
  }
  throw new Error('The replicated cluster did not get ready within a minute.');
}
