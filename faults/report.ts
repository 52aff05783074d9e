/**
 * Prints what each test demanded and reached, and collects it for the table of docs/reliability.md.
 */
import { appendFileSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'vitest';
import type { Engine } from './engines.ts';

export interface Reached {
  /** The number of the test, as in tools/make-reliability.ts. */
  readonly test: number;
  /** The name of the measurement. With the engine, it is the name of the row in the table. */
  readonly title: string;
  /** Absent if no database is used. */
  readonly engine?: Engine;
  /** The demanded figure, and the figure that was reached, in words. */
  readonly asked: string;
  readonly reached: string;
  readonly passed: boolean;
}

export interface FaultResult extends Reached {
  /** The name of the test file. */
  readonly file: string;
}

/** A line of the file that TESTS_RESULTS names: a result, or only the name of a file that ran. */
export type ResultLine = FaultResult | { readonly file: string };

/** Call it before the assertions, so that a failed demand has its figure too. */
export function record(result: Reached): void {
  const { test, title, engine, asked, reached, passed } = result;
  const name = [`${test}. ${title}`, engine].filter((part) => part !== undefined).join(', ');
  process.stdout.write(
    `${passed ? 'reached' : 'MISSED '} ${name}: asked ${asked}; reached ${reached}\n`,
  );
  gather(result);
}

/**
 * Call it once in a file, before its tests. So its former results are replaced, even if its tests
 * fail.
 */
export function recordRun(): void {
  gather({});
}

function gather(what: Reached | Record<string, never>): void {
  const results = process.env['TESTS_RESULTS'];
  if (results === undefined) return;
  const file = path.basename(expect.getState().testPath ?? '', '.test.ts');
  appendFileSync(results, `${JSON.stringify({ file, ...what })}\n`);
}
