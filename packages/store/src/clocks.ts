/**
 * Whether this machine and the database agree on what time it is. Nodes trust their own clocks;
 * what they delete, and when, is worth asking a second one. A store that is given a clock, as tests
 * do, has nothing to compare.
 */
import { type Act, statement } from './act.ts';
import type { Engine } from './engine.ts';
import { StoreUnavailableError } from './unavailable.ts';

/** Far more than clocks differ that are kept in step, and what lives a minute is not outlived. */
const mostSkewSeconds = 60;

/** Throws `StoreUnavailableError`; its sentence ends with what follows from it. */
export async function assertClocksAgree(
  { read }: Engine,
  now: number,
  consequence: string,
): Promise<void> {
  const skew = now - (await read(loadTime()));
  if (Math.abs(skew) <= mostSkewSeconds) return;
  const difference = `${Math.abs(skew)} s ${skew > 0 ? 'ahead of' : 'behind'}`;
  throw new StoreUnavailableError(
    `The clock of this machine is ${difference} the database's; they may differ by ${mostSkewSeconds} s. ${consequence}`,
  );
}

function* loadTime(): Act<number> {
  const { rows } = yield statement('SELECT unixepoch() AS seconds');
  return rows[0]?.seconds as number;
}
