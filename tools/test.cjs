// All tests in one command: sets up, finds what the tests ask for, runs everything. The last line
// is `N passed, N failed`.
'use strict';

const { ensureInstalled, fail } = require('./setup.cjs');
const { ensureChromium, installCompanions } = require('./programs.cjs');
const { runVitest } = require('./vitest-run.cjs');

ensureInstalled();
const { chromium, problem } = ensureChromium();
if (chromium === undefined) fail(`${problem}\n0 passed, 1 failed`);
installCompanions();
const { passed, failed } = runVitest(process.argv.slice(2), { CHROMIUM: chromium });
process.exitCode = failed > 0 ? 1 : 0;
process.stdout.write(`${passed} passed, ${failed} failed\n`);
