/** Checks that required values are present and of their kind. */

/** Whether a value is a text that is not empty. */
export function isName(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

/** One name, or a list of at least one. */
export function areNames(value: unknown): boolean {
  return Array.isArray(value) ? value.length > 0 && value.every(isName) : isName(value);
}

/**
 * Whether a value can be a NumericDate (RFC 7519 §2) or another amount: a number from 0 to the
 * largest safe integer. 1e400 parses as Infinity. Above the safe integers, adding one second
 * changes nothing.
 */
export function isTime(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value <= Number.MAX_SAFE_INTEGER;
}

/**
 * Unknown names of options, each with the nearest known name: the one that shares the most pairs of
 * characters. Otherwise a misspelt option would silently do nothing.
 */
export function unknownNames(
  options: object,
  known: readonly string[],
): readonly (readonly [name: string, nearest: string])[] {
  const unknown = Object.keys(options).filter((name) => !known.includes(name));
  return unknown.map((name) => {
    const likeness = (one: string) =>
      one.split('').filter((_, at) => name.includes(one.slice(at, at + 2))).length;
    return [name, known.reduce((best, one) => (likeness(one) > likeness(best) ? one : best))];
  });
}

/**
 * A missing value would match a token that lacks it too, and NaN is neither more nor less than any
 * number.
 * @throws TypeError with the names of all missing values
 */
export function assertGiven(given: Readonly<Record<string, boolean>>): void {
  const missing = Object.keys(given).filter((name) => given[name] !== true);
  assertNoFaults(missing.map((name) => `${name}: missing or mistyped.`));
}

/** @throws TypeError for an unknown name */
export function assertNames(options: object, known: readonly string[]): void {
  assertNoFaults(
    unknownNames(options, known).map(
      ([name, nearest]) => `${name}: no such option; the nearest is ${nearest}.`,
    ),
  );
}

/**
 * Refuses options with all of their faults at once.
 * @throws TypeError with one fault on each line, if there are any
 */
export function assertNoFaults(faults: readonly string[]): void {
  if (faults.length > 0) throw new TypeError(faults.join('\n'));
}
