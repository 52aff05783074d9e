/** What each test asked and reached: printed, and gathered for the table of docs/reliability.md. */
import { appendFileSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'vitest';
import type { Engine } from './engines.ts';

export interface Reached {
  /** The number of the test, as in tools/make-reliability.ts. */
  readonly test: number;
  /**
   * Which question of the test, in a few words: it is the row's name in the table, with the engine.
   */
  readonly title: string;
  /** Absent where no database is involved. */
  readonly engine?: Engine;
  /** The figure that was asked for, and the one that was reached, in words. */
  readonly asked: string;
  readonly reached: string;
  readonly passed: boolean;
}

export interface FaultResult extends Reached {
  /** The name of the test file. */
  readonly file: string;
}

/** A line of the file that TESTS_RESULTS names: what was reached, or only that the file ran. */
export type ResultLine = FaultResult | { readonly file: string };

/** Call it before the assertions, so that a miss has its figure too. */
export function record(result: Reached): void {
  const { test, title, engine, asked, reached, passed } = result;
  const name = [`${test}. ${title}`, engine].filter((part) => part !== undefined).join(', ');
  process.stdout.write(
    `${passed ? 'reached' : 'MISSED '} ${name}: asked ${asked}; reached ${reached}\n`,
  );
  gather(result);
}

/** Once a file, before its tests: what was kept of it is replaced, even when they get nowhere. */
export function recordRun(): void {
  gather({});
}

function gather(what: Reached | Record<string, never>): void {
  const results = process.env['TESTS_RESULTS'];
  if (results === undefined) return;
  const file = path.basename(expect.getState().testPath ?? '', '.test.ts');
  appendFileSync(results, `${JSON.stringify({ file, ...what })}\n`);
}
