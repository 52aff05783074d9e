/**
 * Which test file is in which run. `npm test` runs every file, and some of the flows on PostgreSQL.
 * `npm run test:long` runs each file that tries more there, and all flows on PostgreSQL.
 */
import { globSync } from 'node:fs';
import { importedBy, readSource, root } from './source-files.ts';

export const flows = 'packages/*/flows/**/*.test.ts';

/** Patterns of all test files except the fault tests, which have a command of their own. */
export const everyTest = [
  'packages/*/src/**/*.test.ts',
  flows,
  'examples/**/*.test.ts',
  'interop/**/*.test.ts',
  'tools/**/*.test.ts',
  'bench/**/*.test.ts',
];

/**
 * The flows that `npm test` repeats on PostgreSQL. Together they use each kind of act of the store.
 * The contract of the store runs completely on PostgreSQL in each run of its tests.
 */
export const flowsOnPostgres = [
  'api-keys',
  'authorization-code',
  'code-used-twice',
  'device',
  'email-change',
  'logout',
  'permissions',
  'pushed-requests',
  'refresh-token',
  'recovery-errors',
  'registration-management',
  'sign-in',
  'sign-up-errors',
  'status-list',
  'undo',
].map((name) => `packages/testing/flows/${name}.test.ts`);

/** A test imports this file to know in which of the two runs it is. */
export const switchFile = 'packages/jwt/src/testing-parts/series.ts';

const find = (patterns: readonly string[]): readonly string[] =>
  globSync(patterns, { cwd: root, exclude: ['**/node_modules/**'] }).map((file) =>
    file.replaceAll('\\', '/'),
  );

/** The test files that import `switchFile`, directly or through other files. */
export function findLongTests(): readonly string[] {
  const importers = new Map<string, string[]>();
  for (const file of find(['{packages,examples,interop,tools,bench}/**/*.ts']))
    for (const imported of importedBy(readSource(file)))
      importers.set(imported, [...(importers.get(imported) ?? []), file]);
  const found = new Set([switchFile]);
  for (const file of found) for (const importer of importers.get(file) ?? []) found.add(importer);
  return find(everyTest).filter((file) => found.has(file));
}
