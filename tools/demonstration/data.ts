/** The buildings that the platform API starts with: some of Ada's, some of Grace's. */
import { existsSync, readFileSync } from 'node:fs';
import { people } from './platform.ts';
import { writePrivateJson } from './private-files.ts';

/** Account ids by e-mail address. */
export type Owners = Readonly<Record<string, string>>;

const [ada, grace] = people;

export const buildings = [
  { id: 'b-101', name: 'Sunrise House', city: 'Rostock', owner: ada.email },
  { id: 'b-102', name: 'The Old Mill', city: 'Wismar', owner: ada.email },
  { id: 'b-201', name: 'Harbour Loft', city: 'Hamburg', owner: grace.email },
] as const;

const firstMeasurements = [
  { kind: 'temperature', value: 21.4, unit: '°C', at: '2026-11-01T06:00:00.000Z' },
  { kind: 'humidity', value: 43, unit: '%', at: '2026-11-01T06:00:00.000Z' },
] as const;

export function ownerOf(owners: Owners, email: string): string {
  const id = owners[email];
  if (id === undefined) throw new Error(`There is no account of ${email}.`);
  return id;
}

/**
 * Keeps buildings that are in the file, if they belong to these accounts, because the API adds
 * some.
 */
export function writeData(file: string, owners: Owners): void {
  const former = existsSync(file) ? readFileSync(file, 'utf8') : '';
  if (people.every(({ email }) => former.includes(ownerOf(owners, email)))) return;
  writePrivateJson(file, {
    buildings: buildings.map((building) => ({
      ...building,
      owner: ownerOf(owners, building.owner),
      measurements: firstMeasurements,
    })),
  });
}

/** What the first account may read, and what it may not. */
export function resourcesOf(api: string) {
  const addresses = (email: string) =>
    buildings
      .filter((building) => building.owner === email)
      .map((building) => `${api}/buildings/${building.id}`);
  return { allowed: addresses(ada.email), forbidden: addresses(grace.email) };
}
