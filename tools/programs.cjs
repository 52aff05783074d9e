// The mistake it prevents: tests that are skipped, or fail late, because a browser or another
// program is not there.
'use strict';

const { spawnSync } = require('node:child_process');
const { accessSync, constants, existsSync } = require('node:fs');
const path = require('node:path');

const names = ['chromium', 'chromium-browser', 'google-chrome'];
const missing =
  'No Chromium was found: install it (package "chromium" or "google-chrome") or set CHROMIUM to its path.';

function isExecutable(file) {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function onPath(name) {
  const folders = (process.env.PATH ?? '').split(path.delimiter).filter((folder) => folder !== '');
  return folders.map((folder) => path.join(folder, name)).find(isExecutable);
}

/** The browser of this machine, or undefined. */
function findChromium() {
  const chosen = process.env.CHROMIUM;
  if (chosen !== undefined && chosen !== '') return isExecutable(chosen) ? chosen : onPath(chosen);
  for (const name of names) {
    const found = onPath(name);
    if (found !== undefined) return found;
  }
  return undefined;
}

function canInstall() {
  return (
    process.getuid?.() === 0 && existsSync('/etc/debian_version') && onPath('apt-get') !== undefined
  );
}

function aptGet(...args) {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  return spawnSync('apt-get', ['-qq', ...args], {
    encoding: 'utf8',
    env,
    maxBuffer: 64 * 1024 * 1024,
  });
}

/**
 * The browser; on Debian as root it is installed when missing. Undefined with `problem` when there
 * is no way.
 */
function ensureChromium() {
  const found = findChromium();
  if (found !== undefined) return { chromium: found };
  if (process.env.CHROMIUM)
    return { problem: `CHROMIUM names ${process.env.CHROMIUM}, which cannot be run.` };
  if (!canInstall()) return { problem: missing };
  process.stderr.write('Installing Chromium for the browser tests (once)...\n');
  aptGet('update');
  const installed = aptGet('install', '-y', '--no-install-recommends', 'chromium');
  const chromium = findChromium();
  if (chromium !== undefined) return { chromium };
  return { problem: `${missing} apt-get said: ${installed.stderr.trim().split('\n').at(-1)}` };
}

/**
 * What some tests ask for beside the browser: they are left out where it cannot be had, and say so.
 */
const companions = [
  {
    packages: ['python3', 'python3-cryptography'],
    isThere: () =>
      ['python3', '/usr/bin/python3'].some((python) => canRun(python, '-c', 'import cryptography')),
  },
  {
    packages: ['postgresql'],
    isThere: () => existsSync('/usr/lib/postgresql') || onPath('initdb') !== undefined,
  },
];

function canRun(program, ...args) {
  return spawnSync(program, args, { stdio: 'ignore' }).status === 0;
}

/** Installs them on Debian as root, as far as they can be had. */
function installCompanions() {
  if (!canInstall()) return;
  const packages = companions
    .filter(({ isThere }) => !isThere())
    .flatMap((companion) => companion.packages);
  if (packages.length === 0) return;
  process.stderr.write(`Installing ${packages.join(', ')} for the tests (once)...\n`);
  aptGet('update');
  aptGet('install', '-y', '--no-install-recommends', ...packages);
}

module.exports = { ensureChromium, findChromium, installCompanions };
