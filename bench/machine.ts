/** Where and with what it was measured. */
import { execFileSync } from 'node:child_process';
import { closeSync, fdatasyncSync, openSync, rmSync, writeSync } from 'node:fs';
import { cpus, release, totalmem, type } from 'node:os';
import path from 'node:path';
import { median } from './figures.ts';
import { makeFolder } from './sides/keywright.ts';
import { loadCore, pinned, rootFolder, serverCore } from './sides/process.ts';

export interface Machine {
  readonly processor: string;
  readonly cores: number;
  readonly memoryGigabytes: number;
  readonly system: string;
  readonly node: string;
  readonly openssl: string;
  /** What it costs to make one small write survive: the disk's part in every durable answer. */
  readonly durableWriteMicroseconds: number;
  readonly pinning: string;
  readonly revision: string;
  readonly when: string;
}

const writes = 200;

async function measureDurableWrite(): Promise<number> {
  const folder = await makeFolder();
  const file = openSync(path.join(folder, 'write'), 'w');
  const page = Buffer.alloc(4096, 1);
  const costs = Array.from({ length: writes }, () => {
    const startedAt = performance.now();
    writeSync(file, page);
    fdatasyncSync(file);
    return (performance.now() - startedAt) * 1000;
  });
  closeSync(file);
  rmSync(folder, { recursive: true });
  return median(costs);
}

function git(...args: readonly string[]): string {
  try {
    return execFileSync('git', args, {
      cwd: rootFolder,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  } catch {
    return '';
  }
}

/** What the figures depend on: the bench's own report is not among it. */
function revision(): string {
  const head = git('rev-parse', '--short=12', 'HEAD');
  if (head === '') return 'unknown';
  const changed = git(
    'status',
    '--porcelain',
    '--',
    'packages',
    'bench/*.ts',
    'bench/*/*.ts',
    'package-lock.json',
  );
  return changed === '' ? head : `${head}, with changes`;
}

export async function describeMachine(): Promise<Machine> {
  return {
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    cores: cpus().length,
    memoryGigabytes: Math.round(totalmem() / 2 ** 30),
    system: `${type()} ${release()}`,
    node: process.version,
    openssl: process.versions.openssl ?? '',
    durableWriteMicroseconds: await measureDurableWrite(),
    pinning: pinned
      ? `servers on core ${serverCore}, load generator on core ${loadCore}, by taskset`
      : 'not pinned: taskset is missing or there is one core; the figures mean less',
    revision: revision(),
    when: new Date().toISOString().slice(0, 16).replace('T', ' '),
  };
}
