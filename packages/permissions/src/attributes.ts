/**
 * Converts the properties that a caller sent to values of Cedar. An absent value and `null` are
 * equal (Authorization API 1.0 §11.5). Cedar's numbers are whole. Any other number becomes text, so
 * that a policy that compares it fails and is not skipped.
 */
import type { Properties } from '@keywright/core';
import type { Context } from './cedar.ts';

type CedarValue = NonNullable<Context[string]>;

/** A value cannot be converted. The message says why. */
export class UnusableProperties extends Error {}

/**
 * In Cedar's JSON these are references and calls, not data. A caller must not be able to use them.
 */
const escapes = ['__entity', '__extn', '__expr'];

export function toRecord(properties: Properties | undefined): Context {
  return properties === undefined ? {} : readRecord(properties);
}

/** Names and values, at any depth. Their number decides the cost. */
export function countValues(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 1;
  const inner: readonly unknown[] = Object.values(value);
  return inner.reduce<number>((sum, one) => sum + countValues(one), 1);
}

function readRecord(object: Properties): Context {
  if (escapes.some((name) => Object.hasOwn(object, name)))
    throw new UnusableProperties(`a property may not be named ${escapes.join(', ')}`);
  // Built from entries, so that a member with the name __proto__ stays a member.
  return Object.fromEntries(
    Object.entries(object).flatMap(([name, value]) => {
      const read = readValue(value);
      return read === undefined ? [] : [[readText(name), read]];
    }),
  );
}

function readValue(value: unknown): CedarValue | undefined {
  if (value === null || value === undefined) return undefined;
  if (typeof value === 'boolean') return value;
  if (typeof value === 'string') return readText(value);
  if (typeof value === 'number') return Number.isSafeInteger(value) ? value : String(value);
  if (Array.isArray(value)) return value.flatMap((one: unknown) => readValue(one) ?? []);
  if (typeof value === 'object') return readRecord(value as Properties);
  throw new UnusableProperties('a property must be JSON');
}

/** RFC 7493 §2.1: half a surrogate pair would become another text. */
function readText(text: string): string {
  if (!text.isWellFormed()) throw new UnusableProperties('a property must be well-formed text');
  return text;
}
