import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { findPostgres, isPostgresRequired } from './packages/store/src/testing-parts/postgres-programs.ts';

const flows = 'packages/*/flows/**/*.test.ts';

/** The flows once more, with PostgreSQL in place of SQLite: where it is installed, or must be. */
const onPostgres = {
  extends: true as const,
  test: {
    name: 'on PostgreSQL',
    include: [flows],
    setupFiles: ['packages/testing/flows/on-postgres.ts'],
    // Parsers do not know the engine: it is tried with a twentieth of what is made by chance, since each case goes to another process.
    env: { TESTS_SCALE: String(Number(process.env['TESTS_SCALE'] ?? 1) / 20) },
  },
};

export default defineConfig({
  test: {
    globalSetup: ['packages/store/src/testing-parts/shared-cluster.ts'],
    // What hangs is found all the same; what a busy machine makes wait is not taken for it.
    testTimeout: 60_000,
    hookTimeout: 120_000,
    pool: 'forks',
    // The files that drive whole platforms wait most of the time: on two cores one worker would leave one idle.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    projects: [
      {
        extends: true,
        test: {
          name: 'all',
          include: [
            'packages/*/src/**/*.test.ts',
            flows,
            'examples/**/*.test.ts',
            'interop/**/*.test.ts',
            'tools/**/*.test.ts',
            'bench/**/*.test.ts',
          ],
        },
      },
      ...(findPostgres() !== undefined || isPostgresRequired() ? [onPostgres] : []),
    ],
  },
});
