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
  return report.testResults.filter(
    (file) => file.status === 'failed' && file.assertionResults.length === 0,
  ).length;
}

function count(report, status) {
  if (report === undefined) return { passed: 0, failed: 1 };
  const passed = report.numPassedTests;
  const failed = report.numFailedTests + countFilesWithoutTests(report);
  // Vitest also fails for errors outside of any test, and so do we.
  return { passed, failed: failed === 0 && (status !== 0 || passed === 0) ? 1 : failed };
}

/** A line for each test that failed: its file, its whole name, and the first line of the error. */
function failures(report) {
  return (report?.testResults ?? []).flatMap(({ name, status, message, assertionResults }) => {
    const file = path.relative(root, name);
    const line = (title, error) =>
      `FAILED ${file} > ${title}: ${(error ?? '').trim().split('\n')[0]}`;
    if (status === 'failed' && assertionResults.length === 0) return [line('the file', message)];
    return assertionResults
      .filter((test) => test.status === 'failed')
      .map((test) => line(test.fullName, test.failureMessages[0]));
  });
}

/** Types are stripped once, and not again in each process and thread that a test starts. */
const keptCode = { NODE_COMPILE_CACHE: path.join(modules, '.cache', 'keywright-tests') };

/** Runs vitest with the pinned Node; answers the counts, and prints what vitest prints. */
function runVitest(args, env) {
  const folder = mkdtempSync(path.join(tmpdir(), 'keywright-test-'));
  const file = path.join(folder, 'report.json');
  const vitest = path.join(modules, 'vitest', 'vitest.mjs');
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`];
  const { status } = spawnSync(pinnedNode(), [vitest, 'run', ...reporters, ...args], {
    cwd: root,
    stdio: 'inherit',
    env: pinnedEnvironment({ ...keptCode, ...env }),
  });
  const report = readReport(file);
  const counts = count(report, status);
  for (const failure of failures(report)) process.stdout.write(`${failure}\n`);
  rmSync(folder, { recursive: true, force: true });
  return counts;
}

module.exports = { count, failures, runVitest };
