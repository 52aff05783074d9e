/**
 * The real server in its own process: `keywright serve` with a configuration file, with its own
 * port and database.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { collectOutput, end, root, waitForAnswer } from './process.ts';

export interface ServerFolder {
  readonly issuer: string;
  /** The configuration, for commands. */
  readonly file: string;
  /** Starts the server on the folder's database, and waits until it answers. */
  start(): Promise<ChildProcess>;
  remove(): void;
}

/** The address of the server, if it is not plain http on this machine. */
export interface Way {
  readonly issuer: string;
  readonly fetch: typeof fetch;
}

/**
 * A folder with a configuration. The database is made at the first start, and stays over restarts.
 */
export function prepareServer(port: number, configuration: object, way?: Way): ServerFolder {
  const folder = mkdtempSync(path.join(tmpdir(), 'keywright-server-'));
  const file = path.join(folder, 'keywright.json');
  const issuer = way?.issuer ?? `http://localhost:${port}`;
  const common = {
    issuer,
    listen: { port },
    sealing_key_file: 'sealing.key',
    log: { level: 'warn' },
  };
  writeFileSync(file, JSON.stringify({ ...common, ...configuration }));
  return {
    issuer,
    file,
    start: () => startServer(file, { issuer, fetch: way?.fetch ?? fetch }),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/**
 * Starts the server on any configuration file, with variables of the environment beside those that
 * are there.
 */
export async function startServer(
  file: string,
  way: Way,
  environment: Readonly<Record<string, string>> = {},
): Promise<ChildProcess> {
  const command = path.join(root, 'packages/server/bin/keywright.cjs');
  const child = spawn(process.execPath, [command, 'serve', '--config', file], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...environment },
  });
  const output = collectOutput(child);
  try {
    await waitForAnswer(child, `${way.issuer}/health/ready`, way.fetch);
    return child;
  } catch (error) {
    await end(child, 'SIGKILL');
    throw new Error(`keywright serve did not start: ${String(error)}\n${output()}`, {
      cause: error,
    });
  }
}
