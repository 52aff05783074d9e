/** Whether a value was used once: of all simultaneous callers, one succeeded. */
import { expect } from 'vitest';
import type { Engine } from './engines.ts';
import { record } from './report.ts';

export interface Answered {
  readonly status: number;
}

/** The number of callers for each value. */
export const uses = 100;

/**
 * For each value, the answers of its callers. `mayBeBusy`: passwords are hashed, so callers may be
 * told to come later.
 */
export function assertOnce<A extends Answered>(
  engine: Engine,
  what: string,
  all: readonly (readonly A[])[],
  isSuccess: (answer: A) => boolean,
  mayBeBusy = false,
): void {
  const successes = all.map((answers) => answers.filter(isSuccess).length);
  const once = successes.filter((number) => number === 1).length;
  const faults = all.flat().filter(({ status }) => status >= 500 && !(mayBeBusy && status === 503));
  record({
    test: 4,
    title: `${what}, ${all.length} × ${all[0]?.length}`,
    engine,
    asked: '1 success each',
    reached: `${once} of ${all.length} with 1 success, ${faults.length} faults`,
    passed: once === all.length && faults.length === 0,
  });
  expect(successes).toEqual(successes.map(() => 1));
  expect(faults).toEqual([]);
}
