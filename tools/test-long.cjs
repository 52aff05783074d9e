// The long series: tests that choose by chance, with many cases and another seed each time, and
// tests that measure time. The last line is `N passed, N failed`. TESTS_SEED=<seed> repeats a run.
'use strict';

const { randomInt } = require('node:crypto');
const { ensureInstalled, fail } = require('./setup.cjs');
const { ensureChromium, installCompanions } = require('./programs.cjs');
const { runVitest } = require('./vitest-run.cjs');

ensureInstalled();
const { chromium, problem } = ensureChromium();
if (chromium === undefined) fail(`${problem}\n0 passed, 1 failed`);
installCompanions();
const seed = process.env.TESTS_SEED ?? String(randomInt(2 ** 31));
const announcement = `The seed of this run is ${seed}. TESTS_SEED=${seed} npm run test:long repeats it.\n`;
process.stdout.write(announcement);
const environment = { CHROMIUM: chromium, TESTS_LONG: '1', TESTS_SEED: seed };
const { passed, failed } = runVitest(process.argv.slice(2), environment);
process.exitCode = failed > 0 ? 1 : 0;
process.stdout.write(`${announcement}${passed} passed, ${failed} failed\n`);
