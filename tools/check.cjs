// What must hold before a change is looked at: format, lint, types, rules of the repository,
// generated pages. Every step runs, so that one run shows everything that is wrong. Tests are not
// part of it: `npm test` runs them.
'use strict';

const { spawnSync } = require('node:child_process');
const path = require('node:path');
const { ensureInstalled, modules, pinnedEnvironment, pinnedNode, root } = require('./setup.cjs');

const bin = (name) => [path.join(modules, '.bin', name)];
const hasProgram = (name) => spawnSync(name, ['version'], { stdio: 'ignore' }).status === 0;
const tool = (name, ...args) => [pinnedNode(), path.join(root, 'tools', name), ...args];

const steps = [
  ['format', [...bin('biome'), 'format', '.']],
  ['lint', [...bin('oxlint'), '--type-aware', '--deny-warnings']],
  ['types', [...bin('tsc'), '-p', '.']],
  ['imports', [...bin('depcruise'), '--config', '.dependency-cruiser.cjs', 'packages', 'examples']],
  ['columns', tool('check-columns.ts')],
  ['paths and hosts', tool('check-paths.ts')],
  ['lockfile', tool('check-lockfile.ts')],
  // Where it is installed: it is a program of its own, and no package of npm.
  ...(hasProgram('gitleaks') ? [['secrets', ['gitleaks', 'git', '--no-banner', '.']]] : []),
  ['requirements', tool('check-requirements.ts')],
  ['size of the guard', tool('check-guard-size.ts'), 'shown'],
  ['configuration reference', tool('make-configuration-reference.ts', '--check')],
  ['client metadata reference', tool('make-client-metadata-reference.ts', '--check')],
  ['errors page', tool('make-error-reference.ts', '--check')],
  ['API reference', tool('make-api-reference.ts', '--check')],
  ['events page', tool('make-event-reference.ts', '--check')],
  ['401 or 403 page', tool('make-401-or-403.ts', '--check')],
  ['reliability table', tool('make-reliability.ts', '--check')],
  ['command line reference', tool('make-command-reference.ts', '--check')],
  ['configurations of the conformance suite', tool('make-conformance-suite.ts', '--check')],
];

/** What a step says is shown where it failed, and where its figures are wanted. */
function runStep([name, [command, ...args], shown]) {
  const start = Date.now();
  const result = spawnSync(command, args, {
    cwd: root,
    encoding: 'utf8',
    env: pinnedEnvironment(),
    maxBuffer: 64 * 1024 * 1024,
    shell: process.platform === 'win32',
  });
  const passed = result.status === 0;
  process.stdout.write(
    `${passed ? 'ok    ' : 'FAILED'} ${name} (${((Date.now() - start) / 1000).toFixed(1)} s)\n`,
  );
  if (!passed || shown !== undefined)
    process.stdout.write(
      `${result.stdout ?? ''}${result.stderr ?? ''}${result.error?.message ?? ''}\n`,
    );
  return passed;
}

ensureInstalled();
const results = steps.map(runStep);
const passed = results.filter(Boolean).length;
const failed = results.length - passed;
process.exitCode = failed > 0 ? 1 : 0;
process.stdout.write(`${passed} passed, ${failed} failed\n`);
