/**
 * The platform's database: one JSON file. Changes are written a moment later, all at once, and
 * never half.
 */
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import type { Building, Measurement } from './building.ts';

export interface BuildingStore {
  list(): readonly Building[];
  find(id: string): Building | undefined;
  change(id: string, changes: Partial<Pick<Building, 'name' | 'city'>>): Building | undefined;
  /** Keeps the newest thousand of each building. */
  measure(id: string, measurement: Measurement): void;
  /** Writes what is not written yet. */
  flush(): void;
}

const keptMeasurements = 1000;
const writeAfterMilliseconds = 1000;

/** @throws when the file cannot be read or holds no buildings */
export function openBuildingStore(file: string): BuildingStore {
  const buildings = new Map(readBuildings(file).map((building) => [building.id, building]));
  let timer: NodeJS.Timeout | undefined;

  function flush(): void {
    if (timer === undefined) return;
    clearTimeout(timer);
    timer = undefined;
    writeFile(file, JSON.stringify({ buildings: [...buildings.values()] }, undefined, 2));
  }

  function put(building: Building): void {
    buildings.set(building.id, building);
    timer ??= setTimeout(flush, writeAfterMilliseconds);
  }

  return {
    list: () => [...buildings.values()],
    find: (id) => buildings.get(id),
    change(id, changes) {
      const building = buildings.get(id);
      if (building !== undefined) put({ ...building, ...changes });
      return buildings.get(id);
    },
    measure(id, measurement) {
      const building = buildings.get(id);
      if (building === undefined) return;
      put({
        ...building,
        measurements: [...building.measurements, measurement].slice(-keptMeasurements),
      });
    },
    flush,
  };
}

function readBuildings(file: string): readonly Building[] {
  const { buildings } = JSON.parse(readFileSync(file, 'utf8')) as { buildings?: unknown };
  if (!Array.isArray(buildings)) throw new Error(`${file} holds no list of buildings`);
  return buildings as Building[];
}

/** Aside first: whoever reads, or starts after a crash, finds the old or the new, never a part. */
function writeFile(file: string, text: string): void {
  writeFileSync(`${file}.new`, text, { mode: 0o600 });
  renameSync(`${file}.new`, file);
}
