// The mistake it prevents: browser tests that are skipped, or fail late, because no browser is there.
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
  return process.getuid?.() === 0 && existsSync('/etc/debian_version') && onPath('apt-get') !== undefined;
}

function aptGet(...args) {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  return spawnSync('apt-get', ['-qq', ...args], { encoding: 'utf8', env, maxBuffer: 64 * 1024 * 1024 });
}

/** The browser; on Debian as root it is installed when missing. Undefined with `problem` when there is no way. */
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

module.exports = { ensureChromium, findChromium };
