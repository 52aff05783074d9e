/**
 * Limits the entries that callers can cause. Each type, or each type and account, may have a
 * hundred entries at once and then one in a second. Further events are counted, and the count is an
 * entry too. So nothing is left out silently.
 */
import type { AnyEvent } from '@keywright/core';
import { BoundedMap } from '@keywright/jwt';
import type { ThinnedBy } from '@keywright/wire/events';

const burst = 100;
const intervalMs = 1000;
/** The largest number of buckets. Only an attack needs more. Then some of them start again. */
const mostBuckets = 10_000;

export interface Thinned {
  readonly of: string;
  readonly at: string;
  readonly count: number;
}

export interface Thinning {
  /** Whether this event is recorded. */
  admit(event: AnyEvent, thinnedBy: ThinnedBy, nowMs: number): boolean;
  /** The counts since the last call. */
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
