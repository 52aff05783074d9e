/**
 * The counts of all processes of a server, including processes that ended. Otherwise a counter
 * would fall. Prometheus would take this for a restart, and count the values of the other processes
 * twice.
 */
import { add, combine } from './combine.ts';
import type { Family, Snapshot } from './snapshot.ts';

export interface Gathered {
  /** The newest snapshot of this process. */
  keep(snapshot: Snapshot): void;
  /** The process has ended. Its counters stay, and its gauges are removed. */
  end(worker: string): void;
  /** For `renderMetrics`. */
  all(): readonly Snapshot[];
}

export function gatherSnapshots(): Gathered {
  const living = new Map<string, Snapshot>();
  let ended: readonly Family[] = [];
  return {
    keep: (snapshot) => void living.set(snapshot.worker, snapshot),
    end(worker) {
      const last = living.get(worker);
      living.delete(worker);
      if (last !== undefined) ended = addUp(ended, last.families);
    },
    all: () => [
      ...living.values(),
      ...(ended.length === 0 ? [] : [{ worker: 'ended', families: ended }]),
    ],
  };
}

function addUp(former: readonly Family[], more: readonly Family[]): readonly Family[] {
  const known = new Map(former.map((family) => [family.name, family]));
  for (const family of more.filter(({ type }) => type !== 'gauge')) {
    const before = known.get(family.name);
    known.set(
      family.name,
      before === undefined ? family : { ...family, series: combine([before, family], add) },
    );
  }
  return [...known.values()];
}
