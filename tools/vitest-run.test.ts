import { createRequire } from 'node:module';
import { describe, expect, test } from 'vitest';

interface Report {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly testResults: readonly { readonly status: string; readonly assertionResults: readonly unknown[] }[];
}

const { count } = createRequire(import.meta.url)('./vitest-run.cjs') as {
  readonly count: (
    report: Report | undefined,
    status: number,
  ) => { readonly passed: number; readonly failed: number };
};

const report = (passed: number, failed: number, testResults: Report['testResults'] = []): Report => ({
  numPassedTests: passed,
  numFailedTests: failed,
  testResults,
});

describe('the closing line', () => {
  test('counts what passed and what failed', () => {
    expect(count(report(3, 0), 0)).toEqual({ passed: 3, failed: 0 });
    expect(count(report(3, 2), 1)).toEqual({ passed: 3, failed: 2 });
  });

  test('counts a file that could not be loaded as one that failed', () => {
    const broken = { status: 'failed', assertionResults: [] };
    expect(count(report(3, 0, [broken]), 1)).toEqual({ passed: 3, failed: 1 });
  });

  test('is never green when nothing ran, nothing was reported, or an error came from outside of the tests', () => {
    expect(count(report(0, 0), 0).failed).toBe(1);
    expect(count(undefined, 1).failed).toBe(1);
    expect(count(report(3, 0), 1).failed).toBe(1);
  });
});
