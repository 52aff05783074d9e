// The mistake it prevents: a TypeScript file started with whatever Node the machine has.
// Usage: node tools/run.cjs <file.ts> [arguments]
'use strict';

const { spawn } = require('node:child_process');
const { constants } = require('node:os');
const path = require('node:path');
const { ensureInstalled, fail, pinnedEnvironment, pinnedNode, root } = require('./setup.cjs');

const forwardedSignals = ['SIGINT', 'SIGTERM', 'SIGHUP'];

const lookForParentEvery = 500;

/**
 * npm that is ended by a signal leaves what it started running (its shell does not pass the signal
 * on). When our parent is gone, nobody is left who could stop the child: it stops too.
 */
function stopWithParent(child) {
  if (process.env.npm_lifecycle_event === undefined) return;
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    child.kill('SIGTERM');
  }, lookForParentEvery);
}

/** Runs a file with the pinned Node and ends this process as that one ended. */
function run(file, args) {
  ensureInstalled();
  const child = spawn(pinnedNode(), [path.resolve(root, file), ...args], {
    stdio: 'inherit',
    env: pinnedEnvironment(),
  });
  for (const signal of forwardedSignals) process.on(signal, () => child.kill(signal));
  stopWithParent(child);
  child.on('error', (error) => fail(`The pinned Node could not be started: ${error.message}.`));
  child.on('exit', (code, signal) => process.exit(code ?? 128 + constants.signals[signal]));
}

module.exports = { run };

if (require.main === module) {
  const [file, ...args] = process.argv.slice(2);
  if (file === undefined) fail('Usage: node tools/run.cjs <file.ts> [arguments]');
  run(file, args);
}
