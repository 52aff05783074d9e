/**
 * A JSON body (RFC 8259), limited in size and depth before it is parsed. Its members are not
 * checked. An endpoint reads them by `memberOf`, which finds only own members.
 */
import { OAuthError } from '../../model/errors.ts';
import type { HttpRequest } from './message.ts';
import type { JsonMembers } from '../../model/terms.ts';

const longest = 65_536;
const deepest = 16;

/**
 * Throws content_type_wrong, or body_malformed for text that is not JSON, is too long, is nested
 * too deeply, or has two members with the same name in one object, because parsers differ in which
 * one they use (RFC 7493 §2.3).
 */
export function parseJsonBody(request: HttpRequest, mediaTypes = ['application/json']): unknown {
  const type = request.headers['content-type']?.split(';', 1)[0]?.trim().toLowerCase();
  if (type === undefined || !mediaTypes.includes(type))
    throw new OAuthError('content_type_wrong', {
      description: `The body must be ${mediaTypes.join(' or ')}.`,
    });
  if (request.body.length > longest) throw malformed('The body is too long.');
  return parseJsonText(request.body, (problem) => malformed(`The body ${problem}`));
}

/**
 * Parses a text whose length the caller has limited. `fail` makes an error from a description: `is
 * not JSON.`
 */
export function parseJsonText(text: string, fail: (problem: string) => Error): unknown {
  const members = countMembers(text);
  if (members === undefined) throw fail('is nested too deeply.');
  const value = parse(text, fail);
  // The parser keeps the last of two members with the same name. Then the text has more members
  // than the value.
  if (countKeys(value) !== members) throw fail('has two members with the same name.');
  return value;
}

function parse(text: string, fail: (problem: string) => Error): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw fail('is not JSON.');
  }
}

/** `description` says what is expected. It never contains a value of the request. */
export function malformed(description: string): OAuthError {
  return new OAuthError('body_malformed', { description });
}

/** An object that is not an array. */
export function isJsonObject(value: unknown): value is JsonMembers {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The value of an own member. Undefined for any other, for example `constructor`. */
export function memberOf(object: JsonMembers, name: string): unknown {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}

/**
 * Counts colons outside of strings. Undefined if it is nested too deeply. The result is exact for
 * text that parses, and has no meaning for other text.
 */
function countMembers(text: string): number | undefined {
  let members = 0;
  let depth = 0;
  let quoted = false;
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at];
    if (quoted) {
      if (character === '\\') at += 1;
      else if (character === '"') quoted = false;
    } else if (character === '"') quoted = true;
    else if (character === ':') members += 1;
    else if (character === '[' || character === '{') {
      depth += 1;
      if (depth > deepest) return undefined;
    } else if (character === ']' || character === '}') depth -= 1;
  }
  return members;
}

function countKeys(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  const children: unknown[] = Object.values(value);
  return children.reduce<number>(
    (keys, child) => keys + countKeys(child),
    Array.isArray(value) ? 0 : children.length,
  );
}
