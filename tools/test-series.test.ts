import { describe, expect, it } from 'vitest';
import path from 'node:path';
import { existsSync } from 'node:fs';
import { listPaths, readSources, root } from './source-files.ts';
import { everyTest, findLongTests, flows, flowsOnPostgres, switchFile } from './test-series.ts';

const isTest = (file: string) => file.endsWith('.test.ts');
const isCode = (file: string) => /\.(ts|cjs)$/.test(file);
const matches = (file: string) => everyTest.some((pattern) => path.matchesGlob(file, pattern));

describe('the two runs of the tests', () => {
  it('contain each test file at least once, except the fault tests, which have a command of their own', () => {
    const left = listPaths().filter((file) => isTest(file) && !matches(file));
    expect(left.filter((file) => !file.startsWith('faults/'))).toEqual([]);
    expect(left.length).toBeGreaterThan(0);
  });

  it('are distinguished by one file: a test that leaves something out imports it, and is complete in the long run', () => {
    const asks = /\bTESTS_(LONG|SEED|SCALE)\b/;
    const known = [
      switchFile,
      'vitest.config.ts',
      'tools/test-long.cjs',
      'tools/test-series.test.ts',
    ];
    const askers = readSources((file) => isCode(file) && !file.startsWith('faults/'))
      .filter(({ text }) =>
        text.split('\n').some((line) => asks.test(line) && line.includes('process.env')),
      )
      .map((file) => file.path);
    expect(
      askers.filter((file) => !known.includes(file) && file !== 'tools/test-faults.cjs'),
    ).toEqual([]);
    expect(askers).toContain(switchFile);
  });

  it('differ in the files that import that file, directly or through others', () => {
    const long = findLongTests();
    expect(long).toContain('packages/jwt/src/differential.test.ts');
    // Through the folder and commands that tests of the command line share.
    expect(long).toContain('packages/server/src/command-line/seal.test.ts');
    expect(long).not.toContain('packages/jwt/src/verify.test.ts');
    for (const file of readSources(isTest).filter(({ text }) =>
      text.includes('testing-parts/series.ts'),
    ))
      if (file.path !== 'tools/test-series.test.ts') expect(long).toContain(file.path);
  });

  it('repeat existing flows on PostgreSQL, and the long run repeats all flows', () => {
    for (const file of flowsOnPostgres) {
      expect(existsSync(path.join(root, file)), file).toBe(true);
      expect(path.matchesGlob(file, flows)).toBe(true);
    }
  });
});
