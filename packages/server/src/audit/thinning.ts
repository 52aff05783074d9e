/**
 * What others can cause without an end is kept within a bound: for each type, or for each type and
 * person, a hundred at once and then one a second. The rest is counted, and the count is an event
 * of its own: nothing is left out in silence.
 */
import type { AnyEvent } from '@keywright/core';
import { BoundedMap } from '@keywright/jwt';
import type { ThinnedBy } from '@keywright/wire/events';

const burst = 100;
const intervalMs = 1000;
/** More than so many at one time are an attack of many: some begin anew. */
const mostBuckets = 10_000;

export interface Thinned {
  readonly of: string;
  readonly at: string;
  readonly count: number;
}

export interface Thinning {
  /** Whether this one is kept. */
  admit(event: AnyEvent, thinnedBy: ThinnedBy, nowMs: number): boolean;
  /** What was left out since the last time. */
  takeCounts(): readonly Thinned[];
}

export function createThinning(): Thinning {
  const fullAt = new BoundedMap<string, number>(mostBuckets);
  const counts = new Map<string, { of: string; at: string; count: number }>();
  return {
    admit: (event, thinnedBy, nowMs) => {
      if (thinnedBy === 'never') return true;
      const at = thinnedBy === 'type' ? '' : textOf(event[thinnedBy]);
      const key = `${event.type} ${at}`;
      const next = Math.max(fullAt.get(key) ?? 0, nowMs) + intervalMs;
      if (next <= nowMs + burst * intervalMs) {
        fullAt.set(key, next);
        return true;
      }
      const counted = counts.get(key);
      if (counted !== undefined) counted.count += 1;
      else counts.set(key, { of: event.type, at, count: 1 });
      return false;
    },
    takeCounts: () => {
      const taken = [...counts.values()];
      counts.clear();
      return taken;
    },
  };
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value.slice(0, 200).toWellFormed() : '';
}
