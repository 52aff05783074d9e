/**
 * The kind of each option. A value that is missing, empty or of another kind never means "do not
 * check".
 */
import { assertNoFaults, isName, isObject, isTime, unknownNames } from '@keywright/jwt';

/** Whether a value is of the kind, and what to write otherwise. */
export type Kind = readonly [is: (value: unknown) => boolean, cure: string];
export type Kinds = Readonly<Record<string, Kind>>;
export type KindsOf<Options> = Readonly<Record<keyof Options, Kind>>;

export { isName as isText, isObject } from '@keywright/jwt';

/** An option whose default is as strict as any value: `undefined` counts as absent. */
export function optional(is: Kind[0], cure: string): Kind {
  return [(value) => value === undefined || is(value), cure];
}

/** The same for an option that adds a check: `undefined` is a fault. */
export function asked([is, cure]: Kind): Kind {
  return [(value) => value !== undefined && is(value), cure];
}

function isCall(value: unknown): boolean {
  return typeof value === 'function';
}

export function hasCalls(...names: readonly string[]): Kind[0] {
  return (value) =>
    isObject(value) && names.every((name) => isCall((value as Record<string, unknown>)[name]));
}

/**
 * NaN is neither more nor less than any number: with it as a limit, nothing would ever be too old
 * or too large.
 */
export const number = optional(isTime, 'a number, at least 0.');
export const flag = optional((value) => typeof value === 'boolean', 'true or false.');
export const text = optional(isName, 'a text.');
export const texts = optional(
  (value) => Array.isArray(value) && value.every(isName),
  'a list of texts.',
);
export const call = optional(isCall, 'a function.');
export const object = optional(isObject, 'an object.');
/** Another function checks it. */
export const any: Kind = [() => true, ''];

/** A variable of the environment that is not set must not read like a wrong value. */
export function expected(value: unknown, cure: string): string {
  return (value ?? '') === '' ? `missing or empty. Expected: ${cure}` : cure;
}

/** @throws TypeError with all faults */
export function assertKinds(options: object, kinds: Kinds, required: readonly string[]): void {
  assertNoFaults(faultsOf(options, kinds, '', required));
}

/**
 * The faults of each option. A misspelt name is a fault too, because it would silently do nothing.
 * `inside` is the option that contains these, with a dot.
 */
export function faultsOf(
  options: object,
  kinds: Kinds,
  inside: string,
  required: readonly string[] = [],
): readonly string[] {
  const values = options as Readonly<Record<string, unknown>>;
  const wrong = Object.entries(kinds).filter(
    ([name, [is]]) => (name in options || required.includes(name)) && !is(values[name]),
  );
  return [
    ...unknownNames(options, Object.keys(kinds)).map(
      ([name, nearest]) => `${inside}${name}: no such option; the nearest is ${nearest}.`,
    ),
    ...wrong.map(([name, [, cure]]) => `${inside}${name}: ${expected(values[name], cure)}`),
  ];
}
