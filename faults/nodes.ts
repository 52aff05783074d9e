/**
 * Real processes of `keywright serve` on one database: several on one SQLite file, or on one schema
 * of PostgreSQL.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as wait } from 'node:timers/promises';
import { findFreePorts } from '../interop/ports.ts';
import { end, root } from '../interop/process.ts';
import { makeSchema } from '../packages/store/src/testing-parts/shared-cluster.ts';
import { configuration } from './cast.ts';
import type { Engine } from './engines.ts';
import { send } from './http.ts';

const launcher = path.join(root, 'packages/server/bin/keywright.cjs');
const env = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !/^(KEYWRIGHT|TESTS)_/.test(name)),
);
/** The same for all tests, so that a second set of nodes can open the database of the first. */
export const sealingKey = `${'k'.repeat(43)}=`;
const startSeconds = 45;
const lookEveryMilliseconds = 10;

export interface NodesOptions {
  readonly engine: Engine;
  readonly count: number;
  /** Members of the configuration that replace those of cast.ts. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** Instead of a new, empty one: an address or a file. It is not removed. */
  readonly database?: string;
  /** Further arguments of `serve`. */
  readonly flags?: readonly string[];
  /** Arguments of Node itself for each node. */
  readonly nodeFlags?: (index: number) => readonly string[];
  /** Additional environment variables of all nodes. */
  readonly environment?: Readonly<Record<string, string>>;
}

export interface KeywrightNode {
  /** `http://127.0.0.1:<port>`, without a slash at the end. */
  readonly address: string;
  readonly port: number;
  /** The file of its output, also over restarts. */
  readonly logFile: string;
  readonly child: ChildProcess;
  /** Sends the signal, and waits until the process has ended. */
  kill(signal: NodeJS.Signals): Promise<void>;
  /**
   * Starts it again, and waits until it is ready. Returns the milliseconds for this. `program` is
   * another version of the command line.
   */
  restart(program?: string): Promise<number>;
}

export interface CommandResult {
  readonly out: string;
  readonly err: string;
  readonly code: number | null;
}

export interface Nodes {
  /** The address of the first node, with `localhost` for its name. */
  readonly issuer: string;
  readonly nodes: readonly KeywrightNode[];
  readonly database: string;
  readonly configurationFile: string;
  /** The folder of configuration, sealing key, logs, and the SQLite file. */
  readonly folder: string;
  /** Runs `keywright <args>` on the same configuration. */
  command(args: readonly string[], stdin?: string): Promise<CommandResult>;
  /** Ends all nodes, by force if necessary, and removes folder and database. */
  stop(): Promise<void>;
}

export async function startNodes(options: NodesOptions): Promise<Nodes> {
  const { count, settings, flags = [], nodeFlags = () => [], environment = {} } = options;
  const folder = mkdtempSync(path.join(tmpdir(), 'keywright-faults-'));
  const { database, drop } = await prepareDatabase(options, folder);
  const ports = await findFreePorts(count);
  const issuer = `http://localhost:${ports[0]}`;
  const configurationFile = path.join(folder, 'keywright.json');
  writeFileSync(path.join(folder, 'sealing.key'), sealingKey, { mode: 0o600 });
  writeFileSync(
    configurationFile,
    JSON.stringify({ ...configuration, issuer, database, ...settings }, undefined, 2),
  );
  const nodes = ports.map((port, index) =>
    prepareNode(port, path.join(folder, `node-${index + 1}.log`), environment, nodeFlags(index), [
      'serve',
      '--config',
      configurationFile,
      '--port',
      String(port),
      ...flags,
    ]),
  );
  const stop = async (): Promise<void> => {
    await Promise.all(nodes.map((node) => node.kill('SIGTERM')));
    await drop();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    // One by one, because the first one makes tables, keys and accounts.
    for (const node of nodes) await node.restart();
  } catch (error) {
    await stop();
    throw error;
  }
  const command = (args: readonly string[], stdin?: string) => run(configurationFile, args, stdin);
  return { issuer, nodes, database, configurationFile, folder, command, stop };
}

async function prepareDatabase({ engine, database }: NodesOptions, folder: string) {
  if (database !== undefined) return { database, drop: async () => {} };
  if (engine === 'SQLite')
    return { database: path.join(folder, 'keywright.db'), drop: async () => {} };
  const schema = await makeSchema();
  return { database: schema.address, drop: schema.drop };
}

function prepareNode(
  port: number,
  logFile: string,
  environment: Readonly<Record<string, string>>,
  nodeFlags: readonly string[],
  args: readonly string[],
): KeywrightNode {
  const address = `http://127.0.0.1:${port}`;
  let child: ChildProcess | undefined;
  return {
    address,
    port,
    logFile,
    get child() {
      if (child === undefined) throw new Error('The node was not started.');
      return child;
    },
    kill: async (signal) => {
      if (child !== undefined) await end(child, signal);
    },
    restart: async (program = launcher) => {
      if (child !== undefined) await end(child, 'SIGKILL');
      const startedAt = performance.now();
      child = spawnServer([...nodeFlags, program, ...args], logFile, environment);
      await waitUntilReady(child, address, logFile);
      return performance.now() - startedAt;
    },
  };
}

function spawnServer(
  args: readonly string[],
  logFile: string,
  environment: Readonly<Record<string, string>>,
): ChildProcess {
  const log = openSync(logFile, 'a');
  const child = spawn(process.execPath, args, {
    stdio: ['ignore', log, log],
    env: { ...env, ...environment },
  });
  closeSync(log);
  return child;
}

async function waitUntilReady(
  child: ChildProcess,
  address: string,
  logFile: string,
): Promise<void> {
  const until = performance.now() + startSeconds * 1000;
  while (performance.now() < until) {
    if (child.exitCode !== null || child.signalCode !== null) break;
    const answer = await send(`${address}/health/ready`).catch(() => undefined);
    if (answer?.status === 200) return;
    await wait(lookEveryMilliseconds);
  }
  await end(child, 'SIGKILL');
  throw new Error(`keywright serve did not start:\n${readFileSync(logFile, 'utf8').slice(-4000)}`);
}

async function run(file: string, args: readonly string[], stdin = ''): Promise<CommandResult> {
  const child = spawn(process.execPath, [launcher, ...args, '--config', file], { env });
  child.stdin.end(stdin);
  const [out, err] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'exit'),
  ]);
  return { out, err, code: child.exitCode };
}
