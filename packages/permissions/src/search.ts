/**
 * Searches: candidates in the order of the store. Each candidate is decided like a question. So a
 * search returns what a decision permits. It takes limited time: it may stop before the end, and
 * returns where to continue.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  anyAction,
  type Decided,
  type DecisionPoint,
  type Found,
  type PermissionStore,
  type Question,
  type Sought,
} from '@keywright/core';
import type { Policies } from './policies.ts';

export interface SearchParts {
  readonly store: PermissionStore;
  readonly policies: Policies | undefined;
  readonly decide: (question: Question) => Promise<Decided>;
  readonly refuse: (question: Question) => string | undefined;
}

/**
 * How many candidates are decided for one page, how many are read at once, and how many are decided
 * together. Other requests run in between.
 */
const mostDecided = 1000;
const batch = 100;
const inOneGo = 5;

/** Replaces the searched entity, so that the rest of the question can be checked. */
const placeholder = 'x';

export function createSearch(parts: SearchParts): Pick<DecisionPoint, 'search' | 'searchActions'> {
  const { decide, refuse } = parts;
  return {
    async search(sought, question, after, limit) {
      const withId = (id: string): Question => ({
        ...question,
        [sought]: { ...question[sought], id },
      });
      const wrong = refuse(withId(placeholder));
      if (wrong !== undefined) return { items: [], wrong };
      const candidates = (from: string, count: number) =>
        listCandidates(parts, sought, question, from, count);
      return gather(candidates, (id) => decide(withId(id)), after, limit);
    },
    async searchActions(question, after, limit) {
      const withAction = (name: string): Question => ({ ...question, action: { name } });
      const wrong = refuse(withAction(placeholder));
      if (wrong !== undefined) return { items: [], wrong };
      return searchActions(parts, (name) => decide(withAction(name)), after, limit);
    },
  };
}

/**
 * If a policy may permit anything, every known entity is a candidate. Otherwise the entities in
 * stored permissions.
 */
async function listCandidates(
  { store, policies }: SearchParts,
  sought: Sought,
  { subject, action, resource }: Question,
  after: string,
  count: number,
): Promise<readonly string[]> {
  const { type } = sought === 'subject' ? subject : resource;
  const given = sought === 'subject' ? resource : subject;
  const search = { sought, type, given: { type: given.type, id: given.id }, action: action.name };
  const covered =
    policies?.permits === true ? undefined : await store.listCovered(search, after, count);
  return covered ?? store.listKnown(sought, type, after, count);
}

const named = 'policy:';
const stored = 'stored:';

/**
 * First the actions of policies, then other actions of permissions. Each list has its own order, so
 * a cursor names the list.
 */
async function searchActions(
  { store, policies }: SearchParts,
  decide: (name: string) => Promise<Decided>,
  after: string,
  limit: number,
): Promise<Found> {
  const known = policies?.actions.filter((name) => name !== anyAction) ?? [];
  if (after.startsWith(stored))
    return searchStored(store, known, decide, after.slice(stored.length), limit);
  const first = await gather(
    async (from) => known.slice(known.indexOf(from) + 1),
    decide,
    after.slice(named.length),
    limit,
  );
  if (first.next !== undefined) return { ...first, next: named + first.next };
  const rest = await searchStored(store, known, decide, '', limit - first.items.length);
  return { ...rest, items: [...first.items, ...rest.items] };
}

/** "Every action" is not an action that somebody could perform. */
async function searchStored(
  store: PermissionStore,
  known: readonly string[],
  decide: (name: string) => Promise<Decided>,
  after: string,
  limit: number,
): Promise<Found> {
  const decideNew = (name: string) =>
    name === anyAction || known.includes(name) ? Promise.resolve(passedOver) : decide(name);
  const found = await gather(
    (from, count) => store.listActions(from, count),
    decideNew,
    after,
    limit,
  );
  return found.next === undefined ? found : { ...found, next: stored + found.next };
}

const passedOver: Decided = { allowed: false, why: 'not asked' };

async function gather(
  candidates: (after: string, count: number) => Promise<readonly string[]>,
  decide: (candidate: string) => Promise<Decided>,
  after: string,
  limit: number,
): Promise<Found> {
  const items: string[] = [];
  let last = after;
  for (let decided = 0; decided < mostDecided; ) {
    const next = await candidates(last, batch);
    for (const candidate of next) {
      if (items.length >= limit) return { items, next: last };
      if ((await decide(candidate)).allowed) items.push(candidate);
      last = candidate;
      decided += 1;
      if (decided % inOneGo === 0) await nextTurn();
    }
    if (next.length < batch) return { items };
  }
  return { items, next: last };
}
