/** The store, written once: which act, or which read, each verb of the port is. Knows no engine. */
import {
  statusListCapacity,
  type AccountStore,
  type ApiKeyStore,
  type ApiStore,
  type AuditStore,
  type Client,
  type ClaimStore,
  type ClientStore,
  type Clock,
  type CodeStore,
  type FamilyStore,
  type GrantStore,
  type KeyStore,
  type LeaseStore,
  type PermissionStore,
  type SessionStore,
  type StatusStore,
  type Store,
  type ThrottleStore,
} from '@keywright/core';
import { listAccounts, loadAccount, loadAccountByEmailKey, loadAccountByFamily } from './acts/accounts.ts';
import { listApiKeys, loadApiKey } from './acts/api-keys.ts';
import { listApis } from './acts/apis.ts';
import {
  hasPrunableAudit,
  listAudit,
  listAuditChain,
  listAuditHeads,
  listUnlinkedAuditHeads,
  loadAuditHead,
  nextAuditChain,
} from './acts/audit.ts';
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
import { assertClocksAgree } from './clocks.ts';
import type { Engine } from './engine.ts';
import { frozenMessage } from './frozen.ts';
import { StoreUnavailableError } from './unavailable.ts';

/** How many grants, with their families, are ended in one act when their client is disabled. */
const grantsPerAct = 500;

/**
 * `clock` gives the end of the families of a client that is saved as disabled; every other act is told the time. With
 * `comparesClocks` nothing is pruned while it and the database's differ, and it is not ready.
 */
export function createStore(engine: Engine, clock: Clock, comparesClocks = false): Store {
  const assertMayDelete = async (now = clock.nowSeconds()): Promise<void> => {
    if (comparesClocks) await assertClocksAgree(engine, now, 'Nothing is deleted until they agree.');
  };
  return {
    clients: createClientStore(engine, clock),
    apis: createApiStore(engine),
    accounts: createAccountStore(engine),
    sessions: createSessionStore(engine),
    grants: createGrantStore(engine),
    claims: createClaimStore(engine),
    codes: createCodeStore(engine),
    families: createFamilyStore(engine),
    keys: createKeyStore(engine),
    apiKeys: createApiKeyStore(engine),
    throttles: createThrottleStore(engine),
    permissions: createPermissionStore(engine),
    statuses: createStatusStore(engine),
    audit: createAuditStore(engine, assertMayDelete),
    leases: createLeaseStore(engine),
    prune: async (now, limit) => {
      await assertMayDelete(now);
      return prune(engine, now, limit);
    },
    probe: async () => {
      if (comparesClocks)
        await assertClocksAgree(engine, clock.nowSeconds(), 'This node is not ready until they agree.');
      await engine.act('probeWriting');
    },
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

function createClaimStore({ act }: Engine): ClaimStore {
  return { take: (id, expiresAt) => act('takeClaim', id, expiresAt) };
}

function createCodeStore(engine: Engine): CodeStore {
  const { read, act } = engine;
  return {
    issue: (issue, now) => act('issueCode', issue, now),
    load: async (digest) => (await read(loadCode(digest))) ?? missing(engine),
    redeem: (digest, family, now) => act('redeemCode', digest, family, now),
  };
}

function createFamilyStore(engine: Engine): FamilyStore {
  const { read, act } = engine;
  return {
    load: async (id) => (await read(loadFamily(id))) ?? missing(engine),
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
    rotate: (key, formerRetiredAt, former) => act('rotateKey', key, formerRetiredAt, former),
  };
}

function createLeaseStore({ act }: Engine): LeaseStore {
  return { take: (name, holder, seconds) => act('takeLease', name, holder, seconds) };
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

function createAuditStore({ read, act }: Engine, assertMayDelete: () => Promise<void>): AuditStore {
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

/** What is not in a database that was exported may be where that was moved to: a client must not be told that it is void. */
async function missing(engine: Engine): Promise<undefined> {
  if (await engine.read(engine.isFrozen()))
    throw new StoreUnavailableError(`The database does not know it: ${frozenMessage}.`);
}

/** An act per table and one after the other, so that the acts of requests get in between. */
async function prune(engine: Engine, now: number, limit: number): Promise<number> {
  let deleted = 0;
  for (const table of prunedTables) deleted += await engine.act('pruneTable', table, now, limit);
  return deleted;
}
