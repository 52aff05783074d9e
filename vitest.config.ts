import { globSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { findPostgres, isPostgresRequired } from './packages/store/src/testing-parts/postgres-programs.ts';

const flows = 'packages/*/flows/**/*.test.ts';
const units = [
  'packages/*/src/**/*.test.ts',
  'examples/**/*.test.ts',
  'interop/**/*.test.ts',
  'tools/**/*.test.ts',
  'bench/**/*.test.ts',
];

/** `npm run test:long`: only the files that choose by chance or measure time, with all their cases. */
const isLong = process.env['TESTS_LONG'] !== undefined;
const choose = (patterns: readonly string[]) =>
  isLong
    ? globSync(patterns, { exclude: ['**/node_modules/**'] }).filter((file) =>
        /TESTS_S(EED|CALE)|\b(isLong|seed)\b/.test(readFileSync(file, 'utf8')),
      )
    : [...patterns];

const scale = Number(process.env['TESTS_SCALE'] ?? (isLong ? 1 : 0.1));
/** Fixed, so that a run that was green once is green again. */
const env = { TESTS_SEED: process.env['TESTS_SEED'] ?? '20261202', TESTS_SCALE: String(scale) };

/** The flows once more, with PostgreSQL in place of SQLite: where it is installed, or must be. */
const onPostgres = {
  extends: true as const,
  test: {
    name: 'on PostgreSQL',
    include: choose([flows]),
    setupFiles: ['packages/testing/flows/on-postgres.ts'],
    // Parsers do not know the engine: it is tried with a twentieth of what is made by chance, since each case goes to another process.
    env: { TESTS_SCALE: String(scale / 20) },
  },
};

export default defineConfig({
  test: {
    globalSetup: ['packages/store/src/testing-parts/shared-cluster.ts'],
    // What hangs is found all the same; what a busy machine makes wait is not taken for it.
    env,
    testTimeout: 60_000,
    hookTimeout: 120_000,
    expect: { poll: { timeout: 30_000 } },
    pool: 'forks',
    // The files that drive whole platforms wait most of the time: on two cores one worker would leave one idle.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    projects: [
      {
        extends: true,
        test: {
          name: 'all',
          include: choose([...units, flows]),
        },
      },
      ...(findPostgres() !== undefined || isPostgresRequired() ? [onPostgres] : []),
    ],
  },
});
