import { availableParallelism } from 'node:os';
import { configDefaults, defineConfig } from 'vitest/config';
import {
  findPostgres,
  isPostgresRequired,
} from './packages/store/src/testing-parts/postgres-programs.ts';
import { everyTest, findLongTests, flows, flowsOnPostgres } from './tools/test-series.ts';

const isLong = process.env['TESTS_LONG'] !== undefined;
/** Who names a project chooses the files, too: any flow can be run on PostgreSQL. */
const isProjectNamed = process.argv.some((arg) => arg.startsWith('--project'));

const scale = Number(process.env['TESTS_SCALE'] ?? (isLong ? 1 : 0.1));
/** Fixed, so that a run that was green once is green again. */
const env = { TESTS_SEED: process.env['TESTS_SEED'] ?? '20261202', TESTS_SCALE: String(scale) };

/**
 * Files that change nothing of their process, and there are many: one process runs one after the
 * other, since a process takes longer to start than most of them take. What measures time has its
 * own process.
 */
const sharing = isLong
  ? []
  : ['packages/{client,core,guard,jwt,permissions,testing,wire}/src/**/*.test.ts', flows];

/** Flows once more, with PostgreSQL in place of SQLite: where it is installed, or must be. */
const onPostgres = {
  extends: true as const,
  test: {
    name: 'on PostgreSQL',
    include: isLong || isProjectNamed ? [flows] : [...flowsOnPostgres],
    isolate: false,
    setupFiles: ['packages/testing/flows/on-postgres.ts'],
    // Parsers do not know the engine: it is tried with a twentieth of what is made by chance, since
    // each case goes to another process.
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
    // The files that drive whole platforms wait much of the time: on two cores three workers used
    // 87 % of them.
    maxWorkers: Math.max(4, availableParallelism()),
    projects: [
      {
        extends: true,
        test: {
          name: 'all',
          include: [...(isLong ? findLongTests() : everyTest)],
          exclude: [...configDefaults.exclude, ...(isProjectNamed ? [] : sharing)],
        },
      },
      { extends: true, test: { name: 'sharing a process', include: sharing, isolate: false } },
      ...(findPostgres() !== undefined || isPostgresRequired() ? [onPostgres] : []),
    ],
  },
});
