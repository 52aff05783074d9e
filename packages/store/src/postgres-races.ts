/** Work that several nodes begin at the same time, and one of them does. */
import { setTimeout as delay } from 'node:timers/promises';
import { isWorthRepeating, sqlStateOf } from './postgres-faults.ts';

export interface Races {
  /** The SQLSTATEs of a lost race, beside those that are always repeated. */
  readonly lost: ReadonlySet<string>;
  readonly mostLost: number;
  readonly pauseMs: number;
  /** How long a lock is requested again. Default: without an end. */
  readonly waitMs?: number;
}

const lockNotAvailable = '55P03';

/**
 * A lock that was not granted is requested again for a long time. A race that is always lost is a
 * mistake.
 */
export async function repeatLost<T>(attempt: () => Promise<T>, races: Races): Promise<T> {
  const { lost, mostLost, pauseMs, waitMs = Number.POSITIVE_INFINITY } = races;
  const deadline = performance.now() + waitMs;
  for (let times = 0; ; ) {
    try {
      return await attempt();
    } catch (error) {
      const state = sqlStateOf(error) ?? '';
      const waits = state === lockNotAvailable && performance.now() < deadline;
      if (!waits) times += 1;
      const isLost = isWorthRepeating(error) !== 'never' || lost.has(state);
      if (!waits && (!isLost || times === mostLost)) throw error;
      await delay(pauseMs);
    }
  }
}
