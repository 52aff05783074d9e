/**
 * The admin API of groups and folders (docs/reference/permissions-api.md §3): the members of
 * groups, and the content of folders.
 */
import type { Core } from '../../kernel/core.ts';
import { OAuthError } from '../../model/errors.ts';
import type { HttpRequest, HttpResponse } from '../../kernel/http/message.ts';
import { empty, json } from '../../kernel/http/responses.ts';
import type { Client } from '../../model/entities.ts';
import {
  answerList,
  entityParameters,
  optionalEntity,
  pageParameters,
  parseAddress,
  requireEntityParameters,
} from '../../kernel/json-api/listing.ts';
import { parseObject, requireEntity } from '../../kernel/json-api/members.ts';
import {
  type Link,
  linkEvent,
  type LinkWords,
  maxAbove,
  maxLinkDepth,
} from '../../model/access.ts';
import type { LinkOutcome } from '../../model/permission-ports.ts';

/** The endpoints of one kind of link. */
export function linkEndpoints(words: LinkWords) {
  return {
    set: (core: Core, request: HttpRequest, client: Client) =>
      setLink(core, request, client, words),
    delete: (core: Core, request: HttpRequest, client: Client) =>
      deleteLink(core, request, client, words),
    list: (core: Core, request: HttpRequest) => listLinks(core, request, words),
  };
}

async function setLink(
  core: Core,
  request: HttpRequest,
  client: Client,
  words: LinkWords,
): Promise<HttpResponse> {
  const body = parseObject(request);
  const link = {
    kind: words.kind,
    lower: requireEntity(body, words.lower),
    upper: requireEntity(body, words.upper),
  };
  const outcome = await core.store.permissions.link({
    ...link,
    createdAt: core.clock.nowSeconds(),
  });
  if (outcome !== 'linked' && outcome !== 'linked-before')
    throw new OAuthError('hierarchy_refused', {
      description: explain(outcome, words),
      log: { outcome },
    });
  if (outcome === 'linked')
    core.events.emit({
      ...linkEvent(link.kind, 'set', link.lower, link.upper),
      clientId: client.id,
    });
  return json(render(link, words), outcome === 'linked' ? 201 : 200);
}

function explain(
  outcome: Exclude<LinkOutcome, 'linked' | 'linked-before'>,
  { lower, upper }: LinkWords,
): string {
  switch (outcome) {
    case 'circle':
      return `The ${upper} is the ${lower} itself, or is contained in it already.`;
    case 'too-deep':
      return `The ${upper} is already below ${maxLinkDepth} levels.`;
    case 'too-many':
      return `The ${lower} would have more than ${maxAbove} groups or resources above it.`;
  }
}

async function deleteLink(
  core: Core,
  request: HttpRequest,
  client: Client,
  words: LinkWords,
): Promise<HttpResponse> {
  const parameters = parseAddress(request, parametersOf(words));
  const link = {
    kind: words.kind,
    lower: requireEntityParameters(parameters, words.lower),
    upper: requireEntityParameters(parameters, words.upper),
  };
  if (await core.store.permissions.unlink(link))
    core.events.emit({
      ...linkEvent(link.kind, 'deleted', link.lower, link.upper),
      clientId: client.id,
    });
  return empty(204);
}

async function listLinks(
  core: Core,
  request: HttpRequest,
  words: LinkWords,
): Promise<HttpResponse> {
  const parameters = parseAddress(request, [...parametersOf(words), ...pageParameters]);
  const [lower, upper] = [
    optionalEntity(parameters, words.lower),
    optionalEntity(parameters, words.upper),
  ];
  const filter = {
    ...(lower === undefined ? {} : { lower }),
    ...(upper === undefined ? {} : { upper }),
  };
  return answerList(core, parameters, [words.list, filter], {
    name: words.list,
    load: (paging) => core.store.permissions.listLinks(words.kind, filter, paging),
    render: (link) => ({ ...render(link, words), created_at: link.createdAt }),
  });
}

function parametersOf({ lower, upper }: LinkWords): readonly string[] {
  return [...entityParameters(lower), ...entityParameters(upper)];
}

function render({ lower, upper }: Omit<Link, 'createdAt'>, words: LinkWords) {
  return { [words.lower]: lower, [words.upper]: upper };
}
