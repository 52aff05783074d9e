/** Whether what a caller must give is there, and of its kind. */

/** Whether a value is a text that is not empty. */
export function isName(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

/** One, or a list of at least one. */
export function areNames(value: unknown): boolean {
  return Array.isArray(value) ? value.length > 0 && value.every(isName) : isName(value);
}

/**
 * Whether a value can be a NumericDate (RFC 7519 §2) or another amount: a number from 0 to the
 * largest safe integer. 1e400 parses as Infinity, and past the safe integers one second more is no
 * more.
 */
export function isTime(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value <= Number.MAX_SAFE_INTEGER;
}

/**
 * Names of options that are none of those that are known, each with the nearest of these: the one
 * that shares the most pairs of characters. A misspelt option would otherwise do nothing without a
 * word.
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
 * What is missing would match a token that lacks the same, and what is no number is neither more
 * nor less than any.
 * @throws TypeError with the names of all that are not given
 */
export function assertGiven(given: Readonly<Record<string, boolean>>): void {
  const missing = Object.keys(given).filter((name) => given[name] !== true);
  assertNoFaults(missing.map((name) => `${name}: missing or mistyped.`));
}

/** @throws TypeError for a name that is none of these */
export function assertNames(options: object, known: readonly string[]): void {
  assertNoFaults(
    unknownNames(options, known).map(
      ([name, nearest]) => `${name}: no such option; the nearest is ${nearest}.`,
    ),
  );
}

/**
 * Refuses options with all of their faults at once.
 * @throws TypeError with these faults, one a line, where there are any
 */
export function assertNoFaults(faults: readonly string[]): void {
  if (faults.length > 0) throw new TypeError(faults.join('\n'));
}
