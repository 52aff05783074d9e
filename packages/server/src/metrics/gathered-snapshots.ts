/**
 * What the processes of a server have counted, over their ends: a counter that falls would look to Prometheus as if all had begun
 * again, and what the others counted would be counted twice.
 */
import { add, combine } from './combine.ts';
import type { Family, Snapshot } from './snapshot.ts';

export interface Gathered {
  /** The newest of this process. */
  keep(snapshot: Snapshot): void;
  /** The process has ended: what it counted stays, what it had is gone. */
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
    all: () => [...living.values(), ...(ended.length === 0 ? [] : [{ worker: 'ended', families: ended }])],
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
