/** The store, written once: which act, or which read, each verb of the port is. Knows no engine. */
import { randomUUID } from 'node:crypto';
import {
  statusListCapacity,
  type AccountStore,
  type ApiKeyStore,
  type ApiStore,
  type Client,
  type ClientStore,
  type Clock,
  type CodeStore,
  type FamilyStore,
  type GrantStore,
  type KeyStore,
  type PermissionStore,
  type SessionStore,
  type StatusStore,
  type Store,
  type ThrottleStore,
} from '@keywright/core';
import { listAccounts, loadAccount, loadAccountByEmailKey, loadAccountByFamily } from './acts/accounts.ts';
import { listApiKeys, loadApiKey } from './acts/api-keys.ts';
import { listApis } from './acts/apis.ts';
import { listClients, loadClient } from './acts/clients.ts';
import { loadCode } from './acts/codes.ts';
import { isFamilyAlive, loadFamily } from './acts/families.ts';
import { listGrants, loadGrant } from './acts/grants.ts';
import { loadFacts } from './acts/facts.ts';
import { listKeys } from './acts/keys.ts';
import { listLinks } from './acts/links.ts';
import { listPermissions } from './acts/permissions.ts';
import { prunedTables } from './acts/prune.ts';
import { listActions, listCovered, listKnown } from './acts/searches.ts';
import { loadSession } from './acts/sessions.ts';
import { boundStatusLists, listEndedStatuses } from './acts/statuses.ts';
import type { Engine } from './engine.ts';

/** How many grants, with their families, are ended in one act when their client is disabled. */
const grantsPerAct = 500;

/** A node that prunes takes the lease again at each batch; one that was killed gives it up by not doing so. */
const pruneLeaseSeconds = 120;

/** `clock` gives the end of the families of a client that is saved as disabled; every other act is told the time. */
export function createStore(engine: Engine, clock: Clock): Store {
  const holder = randomUUID();
  return {
    clients: createClientStore(engine, clock),
    apis: createApiStore(engine),
    accounts: createAccountStore(engine),
    sessions: createSessionStore(engine),
    grants: createGrantStore(engine),
    codes: createCodeStore(engine),
    families: createFamilyStore(engine),
    keys: createKeyStore(engine),
    apiKeys: createApiKeyStore(engine),
    throttles: createThrottleStore(engine),
    permissions: createPermissionStore(engine),
    statuses: createStatusStore(engine),
    prune: (now, limit) => prune(engine, holder, now, limit),
    probe: () => engine.act('probeWriting'),
    close: () => engine.close(),
  };
}

function createClientStore(engine: Engine, clock: Clock): ClientStore {
  const { read, act } = engine;
  return {
    load: (id) => read(loadClient(id)),
    list: (paging) => read(listClients(paging)),
    save: (client) => saveClient(engine, client, clock.nowSeconds()),
    replaceSecrets: (id, former, secrets) => act('replaceClientSecrets', id, former, secrets),
    disable: async (id, now) => {
      const ended = await act('disableClient', id, now, grantsPerAct);
      if (ended !== undefined) await endRemainingGrants(engine, id, now, ended);
      return ended !== undefined;
    },
  };
}

/** A client that was disabled comes back without what it had: also when its grants were not all ended, as after a crash. */
async function saveClient(engine: Engine, client: Client, now: number): Promise<void> {
  const former = client.status === 'active' ? await engine.read(loadClient(client.id)) : undefined;
  if (former?.status === 'disabled') await endRemainingGrants(engine, client.id, now, grantsPerAct);
  const ended = await engine.act('saveClient', client, now, grantsPerAct);
  await endRemainingGrants(engine, client.id, now, ended);
}

/** Act by act, so that those of requests get in between. A full batch is followed by another one. */
async function endRemainingGrants(
  engine: Engine,
  clientId: string,
  now: number,
  ended: number,
): Promise<void> {
  let last = ended;
  while (last === grantsPerAct) last = await engine.act('endGrantsOfClient', clientId, now, grantsPerAct);
}

function createApiStore({ read, act }: Engine): ApiStore {
  return {
    list: () => read(listApis()),
    save: (api) => act('saveApi', api),
    remove: (identifier) => act('removeApi', identifier),
  };
}

function createAccountStore({ read, act }: Engine): AccountStore {
  return {
    load: (id) => read(loadAccount(id)),
    loadByEmailKey: (emailKey) => read(loadAccountByEmailKey(emailKey)),
    loadByFamily: (familyId) => read(loadAccountByFamily(familyId)),
    list: (paging) => read(listAccounts(paging)),
    add: (account) => act('addAccount', account),
    disable: (id, now) => act('disableAccount', id, now),
  };
}

function createSessionStore({ read, act }: Engine): SessionStore {
  return {
    start: (session, formerDigest) => act('startSession', session, formerDigest),
    load: (digest, idleSeconds, now) => read(loadSession(digest, idleSeconds, now)),
    touch: (digest, now) => act('touchSession', digest, now),
    end: (digest, now) => act('endSession', digest, now),
  };
}

function createGrantStore({ read, act }: Engine): GrantStore {
  return {
    agree: (agreement, claim, now) => act('agreeGrant', agreement, claim, now),
    load: (accountId, clientId) => read(loadGrant(accountId, clientId)),
    list: (accountId, paging) => read(listGrants(accountId, paging)),
    end: (grantId, accountId, now) => act('endGrant', grantId, accountId, now),
  };
}

function createCodeStore({ read, act }: Engine): CodeStore {
  return {
    issue: (issue, now) => act('issueCode', issue, now),
    load: (digest) => read(loadCode(digest)),
    redeem: (digest, family, now) => act('redeemCode', digest, family, now),
  };
}

function createFamilyStore({ read, act }: Engine): FamilyStore {
  return {
    load: (id) => read(loadFamily(id)),
    isAlive: (id) => read(isFamilyAlive(id)),
    start: (family) => act('startFamily', family),
    rotate: (rotation, now) => act('rotateFamily', rotation, now),
    end: (id, now) => act('endFamily', id, now),
  };
}

function createKeyStore({ read, act }: Engine): KeyStore {
  return {
    list: () => read(listKeys()),
    addFirst: (keys) => act('addFirstKeys', keys),
    rotate: (key, formerRetiredAt) => act('rotateKey', key, formerRetiredAt),
  };
}

function createApiKeyStore({ read, act }: Engine): ApiKeyStore {
  return {
    add: (key, most, now) => act('addApiKey', key, most, now),
    load: (id) => read(loadApiKey(id)),
    list: (filter, paging) => read(listApiKeys(filter, paging)),
    revoke: (id, because, now) => act('revokeApiKey', id, because, now),
    rotate: (successor, formerExpiresAt, now) => act('rotateApiKey', successor, formerExpiresAt, now),
    touch: (audience, uses, now) => act('touchApiKeys', audience, uses, now),
  };
}

function createThrottleStore({ act }: Engine): ThrottleStore {
  return {
    take: (buckets, now) => act('takeFromBuckets', buckets, now),
    giveBack: (buckets) => act('giveBackToBuckets', buckets),
  };
}

function createPermissionStore({ read, act }: Engine): PermissionStore {
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

function createStatusStore({ read, act }: Engine): StatusStore {
  return {
    assign: (id) => act('assignStatus', id, statusListCapacity),
    lists: () => read(boundStatusLists()),
    ended: (list, since, now) => read(listEndedStatuses(list, since, now)),
  };
}

/**
 * An act per table and one after the other, so that the acts of requests get in between. One node does it for all: the others
 * are told that there was nothing to delete.
 */
async function prune(engine: Engine, holder: string, now: number, limit: number): Promise<number> {
  if (!(await engine.act('takeLease', 'prune', holder, now + pruneLeaseSeconds, now))) return 0;
  let deleted = 0;
  for (const table of prunedTables) deleted += await engine.act('pruneTable', table, now, limit);
  return deleted;
}
