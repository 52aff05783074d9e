// The fault tests: processes, disks, databases, clocks and networks that fail
// (docs/reliability.md). The last line is `N passed, N failed`. `-- <filter>` runs some of them;
// `-- --write` keeps what was reached.
'use strict';

const { spawnSync } = require('node:child_process');
const { mkdtempSync, rmSync } = require('node:fs');
const { tmpdir } = require('node:os');
const path = require('node:path');
const { ensureInstalled, fail, pinnedEnvironment, pinnedNode, root } = require('./setup.cjs');
const { runVitest } = require('./vitest-run.cjs');

function keep(gathered) {
  const args = [path.join(root, 'tools', 'make-reliability.ts'), '--keep', gathered];
  const { status } = spawnSync(pinnedNode(), args, {
    cwd: root,
    stdio: 'inherit',
    env: pinnedEnvironment(),
  });
  if (status !== 0) fail('What was reached could not be kept.');
}

const args = process.argv.slice(2);
const writes = args.includes('--write');
if (writes && Number(process.env.TESTS_SCALE ?? 1) !== 1)
  fail('--write keeps what a whole run reached: leave out TESTS_SCALE.');
ensureInstalled();
const folder = mkdtempSync(path.join(tmpdir(), 'keywright-faults-results-'));
const gathered = path.join(folder, 'results.jsonl');
const { passed, failed } = runVitest(
  ['--config', 'faults/vitest.config.ts', ...args.filter((arg) => arg !== '--write')],
  { TESTS_RESULTS: gathered },
);
if (writes) keep(gathered);
rmSync(folder, { recursive: true, force: true });
process.exitCode = failed > 0 ? 1 : 0;
process.stdout.write(`${passed} passed, ${failed} failed\n`);
