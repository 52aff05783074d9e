/**
 * Reads members of a JSON body. A missing member, or null, is reported as missing (Authorization
 * API 1.0 §10.1.1, §11.5). Unknown members are ignored (§10.1.1).
 */
import { OAuthError } from '../../model/errors.ts';
import type { HttpRequest } from '../http/message.ts';
import { isJsonObject, malformed, memberOf, parseJsonBody } from '../http/json-body.ts';
import { type Entity, longestId, longestName, refuseText } from '../../model/access.ts';
import type { Properties } from '../../model/permission-ports.ts';
import type { JsonMembers } from '../../model/terms.ts';

/**
 * Parameters in the address are refused. Otherwise they would be ignored, which is dangerous for
 * `withdraw=true`.
 */
export function parseObject(request: HttpRequest): JsonMembers {
  if (request.query !== '') throw new OAuthError('credentials_in_query');
  const body = parseJsonBody(request);
  if (!isJsonObject(body)) throw malformed('The body must be an object.');
  return body;
}

/** `place` is the path of the object with a dot: `subject.`. Empty at the top. */
export function optionalObject(
  object: JsonMembers,
  name: string,
  place = '',
): JsonMembers | undefined {
  const value = memberOf(object, name) ?? undefined;
  if (value === undefined || isJsonObject(value)) return value;
  throw wrong(`${place}${name} must be an object.`);
}

export function requireObject(object: JsonMembers, name: string, place = ''): JsonMembers {
  return optionalObject(object, name, place) ?? missing(`${place}${name}`);
}

export function optionalText(object: JsonMembers, name: string, place = ''): string | undefined {
  const value = memberOf(object, name) ?? undefined;
  if (value === undefined || typeof value === 'string') return value;
  throw wrong(`${place}${name} must be text.`);
}

export function requireText(object: JsonMembers, name: string, place = ''): string {
  return optionalText(object, name, place) ?? missing(`${place}${name}`);
}

export function properties(
  object: JsonMembers,
  place: string,
): { readonly properties?: Properties } {
  const value = optionalObject(object, 'properties', place);
  return value === undefined ? {} : { properties: value };
}

export function missing(name: string): never {
  throw new OAuthError('parameter_missing', { description: `${name} is required.` });
}

/** `description` never contains a value of the request. */
export function wrong(description: string): OAuthError {
  return new OAuthError('parameter_malformed', { description });
}

/** An entity that will be stored. */
export function requireEntity(body: JsonMembers, name: string): Entity {
  const object = requireObject(body, name);
  return checkEntity(
    name,
    requireText(object, 'type', `${name}.`),
    requireText(object, 'id', `${name}.`),
  );
}

export function checkEntity(name: string, type: string, id: string): Entity {
  assertText(`${name}.type`, type, longestName);
  assertText(`${name}.id`, id, longestId);
  return { type, id };
}

export function assertText(name: string, text: string, longest: number): void {
  const refused = refuseText(text, longest);
  if (refused !== undefined) throw wrong(`${name} ${refused}.`);
}
