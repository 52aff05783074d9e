/**
 * JSON objects that every reader understands in the same way: no duplicate members (RFC 7515 §4,
 * RFC 7519 §4), no deep nesting, no lone surrogates, no numbers that overflow (RFC 7493 §2.1,
 * §2.2).
 */
import { isUtf8 } from 'node:buffer';

/** A JSON object whose members are not checked yet. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** Far more than any claim needs. It bounds every later recursion over the value. */
const deepest = 16;

/**
 * The object, or undefined if the bytes are not exactly one JSON object in valid UTF-8 (RFC 8725
 * §3.7). Refuses duplicate members (RFC 7515 §4), more than 16 levels, lone surrogates, and numbers
 * that overflow (RFC 7493 §2).
 */
export function parseJsonObject(bytes: Buffer): JsonObject | undefined {
  if (!isUtf8(bytes)) return undefined;
  const text = bytes.toString('utf8');
  const members = countMembers(text);
  if (members === undefined) return undefined;
  const value = parse(text);
  if (!isObject(value)) return undefined;
  // JSON.parse keeps the last of two members with one name. Then the text has more members than the
  // value.
  if (countKeys(value) !== members) return undefined;
  // The bytes are UTF-8, so only an escape can write half a character.
  return !text.includes('\\u') || isWellFormed(value) ? value : undefined;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Whether a value is an object, and neither a list nor null. Does not look at its members. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * Counts the colons outside of strings. Undefined if the nesting is too deep. The result is
 * meaningful only for text that parses.
 */
function countMembers(text: string): number | undefined {
  let members = 0;
  let depth = 0;
  for (let at = 0; at < text.length; at += 1) {
    switch (text.charCodeAt(at)) {
      case 0x22: // "
        at = endOfString(text, at);
        break;
      case 0x3a: // :
        members += 1;
        break;
      case 0x5b: // [
      case 0x7b: // {
        depth += 1;
        if (depth > deepest) return undefined;
        break;
      case 0x5d: // ]
      case 0x7d: // }
        depth -= 1;
        break;
    }
  }
  return members;
}

/**
 * The position of the closing quote of the string that starts at `start`, or the end of the text.
 */
function endOfString(text: string, start: number): number {
  let end = text.indexOf('"', start + 1);
  while (end !== -1 && isEscaped(text, end)) end = text.indexOf('"', end + 1);
  return end === -1 ? text.length : end;
}

function isEscaped(text: string, at: number): boolean {
  let slashes = 0;
  while (text.charCodeAt(at - 1 - slashes) === 0x5c) slashes += 1;
  return slashes % 2 === 1;
}

/**
 * NaN if one of the values has overflowed: 1e400 parses as Infinity, which is later than every
 * time.
 */
function countKeys(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  const children: unknown[] = Array.isArray(value) ? value : Object.values(value);
  let keys = Array.isArray(value) ? 0 : children.length;
  for (const child of children) {
    if (typeof child === 'object') keys += countKeys(child);
    else if (child === Number.POSITIVE_INFINITY || child === Number.NEGATIVE_INFINITY)
      return Number.NaN;
  }
  return keys;
}

/**
 * Two names that differ only in half a character become one name when they are written (RFC 8725
 * §3.7).
 */
function isWellFormed(value: unknown): boolean {
  if (typeof value === 'string') return value.isWellFormed();
  if (typeof value !== 'object' || value === null) return true;
  return Array.isArray(value)
    ? value.every(isWellFormed)
    : Object.entries(value).every(([name, child]) => name.isWellFormed() && isWellFormed(child));
}
