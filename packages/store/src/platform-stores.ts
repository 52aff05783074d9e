/** The verbs beside those of authorizations: API keys, permissions, status lists, the audit and what rests sealed. */
import {
  statusListCapacity,
  type ApiKeyStore,
  type AuditStore,
  type PermissionStore,
  type SealStore,
  type StatusStore,
} from '@keywright/core';
import { listApiKeys, loadApiKey } from './acts/api-keys.ts';
import {
  hasPrunableAudit,
  listAudit,
  listAuditChain,
  listAuditHeads,
  listUnlinkedAuditHeads,
  loadAuditHead,
  nextAuditChain,
} from './acts/audit.ts';
import { loadFacts } from './acts/facts.ts';
import { listLinks } from './acts/links.ts';
import { listPermissions } from './acts/permissions.ts';
import { listSealed, loadSeals } from './acts/seals.ts';
import { listActions, listCovered, listKnown } from './acts/searches.ts';
import { boundStatusLists, listEndedStatuses } from './acts/statuses.ts';
import type { Engine } from './engine.ts';

export function createApiKeyStore({ read, act }: Engine): ApiKeyStore {
  return {
    add: (key, most, now) => act('addApiKey', key, most, now),
    load: (id) => read(loadApiKey(id)),
    list: (filter, paging) => read(listApiKeys(filter, paging)),
    revoke: (id, because, now) => act('revokeApiKey', id, because, now),
    rotate: (successor, formerExpiresAt, now) => act('rotateApiKey', successor, formerExpiresAt, now),
    touch: (audience, uses, now) => act('touchApiKeys', audience, uses, now),
  };
}

export function createPermissionStore({ read, act }: Engine): PermissionStore {
  return {
    set: (permission) => act('setPermission', permission),
    remove: (permission) => act('removePermission', permission),
    list: (filter, paging) => read(listPermissions(filter, paging)),
    link: (link) => act('addLink', link),
    unlink: (link) => act('removeLink', link),
    listLinks: (kind, filter, paging) => read(listLinks(kind, filter, paging)),
    loadFacts: (subject, action, resource) => read(loadFacts(subject, action, resource)),
    listCovered: (search, after, limit) => read(listCovered(search, after, limit)),
    listKnown: (sought, type, after, limit) => read(listKnown(sought, type, after, limit)),
    listActions: (after, limit) => read(listActions(after, limit)),
  };
}

export function createStatusStore({ read, act }: Engine): StatusStore {
  return {
    assign: (id) => act('assignStatus', id, statusListCapacity),
    lists: () => read(boundStatusLists()),
    ended: (list, since, now) => read(listEndedStatuses(list, since, now)),
  };
}

export function createAuditStore({ read, act }: Engine, assertMayDelete: () => Promise<void>): AuditStore {
  return {
    append: (entries, head) => act('appendAudit', entries, head),
    list: (filter, paging) => read(listAudit(filter, paging)),
    listChain: (chain, after, limit) => read(listAuditChain(chain, after, limit)),
    nextChain: (after) => read(nextAuditChain(after)),
    listHeads: (paging) => read(listAuditHeads(paging)),
    loadHead: (chain) => read(loadAuditHead(chain)),
    listUnlinked: (limit) => read(listUnlinkedAuditHeads(limit)),
    markLinked: (chain, position, mac) => act('markAuditLinked', chain, position, mac),
    hasPrunable: async (until) => {
      const has = await read(hasPrunableAudit(until));
      // Before an entry says what was deleted: whoever checks would allow all of that to be missing.
      if (has) await assertMayDelete();
      return has;
    },
    prune: (until, limit) => act('pruneAudit', until, limit),
  };
}

export function createSealStore({ read, act }: Engine): SealStore {
  return {
    load: async () => new Map(await read(loadSeals())),
    add: (name, value, now) => act('addSeal', name, value, now),
    list: (place, after, limit) => read(listSealed(place, after, limit)),
    replace: (place, rows) => act('replaceSealed', place, rows),
  };
}
