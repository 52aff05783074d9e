/**
 * Runs the commands in the guides. Every `bash` block of a page runs, in order, in one shell. A
 * `text` block after it has lines that the block must print, in this order, where `…` matches
 * anything. Other blocks are not run. `npm test` runs some pages, and reads all.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isLong } from '../packages/jwt/src/testing-parts/series.ts';
import { isPostgresLeftOut } from '../packages/store/src/testing-parts/contract.ts';
import { makeSchema } from '../packages/store/src/testing-parts/shared-cluster.ts';
import { type Demonstration, startDemonstration } from './demonstration.ts';
import { findFreePorts } from './ports.ts';
import { root } from './process.ts';

const pageOfPostgres = 'docs/guides/postgresql.md';
const pages = [
  'README.md',
  // Before the others, because after five new browsers a user gets no more mails for some hours.
  'docs/guides/mail.md',
  'docs/guides/authorization-code.md',
  'docs/guides/openid-connect.md',
  'docs/guides/pushed-and-signed-requests.md',
  'docs/guides/client-credentials.md',
  'docs/guides/registration.md',
  'docs/guides/agents-and-mcp.md',
  'docs/guides/device.md',
  'docs/guides/ciba.md',
  'docs/guides/client-authentication.md',
  'docs/guides/dpop.md',
  'docs/guides/token-exchange.md',
  'docs/guides/logout.md',
  'docs/guides/rich-authorization.md',
  'docs/guides/grant-management.md',
  'docs/guides/first-party-challenge.md',
  'docs/guides/password.md',
  'docs/guides/implicit.md',
  'docs/guides/protect-an-api.md',
  'docs/guides/api-keys.md',
  'docs/guides/permissions.md',
  'docs/guides/contract.md',
  'docs/guides/why-was-it-refused.md',
  'docs/guides/accounts.md',
  'docs/guides/import-accounts.md',
  'docs/guides/second-factor.md',
  'docs/guides/branding-and-languages.md',
  'docs/guides/operate.md',
  'docs/guides/audit.md',
  'docs/guides/observe.md',
  'docs/guides/upgrade.md',
  'docs/guides/move-and-back-up.md',
  pageOfPostgres,
];

/** The pages that `npm test` runs: the first steps of a reader, and pages that start little. */
const firstPages = [
  'README.md',
  'docs/guides/authorization-code.md',
  'docs/guides/client-credentials.md',
  'docs/guides/agents-and-mcp.md',
  'docs/guides/device.md',
  'docs/guides/dpop.md',
  'docs/guides/protect-an-api.md',
];
const typed = (isLong ? pages : firstPages).filter(
  (page) => page !== pageOfPostgres || !isPostgresLeftOut,
);

interface Step {
  /** Its position: `docs/guides/password.md:35`. */
  readonly place: string;
  readonly command: string;
  /** Lines that it must print. Empty if the page shows none. */
  readonly printed: readonly string[];
}

const fence = /^```(\S*)\n([\s\S]*?)^```$/gm;

/** Throws if an output follows no block that was run, because nothing would check it. */
function readSteps(page: string): readonly Step[] {
  const text = readFileSync(path.join(root, page), 'utf8');
  const steps: Step[] = [];
  let end = 0;
  for (const { 0: whole, 1: language, 2: content = '', index } of text.matchAll(fence)) {
    const place = `${page}:${text.slice(0, index).split('\n').length}`;
    const isBehind = text.slice(end, index).trim() === '';
    end = index + whole.length;
    if (language === 'bash') steps.push({ place, command: content, printed: [] });
    if (language !== 'text') continue;
    const step = steps.pop();
    if (step === undefined || !isBehind || step.printed.length > 0)
      throw new Error(`${place}: this output stands behind no command`);
    steps.push({ ...step, printed: content.trimEnd().split('\n') });
  }
  return steps;
}

const mark = (index: number) => `--- step ${index} ---`;

function scriptOf(steps: readonly Step[]): string {
  const marked = steps.map(
    ({ command }, index) => `printf '\\n%s\\n' '${mark(index)}'\n${command}`,
  );
  return ['set -euo pipefail', ...marked].join('\n');
}

interface Ran {
  readonly code: number | null;
  readonly output: string;
  readonly errors: string;
}

/** A page takes a few seconds. A busy machine gets more time. */
const longestMilliseconds = 170_000;

function killGroup(leader: number | undefined): void {
  try {
    if (leader !== undefined) process.kill(-leader, 'SIGKILL');
  } catch {
    // Nobody of the group was left.
  }
}

function runShell(script: string, env: Readonly<Record<string, string | undefined>>): Promise<Ran> {
  const stdio = ['ignore', 'pipe', 'pipe'] as const;
  const shell = spawn('bash', ['-c', script], {
    cwd: root,
    env,
    stdio: [...stdio],
    detached: true,
  });
  const ran = { output: '', errors: '' };
  shell.stdout.on('data', (chunk: Buffer) => (ran.output += chunk.toString('utf8')));
  shell.stderr.on('data', (chunk: Buffer) => (ran.errors += chunk.toString('utf8')));
  // A page that fails may leave processes behind. So the whole group is ended, which also closes
  // the pipes.
  shell.once('exit', () => killGroup(shell.pid));
  const timer = setTimeout(() => killGroup(shell.pid), longestMilliseconds);
  return new Promise((resolve, reject) => {
    shell.once('error', reject);
    shell.once('exit', () => clearTimeout(timer));
    shell.once('close', (code) => resolve({ code, ...ran }));
  });
}

function matches(line: string, pattern: string): boolean {
  const parts = pattern.split('…').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`).test(line);
}

/** The first expected line that is missing, or undefined. */
function findMissing(printed: readonly string[], output: string): string | undefined {
  const lines = output.split('\n').map((line) => line.trimEnd());
  let from = 0;
  for (const pattern of printed) {
    const at = lines.findIndex((line, index) => index >= from && matches(line, pattern));
    if (at < 0) return pattern;
    from = at + 1;
  }
  return undefined;
}

function findFaults(steps: readonly Step[], { code, output, errors }: Ran): readonly string[] {
  const faults = steps.flatMap(({ place, printed }, index) => {
    const [, after = ''] = output.split(`${mark(index)}\n`);
    const [own = ''] = after.split(`\n${mark(index + 1)}\n`);
    const missing = findMissing(printed, own);
    return missing === undefined ? [] : [`${place}: does not print\n${missing}\nbut\n${own}`];
  });
  const last = steps.findLast((_, index) => output.includes(mark(index)));
  return code === 0 ? faults : [`${last?.place}: ended with ${code}\n${errors}`, ...faults];
}

/** The server on which the reader may create roles and databases: the one of the test run. */
async function findDatabase(): Promise<Readonly<Record<string, string>>> {
  const { address, drop } = await makeSchema();
  await drop();
  const PGHOST = new URL(address).searchParams.get('host') ?? '';
  return { PGHOST, PGUSER: 'keywright', PGDATABASE: 'postgres' };
}

describe('the commands on the pages of the documentation', () => {
  let demonstration: Demonstration;
  let folder: string;
  let env: Record<string, string | undefined>;

  beforeAll(async () => {
    demonstration = await startDemonstration();
    folder = mkdtempSync(path.join(tmpdir(), 'keywright-pages-'));
    const demo = path.join(folder, 'demo.json');
    writeFileSync(demo, JSON.stringify(demonstration));
    // Pages with their own API use the next port for it.
    const [port = 0] = await findFreePorts(2);
    // The environment of a reader: none of our tools in the path, and none of our variables.
    const ours = path.join(root, 'node_modules');
    const PATH = process.env['PATH']?.split(path.delimiter).filter((one) => !one.startsWith(ours));
    const { HOME, LANG } = process.env;
    const database = isPostgresLeftOut ? {} : await findDatabase();
    env = {
      ...database,
      HOME,
      LANG,
      TMPDIR: folder,
      PATH: PATH?.join(path.delimiter),
      DEMO: demo,
      PORT: String(port),
      // The place of the server of the README.
      FOLDER: path.join(folder, 'sunrise'),
    };
  });

  afterAll(async () => {
    await demonstration?.stop();
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  });

  it.each(typed)(
    '%s: each command runs, and prints what the page says',
    async (page) => {
      const steps = readSteps(page);
      expect(findFaults(steps, await runShell(scriptOf(steps), env))).toEqual([]);
    },
    180_000,
  );

  it.each(pages)('%s: each output follows a command that a reader can type', (page) => {
    expect(readSteps(page).length).toBeGreaterThan(0);
  });

  it.each(pages)('%s: each link to a file leads to a file', (page) => {
    const text = readFileSync(path.join(root, page), 'utf8');
    const links = [...text.matchAll(/\]\(([^)\s]+)\)|(?:src|srcset)="([^"]+)"/g)].map(
      ([, link, source]) => link ?? source ?? '',
    );
    const files = links
      .filter((link) => !/^(https?:|#)/.test(link))
      .map((link) => link.split('#')[0] ?? '');
    const missing = files.filter(
      (file) => !existsSync(path.resolve(root, path.dirname(page), file)),
    );
    expect(missing).toEqual([]);
  });
});
