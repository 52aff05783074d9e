/**
 * The command line as people run it: in a folder with a configuration, beside a server that runs.
 * In the long series each command is a process. `npm test` runs the same tests with commands in the
 * process of the test; only servers, and what a test chooses, are processes.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll } from 'vitest';
import { isLong } from '../../../../jwt/src/testing-parts/series.ts';
import { type Ended, runInProcess } from './in-process.ts';

const launcher = path.resolve(import.meta.dirname, '../../../bin/keywright.cjs');
// A command takes its settings from the tests alone, wherever it runs.
for (const name of Object.keys(process.env))
  if (name.startsWith('KEYWRIGHT_')) delete process.env[name];

/** The secret of the client `declared`. */
export const secret = 's'.repeat(43);

/** Of the file that is there; another one may begin with it. */
export const configuration = {
  issuer: 'http://localhost:4000',
  listen: { port: 0 },
  cache_seconds: 0,
  sealing_key_file: 'sealing.key',
  apis: [
    {
      identifier: 'https://api.example',
      name: 'API',
      scopes: [{ name: 'read', description: 'See it' }],
    },
  ],
  clients: [
    {
      client_id: 'declared',
      client_secret: secret,
      kind: 'service',
      trust: 'first-party',
      client_name: 'Declared',
      scope: 'read',
    },
  ],
};

type Child = ChildProcess & {
  readonly stdout: Readable;
  readonly stderr: Readable;
};

/** A folder for the tests of one file. What a test has started ends with it. */
export function useKeywright() {
  const folder = mkdtempSync(path.join(tmpdir(), 'keywright-command-'));
  const file = path.join(folder, 'keywright.json');
  const running: ChildProcess[] = [];
  beforeAll(() => writeFileSync(file, JSON.stringify(configuration)));
  afterAll(() => rmSync(folder, { recursive: true }));
  afterEach(() => {
    for (const child of running.splice(0)) child.kill('SIGKILL');
  });

  /** Another file in the folder. */
  function write(name: string, document: unknown): string {
    const written = path.join(folder, name);
    writeFileSync(written, JSON.stringify(document));
    return written;
  }

  function start(args: readonly string[], stdin = '', cwd = folder): Child {
    const child = spawn(process.execPath, [launcher, ...args], { cwd });
    running.push(child);
    child.stdin.end(stdin);
    return child;
  }

  function run(args: readonly string[], stdin = '', cwd = folder): Promise<Ended> {
    return isLong || args[0] === 'serve'
      ? runProcess(args, stdin, cwd)
      : runInProcess(args, stdin, cwd);
  }

  async function runProcess(args: readonly string[], stdin?: string, cwd?: string): Promise<Ended> {
    const child = start(args, stdin, cwd);
    const [out, err] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, 'exit'),
    ]);
    return { out, err, code: child.exitCode };
  }

  /** Starts a server and answers its address once it says it. */
  async function serve(...flags: readonly string[]) {
    const child = start(['serve', ...flags]);
    let out = '';
    // Its output stays open behind its first line: it may say more.
    for await (const chunk of child.stdout.iterator({ destroyOnReturn: false })) {
      out += String(chunk);
      const address = /on (http:\/\/127\.0\.0\.1:\d+)/.exec(out)?.[1];
      if (address === undefined) continue;
      child.stdout.resume();
      return { child, address };
    }
    throw new Error(`the server ended: ${await text(child.stderr)}`);
  }

  return { folder, file, run, runProcess, serve, start, write };
}
