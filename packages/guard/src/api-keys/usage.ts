/**
 * Reports the last use of each key to the issuer (docs/api-keys.md §7): not during requests, at
 * most once a minute, and only if keys were used. A lost report is made up for by the next use.
 */
import type { AuthorizedParts } from '../parts.ts';

export interface Usage {
  /** Costs one write into a map. Never throws and never waits. */
  note(id: string): void;
}

const intervalMs = 60_000;
/** As many as fit into a body of 64 KiB. The rest is in the next report. */
const mostInReport = 1000;
/** Further uses are dropped while no report succeeds. */
const mostKept = 20_000;

export function createUsage(
  { clock, audience, outbound, authorization, onFailed }: AuthorizedParts,
  uri: string,
): Usage {
  const lastUsed = new Map<string, number>();
  let reportedAt = Number.NEGATIVE_INFINITY;

  async function report(): Promise<void> {
    const used = takeReport(lastUsed);
    try {
      await outbound.send(uri, {
        method: 'POST',
        headers: { authorization, 'content-type': 'application/json' },
        body: JSON.stringify({ audience, used }),
        accept: 'application/json',
      });
    } catch (error) {
      onFailed(error);
    }
  }

  return {
    note(id) {
      const now = clock();
      if (lastUsed.size < mostKept || lastUsed.has(id)) lastUsed.set(id, Math.floor(now / 1000));
      if (Math.abs(now - reportedAt) < intervalMs) return;
      reportedAt = now;
      void report();
    },
  };
}

function takeReport(lastUsed: Map<string, number>): Record<string, number> {
  const used: Record<string, number> = {};
  let taken = 0;
  for (const [id, seconds] of lastUsed) {
    if (taken === mostInReport) break;
    used[id] = seconds;
    lastUsed.delete(id);
    taken += 1;
  }
  return used;
}
