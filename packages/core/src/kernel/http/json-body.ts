/**
 * A JSON body (RFC 8259), bounded in size and depth before it is parsed. What it holds is still anybody's guess: an endpoint
 * asks for members by `memberOf`, which finds own members only.
 */
import { OAuthError } from '../../model/errors.ts';
import type { HttpRequest } from './message.ts';
import type { JsonMembers } from '../../model/terms.ts';

const longest = 65_536;
const deepest = 16;

/**
 * Throws content_type_wrong, or body_malformed for what is no JSON, too long, nested too deep, or has two members of one name
 * in one object: readers disagree which of the two counts (RFC 7493 §2.3).
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

/** The value of a text that its caller has bounded. `fail` makes an error of what is wrong with it: `is no JSON.` */
export function parseJsonText(text: string, fail: (problem: string) => Error): unknown {
  const members = countMembers(text);
  if (members === undefined) throw fail('is nested too deep.');
  const value = parse(text, fail);
  // Of two members with one name the parser keeps the last: then the text has more of them than the value.
  if (countKeys(value) !== members) throw fail('has two members of one name.');
  return value;
}

function parse(text: string, fail: (problem: string) => Error): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw fail('is no JSON.');
  }
}

/** `description` says what is expected; it never holds what was sent. */
export function malformed(description: string): OAuthError {
  return new OAuthError('body_malformed', { description });
}

/** An object that is no array. */
export function isJsonObject(value: unknown): value is JsonMembers {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The value of an own member; undefined for any other, such as `constructor`. */
export function memberOf(object: JsonMembers, name: string): unknown {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}

/** Colons outside of strings; undefined when it is nested too deep. Only of meaning for text that parses, and then exact. */
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
