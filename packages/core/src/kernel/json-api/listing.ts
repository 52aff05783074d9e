/** Lists of the admin API: filters and pages in the address, entities by type and id. */
import type { Core } from '../core.ts';
import type { HttpRequest, HttpResponse } from '../http/message.ts';
import { assertNotRepeated, type Parameters, parseParameters } from '../http/parameters.ts';
import { json } from '../http/responses.ts';
import type { Page, Paging } from '../../model/paging.ts';
import { checkEntity, missing, wrong } from './members.ts';
import type { Entity } from '../../model/access.ts';
import { openPosition, sealPosition } from './page-token.ts';

const defaultLimit = 100;
const highestLimit = 1000;

/**
 * Throws for a parameter that is repeated, empty or unknown, because a mistyped filter would list
 * everything.
 */
export function parseAddress(request: HttpRequest, known: readonly string[]): Parameters {
  const parameters = parseParameters(request.query, []);
  assertNotRepeated(parameters);
  for (const pair of request.query.split('&').filter((one) => one !== '')) {
    const [name = '', value = ''] = pair.split('=', 2);
    if (!known.includes(name))
      throw wrong(`The parameters of this address are ${known.join(', ') || 'none'}.`);
    if (value === '') throw wrong(`${name} has no value: leave it out, or give a value.`);
  }
  return parameters;
}

/** The parameter names of an entity. */
export function entityParameters(name: string): readonly string[] {
  return [`${name}_type`, `${name}_id`];
}

/** Undefined if both are absent. One without the other is a fault. */
export function optionalEntity(parameters: Parameters, name: string): Entity | undefined {
  const [typeName = '', idName = ''] = entityParameters(name);
  const [type, id] = [parameters.get(typeName), parameters.get(idName)];
  if (type === undefined && id === undefined) return undefined;
  return checkEntity(name, type ?? missing(typeName), id ?? missing(idName));
}

export function requireEntityParameters(parameters: Parameters, name: string): Entity {
  return optionalEntity(parameters, name) ?? missing(entityParameters(name).join(' and '));
}

export const pageParameters = ['limit', 'after'];

/** `query` describes the list. A page token is valid only in the same list. */
export async function answerList<T>(
  core: Core,
  parameters: Parameters,
  query: unknown,
  { name, load, render }: ListOf<T>,
): Promise<HttpResponse> {
  const paging = parsePaging(core, parameters, query);
  const { items, next } = await load(paging);
  const nextToken =
    next === undefined
      ? {}
      : { next: sealPosition(core, query, { after: next, limit: paging.limit }) };
  return json({ [name]: items.map(render), ...nextToken });
}

export interface ListOf<T> {
  readonly name: string;
  readonly load: (paging: Paging) => Promise<Page<T>>;
  readonly render: (item: T) => unknown;
}

function parsePaging(
  core: Core,
  parameters: Parameters,
  query: unknown,
): Paging & { readonly limit: number } {
  const text = parameters.get('limit');
  const limit = text === undefined ? undefined : Number(text);
  if (limit !== undefined && !(Number.isInteger(limit) && limit >= 1 && limit <= highestLimit))
    throw wrong(`limit must be a whole number from 1 to ${highestLimit}.`);
  const token = parameters.get('after');
  if (token === undefined) return { limit: limit ?? defaultLimit };
  const position = openPosition(core, query, token);
  return { after: position.after, limit: limit ?? position.limit };
}
