// The mistake it prevents: a run that reads as green though a file did not load or nothing ran.
'use strict';

const { spawnSync } = require('node:child_process');
const { mkdtempSync, readFileSync, rmSync } = require('node:fs');
const { tmpdir } = require('node:os');
const path = require('node:path');
const { modules, pinnedEnvironment, pinnedNode, root } = require('./setup.cjs');

function readReport(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}

/** A file that could not be loaded has no tests in it: it counts as one that failed. */
function countFilesWithoutTests(report) {
  return report.testResults.filter((file) => file.status === 'failed' && file.assertionResults.length === 0)
    .length;
}

function count(report, status) {
  if (report === undefined) return { passed: 0, failed: 1 };
  const passed = report.numPassedTests;
  const failed = report.numFailedTests + countFilesWithoutTests(report);
  // Vitest also fails for errors outside of any test, and so do we.
  return { passed, failed: failed === 0 && (status !== 0 || passed === 0) ? 1 : failed };
}

/** Runs vitest with the pinned Node; answers the counts, and prints what vitest prints. */
function runVitest(args, env) {
  const folder = mkdtempSync(path.join(tmpdir(), 'keywright-test-'));
  const file = path.join(folder, 'report.json');
  const vitest = path.join(modules, 'vitest', 'vitest.mjs');
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`];
  const { status } = spawnSync(pinnedNode(), [vitest, 'run', ...reporters, ...args], {
    cwd: root,
    stdio: 'inherit',
    env: pinnedEnvironment(env),
  });
  const counts = count(readReport(file), status);
  rmSync(folder, { recursive: true, force: true });
  return counts;
}

module.exports = { count, runVitest };
