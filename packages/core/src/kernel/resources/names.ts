/**
 * The names of single resources, as their API says them: asked for with a page, within two seconds,
 * and cached for minutes. A page never fails for want of names.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { BoundedMap } from '@keywright/jwt';
import type { NamedResource, ResourceQuestion } from '../../model/resource-ports.ts';
import type { ResourceMemory } from '../../model/services.ts';
import type { FoundType } from '../authorization-details/type.ts';
import type { Core } from '../core.ts';
import { waitOutside } from '../limits/external-waits.ts';
import { readResources } from './reply.ts';
import { makeServiceToken } from './service-token.ts';

const keptSeconds = 300;
/** An API that fails is not asked again at once for the same user. */
const failureSeconds = 10;
const mostNames = 5000;
/** A list may have a hundred resources with pictures. */
const mostLists = 200;
const mostAtOnce = 32;
const mostMilliseconds = 2000;
const mostBytes = 256 * 1024;

export function createResourceMemory(): ResourceMemory {
  return {
    names: new BoundedMap(mostNames),
    lists: new BoundedMap(mostLists),
    asking: new Map(),
  };
}

/** Whom a page is for. */
export interface Looking {
  readonly accountId: string;
  readonly clientId: string;
}

/** What the API says of these resources. Undefined if it cannot be asked now. */
export async function loadNames(
  core: Core,
  { type, api }: FoundType,
  { accountId, clientId }: Looking,
  identifiers: readonly string[],
): Promise<ReadonlyMap<string, NamedResource> | undefined> {
  const { names } = core.resourceMemory;
  const about = { api: api.identifier, type: type.type, accountId, clientId };
  const named = new Map<string, NamedResource>();
  const unknown: string[] = [];
  for (const identifier of new Set(identifiers)) {
    const kept = recall(core, names, keyOf(about, identifier));
    if (kept === undefined) unknown.push(identifier);
    else for (const one of kept) named.set(identifier, one);
  }
  if (unknown.length === 0) return named;
  const found = await askOnce(core, { type, api }, { ...about, identifiers: unknown });
  if (found === undefined) return undefined;
  for (const identifier of unknown) {
    // What was not asked for is not looked at.
    const one = found.find((resource) => resource.identifier === identifier);
    keep(core, names, keyOf(about, identifier), one === undefined ? [] : [one]);
    if (one !== undefined) named.set(identifier, one);
  }
  return named;
}

/** The resources of the user, by the API. Undefined if it cannot be asked now. */
export async function loadOwn(
  core: Core,
  { type, api }: FoundType,
  { accountId, clientId }: Looking,
): Promise<readonly NamedResource[] | undefined> {
  const { lists } = core.resourceMemory;
  const about = { api: api.identifier, type: type.type, accountId, clientId };
  const kept = recall(core, lists, keyOf(about));
  if (kept !== undefined) return kept;
  const found = await askOnce(core, { type, api }, about);
  if (found !== undefined) keep(core, lists, keyOf(about), found);
  return found;
}

/** The client is in the question, so the answer may depend on it. */
function keyOf(about: ResourceQuestion, identifier?: string): string {
  return JSON.stringify([about.type, about.accountId, about.clientId, identifier]);
}

type Kept = ResourceMemory['names'];

function recall({ clock }: Core, from: Kept, key: string): readonly NamedResource[] | undefined {
  const kept = from.get(key);
  return kept !== undefined && kept.until > clock.nowSeconds() ? kept.resources : undefined;
}

function keep({ clock }: Core, to: Kept, key: string, resources: readonly NamedResource[]): void {
  to.set(key, { resources, until: clock.nowSeconds() + keptSeconds });
}

type Found = readonly NamedResource[] | undefined;

/** The same question is asked once at a time. */
function askOnce(core: Core, found: FoundType, question: ResourceQuestion): Promise<Found> {
  const { asking } = core.resourceMemory;
  const key = JSON.stringify(question);
  const running = asking.get(key);
  if (running !== undefined) return running;
  if (asking.size >= mostAtOnce) return Promise.resolve(undefined);
  const started = ask(core, found, question).finally(() => asking.delete(key));
  asking.set(key, started);
  return started;
}

async function ask(core: Core, found: FoundType, question: ResourceQuestion): Promise<Found> {
  const failed = `failed ${question.type} ${question.accountId}`;
  if (recall(core, core.resourceMemory.names, failed) !== undefined) return undefined;
  try {
    const resources = readResources(
      await waitOutside(core.externalWaits, send(core, found, question)),
    );
    if (resources === undefined) throw new Error('the answer has no list of resources');
    return resources;
  } catch (error) {
    const until = core.clock.nowSeconds() + failureSeconds;
    core.resourceMemory.names.set(failed, { resources: [], until });
    core.events.emit({
      type: 'resources.not_named',
      audience: question.api,
      detailType: question.type,
      error,
    });
    return undefined;
  }
}

async function send(core: Core, { type, api }: FoundType, question: ResourceQuestion) {
  if (type.resolver === 'function') return callFunction(core, question);
  if (type.resolver === undefined || core.ownOutbound === undefined)
    throw new Error('there is no way to ask the API');
  const { text } = await core.ownOutbound.send(type.resolver, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${await makeServiceToken(core, api)}`,
      'content-type': 'application/json',
    },
    body: JSON.stringify({
      type: question.type,
      sub: question.accountId,
      client_id: question.clientId,
      ...(question.identifiers === undefined ? {} : { identifiers: question.identifiers }),
    }),
    accept: 'application/json',
    maxBytes: mostBytes,
  });
  return (JSON.parse(text) as { readonly resources?: unknown } | null)?.resources;
}

async function callFunction(core: Core, question: ResourceQuestion): Promise<unknown> {
  if (core.resolveResources === undefined) throw new Error('there is no function');
  const timer = new AbortController();
  const tooSlow = sleep(mostMilliseconds, undefined, { signal: timer.signal, ref: false });
  try {
    return await Promise.race([
      core.resolveResources(question),
      tooSlow.then(() => Promise.reject(new Error('the function took too long'))),
    ]);
  } finally {
    timer.abort();
    tooSlow.catch(() => undefined);
  }
}
