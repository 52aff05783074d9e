/**
 * The whole demonstration, started as `npm start` does it, in its own folder and on its own ports.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { findFreePorts } from './ports.ts';
import { collectOutput, end, root, waitFor, waitForAnswer } from './process.ts';

export interface DemoAccount {
  readonly email: string;
  readonly password: string;
}

export interface DemoClient {
  readonly client_id: string;
  readonly client_secret?: string;
  readonly kind: 'web' | 'browser' | 'native' | 'service';
  readonly trust: 'first-party' | 'third-party' | 'unverified';
  readonly redirect_uris: readonly string[];
  readonly grant_types: readonly string[];
  readonly scope: string;
}

/** `demo.json`, which the launcher writes for scripts. */
export interface Demo {
  readonly issuer: string;
  readonly api: string;
  readonly audience: string;
  readonly app: string;
  /** Captured mails, as JSON. */
  readonly mail: string;
  readonly accounts: readonly DemoAccount[];
  readonly clients: readonly DemoClient[];
  readonly resources: {
    readonly allowed: readonly string[];
    readonly forbidden: readonly string[];
  };
  /** The user with whom the first account shares a building. */
  readonly sharing: {
    readonly email: string;
    /** As commands name them: `user:usr_…`. */
    readonly subject: string;
    readonly shared: readonly string[];
    readonly unshared: readonly string[];
  };
  /** Of the background service. */
  readonly api_key: { readonly client_id: string; readonly id: string; readonly api_key: string };
  /** The server's configuration file, for commands. */
  readonly configuration: string;
  /** The file to which the API writes its refusals. */
  readonly api_log: string;
}

export interface Demonstration extends Demo {
  /** Sends SIGTERM and waits for the end; answers the exit code. */
  stop(): Promise<number | null>;
}

/**
 * If KEYWRIGHT_DEMO names the demo.json of a running demonstration, that one is used, and is not
 * stopped.
 */
export async function startDemonstration(): Promise<Demonstration> {
  const running = readDemo(process.env['KEYWRIGHT_DEMO'] ?? '');
  if (running !== undefined) return { ...running, stop: () => Promise.resolve(0) };
  return startOwnDemonstration();
}

/** Another one, in a temporary folder and on free ports. */
export async function startOwnDemonstration(): Promise<Demonstration> {
  const folder = mkdtempSync(path.join(tmpdir(), 'keywright-interop-'));
  const [port = 0] = await findFreePorts(3);
  const launcher = spawn(
    process.execPath,
    [path.join(root, 'tools/start.ts'), '--folder', folder, '--port', String(port)],
    { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  const output = collectOutput(launcher);
  try {
    const demo = await waitFor(launcher, () => readDemo(path.join(folder, 'demo.json')));
    await Promise.all(
      [demo.issuer, demo.api, demo.app].map((address) => waitForAnswer(launcher, address)),
    );
    return { ...demo, stop: () => stop(launcher, folder) };
  } catch (error) {
    await stop(launcher, folder);
    throw new Error(`The demonstration did not start: ${String(error)}\n${output()}`, {
      cause: error,
    });
  }
}

/** The one client of a description; a demonstration without it is a fault of the demonstration. */
export function clientWhere(
  demo: Demo,
  what: string,
  fits: (client: DemoClient) => boolean,
): DemoClient {
  const found = demo.clients.find(fits);
  if (found === undefined) throw new Error(`demo.json has no client that is ${what}`);
  return found;
}

/** The launcher writes it last, and atomically. Until then it is missing or cannot be parsed. */
function readDemo(file: string): Demo | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Demo;
  } catch {
    return undefined;
  }
}

async function stop(launcher: ChildProcess, folder: string): Promise<number | null> {
  await end(launcher, 'SIGTERM');
  rmSync(folder, { recursive: true, force: true });
  return launcher.exitCode;
}
