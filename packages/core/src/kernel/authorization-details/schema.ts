/**
 * The schema of the details of one type, and the check against it. A small part of JSON Schema
 * (draft 2020-12): `object` with `properties` and `required`, `string` with `enum` and `maxLength`,
 * `integer` with bounds, `boolean`, and arrays of strings. Everything undeclared is refused,
 * because a detail is a permission that the user must understand. There are no patterns, because a
 * bad pattern can take minutes to match.
 */
import { unreadable } from '../../rules/display-text.ts';
import type {
  StringSchema,
  IntegerSchema,
  ArraySchema,
  ObjectSchema,
  MemberSchema,
} from '../../model/api-settings.ts';

export const maxItems = 50;
export const maxMembers = 20;
/** The depth of nested objects. */
export const maxDepth = 3;
const defaultMaxLength = 200;

type Members = Readonly<Record<string, unknown>>;

/**
 * Returns the same value with its members in the order of the schema, so that equal details have
 * equal texts. Throws the error that `fail` makes of a sentence. The sentence names the member, and
 * never contains a value of the request.
 */
export function readObject(
  value: unknown,
  schema: ObjectSchema,
  at: string,
  fail: (message: string) => Error,
): Members {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw fail(`${at} must be an object.`);
  const members = value as Members;
  // RFC 9396 §5: unknown fields are refused, and so are missing fields and wrong values.
  for (const name of Object.keys(members))
    if (!Object.hasOwn(schema.properties, name))
      throw fail(`${at} has a member that its type does not have.`);
  for (const name of schema.required ?? [])
    if (!Object.hasOwn(members, name)) throw fail(`${at}.${name} is required.`);
  const read: Record<string, unknown> = {};
  for (const [name, member] of Object.entries(schema.properties))
    if (Object.hasOwn(members, name))
      read[name] = readMember(members[name], member, `${at}.${name}`, fail);
  return read;
}

function readMember(
  value: unknown,
  schema: MemberSchema,
  at: string,
  fail: (message: string) => Error,
): unknown {
  switch (schema.type) {
    case 'object':
      return readObject(value, schema, at, fail);
    case 'array':
      return readArray(value, schema, at, fail);
    case 'boolean':
      if (typeof value !== 'boolean') throw fail(`${at} must be true or false.`);
      return value;
    case 'integer':
      return readInteger(value, schema, at, fail);
    case 'string':
      return readString(value, schema, at, fail);
  }
}

/** Whether a text can be an item of this array. */
export function isItemOf({ items }: ArraySchema, text: string): boolean {
  const { enum: known, maxLength = defaultMaxLength } = items;
  if (text === '' || text.length > maxLength || unreadable.test(text)) return false;
  return known === undefined || known.includes(text);
}

function readArray(
  value: unknown,
  { items, maxItems: most = maxItems }: ArraySchema,
  at: string,
  fail: (message: string) => Error,
): readonly string[] {
  if (!Array.isArray(value) || value.length === 0 || value.length > most)
    throw fail(`${at} must be an array of 1 to ${most} strings.`);
  const strings = value.map((one: unknown) => readString(one, items, `${at}[]`, fail));
  if (new Set(strings).size < strings.length) throw fail(`${at} names a value twice.`);
  return strings;
}

function readInteger(
  value: unknown,
  { minimum = Number.MIN_SAFE_INTEGER, maximum = Number.MAX_SAFE_INTEGER }: IntegerSchema,
  at: string,
  fail: (message: string) => Error,
): number {
  if (
    typeof value !== 'number' ||
    !Number.isSafeInteger(value) ||
    value < minimum ||
    value > maximum
  )
    throw fail(`${at} must be a whole number within the limits.`);
  return value;
}

function readString(
  value: unknown,
  { enum: known, maxLength = defaultMaxLength }: StringSchema,
  at: string,
  fail: (message: string) => Error,
): string {
  if (typeof value !== 'string' || value === '' || value.length > maxLength)
    throw fail(`${at} must be a string of 1 to ${maxLength} characters.`);
  if (known !== undefined && !known.includes(value))
    throw fail(`${at} has a value that its type does not allow.`);
  // Users read this text and agree to it.
  if (unreadable.test(value)) throw fail(`${at} must not have control or invisible characters.`);
  return value;
}
