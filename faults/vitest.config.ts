/**
 * The fault tests: one after the other, in the order of their names, because they measure the
 * machine that they share.
 */
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

class ByName extends BaseSequencer {
  override sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return Promise.resolve(
      files.toSorted((one, other) => one.moduleId.localeCompare(other.moduleId)),
    );
  }
}

export default defineConfig({
  test: {
    include: ['faults/**/*.test.ts'],
    setupFiles: ['faults/setup.ts'],
    globalSetup: ['packages/store/src/testing-parts/shared-cluster.ts'],
    testTimeout: 300_000,
    hookTimeout: 120_000,
    pool: 'forks',
    fileParallelism: false,
    sequence: { sequencer: ByName },
    disableConsoleIntercept: true,
  },
});
