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

/**
 * Files that failed and have no test that failed: they could not be loaded, a hook failed, or a
 * suite is empty. Each counts as one failure.
 */
function filesWithoutFailedTest(report) {
  return report.testResults.filter(
    ({ status, assertionResults }) =>
      status === 'failed' && !assertionResults.some((test) => test.status === 'failed'),
  );
}

function count(report, status) {
  if (report === undefined) return { passed: 0, failed: 1 };
  const passed = report.numPassedTests;
  const failed = report.numFailedTests + filesWithoutFailedTest(report).length;
  // Vitest also fails for errors outside of any test, and so do we.
  return { passed, failed: failed === 0 && (status !== 0 || passed === 0) ? 1 : failed };
}

/** A line for each test that failed: its file, its whole name, and the first line of the error. */
function failures(report) {
  if (report === undefined) return [];
  const line = ({ name }, title, error) =>
    `FAILED ${path.relative(root, name)} > ${title}: ${(error ?? '').trim().split('\n')[0]}`;
  return [
    ...filesWithoutFailedTest(report).map((file) => line(file, 'the file', file.message)),
    ...report.testResults.flatMap((file) =>
      file.assertionResults
        .filter((test) => test.status === 'failed')
        .map((test) => line(file, test.fullName, test.failureMessages[0])),
    ),
  ];
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
