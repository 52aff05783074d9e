/**
 * Checks whether the clock of this machine and the clock of the database agree. Nodes trust their
 * own clocks, but deletions depend on the time, so a second clock is asked. A store that is given a
 * clock, as in tests, compares nothing.
 */
import { type Act, statement } from './act.ts';
import type { Engine } from './engine.ts';
import { StoreUnavailableError } from './unavailable.ts';

/**
 * Synchronized clocks differ by far less. What is valid for a minute does not become valid for too
 * long by this.
 */
const mostSkewSeconds = 60;

/** Throws `StoreUnavailableError`. Its sentence ends with what follows from the difference. */
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
