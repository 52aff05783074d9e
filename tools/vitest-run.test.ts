import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

interface Report {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly testResults: readonly {
    readonly name?: string;
    readonly status: string;
    readonly message?: string;
    readonly assertionResults: readonly unknown[];
  }[];
}

const { count, failures } = createRequire(import.meta.url)('./vitest-run.cjs') as {
  readonly failures: (report: Report | undefined) => readonly string[];
  readonly count: (
    report: Report | undefined,
    status: number,
  ) => { readonly passed: number; readonly failed: number };
};

const report = (
  passed: number,
  failed: number,
  testResults: Report['testResults'] = [],
): Report => ({
  numPassedTests: passed,
  numFailedTests: failed,
  testResults,
});

describe('the last line of a test run', () => {
  test('counts passed and failed tests', () => {
    expect(count(report(3, 0), 0)).toEqual({ passed: 3, failed: 0 });
    expect(count(report(3, 2), 1)).toEqual({ passed: 3, failed: 2 });
  });

  test('counts a file that could not be loaded as failed', () => {
    const broken = { status: 'failed', assertionResults: [] };
    expect(count(report(3, 0, [broken]), 1)).toEqual({ passed: 3, failed: 1 });
  });

  test('counts a file as failed in which a hook failed and no test ran', () => {
    const broken = { status: 'failed', assertionResults: [{ status: 'skipped' }] };
    expect(count(report(3, 0, [broken]), 1)).toEqual({ passed: 3, failed: 1 });
  });

  test('is never green when nothing ran, nothing was reported, or an error came from outside of the tests', () => {
    expect(count(report(0, 0), 0).failed).toBe(1);
    expect(count(undefined, 1).failed).toBe(1);
    expect(count(report(3, 0), 1).failed).toBe(1);
  });
});

describe('the lines about failed tests', () => {
  const name = fileURLToPath(new URL('vitest-run.test.ts', import.meta.url));

  test('name the file, the test and the first line of its error', () => {
    const passed = { status: 'passed', fullName: 'counts', failureMessages: [] };
    const wrong = {
      status: 'failed',
      fullName: 'adds up',
      failureMessages: ['Error: 1 is not 2\n at x'],
    };
    const file = { name, status: 'failed', assertionResults: [passed, wrong] };
    expect(failures(report(1, 1, [file]))).toEqual([
      'FAILED tools/vitest-run.test.ts > adds up: Error: 1 is not 2',
    ]);
  });

  test('name a file that could not be loaded, and nothing where there is no report', () => {
    const file = { name, status: 'failed', message: 'Cannot find x\n', assertionResults: [] };
    expect(failures(report(0, 0, [file]))).toEqual([
      'FAILED tools/vitest-run.test.ts > the file: Cannot find x',
    ]);
    expect(failures(undefined)).toEqual([]);
  });

  test('name a file in which a hook failed', () => {
    const skipped = { status: 'skipped', fullName: 'counts', failureMessages: [] };
    const message = 'No test found in suite jarm';
    const file = { name, status: 'failed', message, assertionResults: [skipped] };
    expect(failures(report(1, 0, [file]))).toEqual([
      'FAILED tools/vitest-run.test.ts > the file: No test found in suite jarm',
    ]);
  });
});
