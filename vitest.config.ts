import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: [
      'packages/*/src/**/*.test.ts',
      'packages/*/flows/**/*.test.ts',
      'examples/**/*.test.ts',
      'interop/**/*.test.ts',
      'tools/**/*.test.ts',
      'bench/**/*.test.ts',
    ],
    testTimeout: 20_000,
    hookTimeout: 60_000,
    pool: 'forks',
    // The files that drive whole platforms wait most of the time: on two cores one worker would leave one idle.
    maxWorkers: Math.max(2, availableParallelism() - 1),
  },
});
