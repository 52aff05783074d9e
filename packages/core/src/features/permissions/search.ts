/** The Search APIs (Authorization API 1.0 §8): for subjects, resources and actions. */
import type { Core } from '../../kernel/core.ts';
import { memberOf } from '../../kernel/http/json-body.ts';
import type { HttpRequest, HttpResponse } from '../../kernel/http/message.ts';
import { json } from '../../kernel/http/responses.ts';
import {
  decisionPointOf,
  parseAction,
  parseContext,
  parseResource,
  parseSubject,
} from './evaluation.ts';
import { optionalObject, optionalText, parseObject, wrong } from '../../kernel/json-api/members.ts';
import { openPosition, type Position, sealPosition } from '../../kernel/json-api/page-token.ts';
import type { Found, Sought } from '../../model/permission-ports.ts';
import type { JsonMembers } from '../../model/terms.ts';

const defaultLimit = 100;
const highestLimit = 1000;

/** §8.4. The id of the searched entity is ignored. */
export function handleSearchSubject(core: Core, request: HttpRequest): Promise<HttpResponse> {
  return searchEntities(core, parseObject(request), 'subject');
}

/** §8.5. */
export function handleSearchResource(core: Core, request: HttpRequest): Promise<HttpResponse> {
  return searchEntities(core, parseObject(request), 'resource');
}

function searchEntities(core: Core, body: JsonMembers, sought: Sought): Promise<HttpResponse> {
  const question = {
    ...parseSubject(body, sought === 'subject'),
    ...parseAction(body),
    ...parseResource(body, sought === 'resource'),
    ...parseContext(body),
  };
  const { type } = question[sought];
  return answerPage(
    core,
    body,
    { sought, ...question },
    {
      find: ({ after, limit }) => decisionPointOf(core).search(sought, question, after, limit),
      render: (id) => ({ type, id }),
    },
  );
}

/** §8.6: without an action, because actions are searched. */
export function handleSearchAction(core: Core, request: HttpRequest): Promise<HttpResponse> {
  const body = parseObject(request);
  const question = { ...parseSubject(body), ...parseResource(body), ...parseContext(body) };
  return answerPage(core, body, question, {
    find: ({ after, limit }) => decisionPointOf(core).searchActions(question, after, limit),
    render: (name) => ({ name }),
  });
}

interface SearchOf {
  readonly find: (position: Position) => Promise<Found>;
  readonly render: (item: string) => Readonly<Record<string, string>>;
}

async function answerPage(
  core: Core,
  body: JsonMembers,
  query: unknown,
  { find, render }: SearchOf,
): Promise<HttpResponse> {
  const position = parsePage(core, body, query);
  const { items, next, wrong: refused } = await find(position);
  if (refused !== undefined) throw wrong(`${refused}.`);
  // §8.2.2: an empty text on the last page.
  const nextToken =
    next === undefined ? '' : sealPosition(core, query, { ...position, after: next });
  return json({ page: { next_token: nextToken, count: items.length }, results: items.map(render) });
}

/**
 * §8.2.1: with a token, a limit in the request must be the limit at the beginning of the search.
 */
function parsePage(core: Core, body: JsonMembers, query: unknown): Position {
  const page = optionalObject(body, 'page') ?? {};
  const limit = parseLimit(memberOf(page, 'limit') ?? undefined);
  const token = optionalText(page, 'token', 'page.') ?? '';
  if (token === '') return { after: '', limit: limit ?? defaultLimit };
  const position = openPosition(core, query, token);
  if (limit !== undefined && limit !== position.limit)
    throw wrong('page.limit differs from that of the first search.');
  return position;
}

function parseLimit(limit: unknown): number | undefined {
  if (limit === undefined) return undefined;
  if (typeof limit !== 'number' || !Number.isInteger(limit) || limit < 0)
    throw wrong('page.limit must be a whole number of at least 0.');
  return Math.min(limit, highestLimit);
}
