/** The things of this platform, and what may be sent about them. */
export interface Measurement {
  /** What was measured: `temperature`. */
  readonly kind: string;
  readonly value: number;
  readonly unit: string;
  /** ISO 8601, in UTC. */
  readonly at: string;
}

export interface Building {
  readonly id: string;
  readonly name: string;
  readonly city: string;
  /**
   * `sub` of the owner: the one name of a person that never changes and is never given to another.
   */
  readonly owner: string;
  /** Oldest first. */
  readonly measurements: readonly Measurement[];
}

/** Something sent that cannot be meant; the message goes to the sender. */
export class InvalidInput extends Error {}

/** What everyone who may see a building sees of it. */
export function viewOf({ id, name, city }: Building) {
  return { id, name, city };
}

/** @throws InvalidInput */
export function parseMeasurement(input: unknown): Measurement {
  const { kind, value, unit, at } = asObject(input);
  if (typeof kind !== 'string' || !/^[a-z][a-z0-9_-]{0,39}$/.test(kind))
    throw new InvalidInput('kind: a short word.');
  if (typeof value !== 'number') throw new InvalidInput('value: a number.');
  // Letters and signs of units only: it ends up in CSV, where "=" would start a formula.
  if (typeof unit !== 'string' || !/^[\p{L}°%/²³]{1,10}$/u.test(unit))
    throw new InvalidInput('unit: a short sign.');
  if (typeof at !== 'string' || Number.isNaN(Date.parse(at)))
    throw new InvalidInput('at: a time in ISO 8601.');
  return { kind, value, unit, at: new Date(at).toISOString() };
}

/** @throws InvalidInput */
export function parseNamesQuestion(input: unknown): {
  readonly sub: string;
  readonly identifiers: readonly unknown[] | undefined;
} {
  const { sub, identifiers } = asObject(input);
  if (typeof sub !== 'string') throw new InvalidInput('sub: the account of the user.');
  if (identifiers !== undefined && !Array.isArray(identifiers))
    throw new InvalidInput('identifiers: a list.');
  return { sub, identifiers };
}

/** @throws InvalidInput */
export function parseChanges(input: unknown): Partial<Pick<Building, 'name' | 'city'>> {
  const entries = Object.entries(asObject(input));
  for (const [field, value] of entries) {
    if (field !== 'name' && field !== 'city')
      throw new InvalidInput('Only name and city can be changed.');
    if (typeof value !== 'string' || value.trim() === '' || value.length > 100) {
      throw new InvalidInput(`${field}: a text of up to 100 characters.`);
    }
  }
  return Object.fromEntries(entries);
}

function asObject(input: unknown): Record<string, unknown> {
  if (typeof input !== 'object' || input === null || Array.isArray(input))
    throw new InvalidInput('A JSON object.');
  return input as Record<string, unknown>;
}

/** Newest first, RFC 4180. No field can hold a comma or a quote: see `parseMeasurement`. */
export function toCsv(measurements: readonly Measurement[]): string {
  const rows = measurements.map(
    ({ kind, value, unit, at }) => `${at},${kind},${value},${unit}\r\n`,
  );
  return `at,kind,value,unit\r\n${rows.toReversed().join('')}`;
}
