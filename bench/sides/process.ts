/** Starting a process on one core, and ending it. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { availableParallelism } from 'node:os';
import path from 'node:path';

export const benchFolder = path.resolve(import.meta.dirname, '..');
export const rootFolder = path.resolve(benchFolder, '..');

/**
 * The server has a core for itself, the load generator another: else they take turns, and what is
 * measured is the scheduler.
 */
export const serverCore = 0;
export const loadCore = 1;

export const pinned =
  availableParallelism() > 1 &&
  spawnSync('taskset', ['--version'], { stdio: 'ignore' }).status === 0;

export interface Command {
  readonly core: number;
  readonly args: readonly string[];
  /** Arguments for Node itself. */
  readonly nodeArgs?: readonly string[];
  /** Written to standard input. */
  readonly input?: unknown;
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Starts the Node that runs this, with these arguments. Its standard error is ours. */
export function start({ core, args, nodeArgs = [], input, cwd, env }: Command): ChildProcess {
  const command = [process.execPath, ...nodeArgs, ...args];
  const [file = '', ...rest] = pinned ? ['taskset', '-c', String(core), ...command] : command;
  const child = spawn(file, rest, {
    stdio: ['pipe', 'pipe', 'inherit'],
    cwd: cwd ?? rootFolder,
    env: { ...process.env, NODE_ENV: 'production', ...env },
  });
  children.add(child);
  child.once('exit', () => children.delete(child));
  child.stdin?.end(input === undefined ? '' : JSON.stringify(input));
  return child;
}

const children = new Set<ChildProcess>();
const others = new Set<number>();

/** A process that somebody else started ends with the bench, too. Answers how to forget it. */
export function stopAtEnd(pid: number): () => void {
  others.add(pid);
  return () => void others.delete(pid);
}

/** Nothing that was started here outlives the bench. */
export function killAll(): void {
  for (const child of children) child.kill('SIGKILL');
  // SIGQUIT: PostgreSQL ends at once, with its children.
  for (const pid of others) process.kill(pid, 'SIGQUIT');
}

/** Ends it kindly, and after three seconds not. */
export async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  const force = setTimeout(() => child.kill('SIGKILL'), 3000);
  await ended;
  clearTimeout(force);
}

/** The port in the line `listening <port>`. Rejects when the process ends before. */
export function listeningPort(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    let text = '';
    child.stdout?.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      const port = /^listening (\d+)$/m.exec(text)?.[1];
      if (port !== undefined) resolve(Number(port));
    });
    child.once('exit', (code) =>
      reject(new Error(`a server ended with ${code} before it listened: ${text}`)),
    );
  });
}

/** A port that is free now: for those who must know their address before they listen. */
export async function findPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
