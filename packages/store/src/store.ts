/** The store, written once: which act, or which read, each verb of the port is. Knows no engine. */
import {
  type AccessTokenStore,
  type AccountStore,
  type ApiStore,
  type Client,
  type ClaimStore,
  type ClientStore,
  type Clock,
  type CodeStore,
  type DeferredStore,
  type DeliveryStore,
  type FamilyStore,
  type GrantStore,
  type KeyStore,
  type LeaseStore,
  type LogoutStore,
  type PushedRequestStore,
  type SessionStore,
  type Store,
  type ThrottleStore,
} from '@keywright/core';
import { loadAccessToken } from './acts/access-tokens.ts';
import {
  listAccounts,
  loadAccount,
  loadAccountByEmailKey,
  loadAccountByFamily,
  loadSession,
} from './acts/accounts.ts';
import { listApis } from './acts/apis.ts';
import { listClients, listClientSecretUses, loadClient } from './acts/clients.ts';
import { loadCode } from './acts/codes.ts';
import { listPendingDeferred, loadDeferred, loadDeferredByUserCode } from './acts/deferred.ts';
import { isFamilyAlive, loadFamily } from './acts/families.ts';
import { findGrant, listGrants, loadGrant } from './acts/grants.ts';
import { listKeys } from './acts/keys.ts';
import { listEndedLogoutTargets } from './acts/logouts.ts';
import { prunedTables } from './acts/prune.ts';
import { loadPushedRequest } from './acts/pushed-requests.ts';
import { assertClocksAgree } from './clocks.ts';
import type { Engine } from './engine.ts';
import { frozenMessage } from './frozen.ts';
import {
  createApiKeyStore,
  createSealStore,
  createAuditStore,
  createPermissionStore,
  createStatusStore,
} from './platform-stores.ts';
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
    pushedRequests: createPushedRequestStore(engine),
    codes: createCodeStore(engine),
    deferred: createDeferredStore(engine),
    families: createFamilyStore(engine),
    accessTokens: createAccessTokenStore(engine),
    keys: createKeyStore(engine),
    seals: createSealStore(engine),
    apiKeys: createApiKeyStore(engine),
    throttles: createThrottleStore(engine),
    permissions: createPermissionStore(engine),
    statuses: createStatusStore(engine),
    audit: createAuditStore(engine, assertMayDelete),
    leases: createLeaseStore(engine),
    deliveries: createDeliveryStore(engine),
    logouts: createLogoutStore(engine, clock),
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
    add: (client, room, now) => act('addNewcomer', client, room, now),
    describe: (client, unusedSeconds, now) => act('describeNewcomer', client, unusedSeconds, now),
    update: async (client, former, endsGrants, now) => {
      const ending = endsGrants ? { now, limit: grantsPerAct } : undefined;
      for (;;) {
        const outcome = await act('updateClient', client, former, ending);
        if (outcome !== 'ending') return outcome === 'changed';
      }
    },
    replaceSecrets: (id, former, secrets) => act('replaceClientSecrets', id, former, secrets),
    touchSecret: (id, secretId, at) => act('touchClientSecret', id, secretId, at),
    secretUses: (id) => read(listClientSecretUses(id)),
    disable: async (id, now) => {
      const ended = await act('disableClient', id, now, grantsPerAct);
      if (ended !== undefined) await endRemainingGrants(engine, id, now, ended);
      return ended !== undefined;
    },
    enable: async (id, now) => {
      const client = await read(loadClient(id));
      if (client?.status !== 'disabled') return false;
      await endRemainingGrants(engine, id, now, grantsPerAct);
      return act('enableClient', id, now);
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
    saveClaims: (id, claims) => act('saveAccountClaims', id, claims),
    disable: (id, now) => act('disableAccount', id, now),
    enable: (id, now) => act('enableAccount', id, now),
    changePassword: (id, change, now) => act('changePassword', id, change, now),
    renewPasswordHash: (id, former, hash) => act('renewPasswordHash', id, former, hash),
    endEverything: (id, now) => act('endEverythingOfAccount', id, now),
  };
}

function createSessionStore({ read, act }: Engine): SessionStore {
  return {
    start: (session, formerDigest, passwordHash) => act('startSession', session, formerDigest, passwordHash),
    load: (digest, idleSeconds, now) => read(loadSession(digest, idleSeconds, now)),
    touch: (digest, now) => act('touchSession', digest, now),
    end: (digest, now) => act('endSession', digest, now),
  };
}

function createGrantStore({ read, act }: Engine): GrantStore {
  return {
    agree: (agreement, claim, now) => act('agreeGrant', agreement, claim, now),
    restore: (agreement, claim, client, now) => act('restoreGrant', agreement, claim, client, now),
    load: (accountId, clientId) => read(loadGrant(accountId, clientId)),
    list: (accountId, paging) => read(listGrants(accountId, paging)),
    end: (grantId, accountId, now) => act('endGrant', grantId, accountId, now),
    find: (grantId) => read(findGrant(grantId)),
    withdraw: (grantId, accountId, detail, now) => act('withdrawDetail', grantId, accountId, detail, now),
  };
}

function createClaimStore({ act }: Engine): ClaimStore {
  return { take: (id, expiresAt) => act('takeClaim', id, expiresAt) };
}

function createPushedRequestStore({ read, act }: Engine): PushedRequestStore {
  return {
    add: (request) => act('addPushedRequest', request),
    load: (digest, now) => read(loadPushedRequest(digest, now)),
  };
}

function createCodeStore(engine: Engine): CodeStore {
  const { read, act } = engine;
  return {
    issue: (issue, now) => act('issueCode', issue, now),
    load: async (digest) => (await read(loadCode(digest))) ?? missing(engine),
    redeem: (digest, family, now) => act('redeemCode', digest, family, now),
  };
}

function createDeferredStore(engine: Engine): DeferredStore {
  const { read, act } = engine;
  return {
    add: (request, now, mostPending) => act('addDeferred', request, now, mostPending),
    load: async (digest) => (await read(loadDeferred(digest))) ?? missing(engine),
    loadByUserCode: (mark) => read(loadDeferredByUserCode(mark)),
    listPending: (accountId, kind, now) => read(listPendingDeferred(accountId, kind, now)),
    take: (digest, accountId, now) => act('takeDeferred', digest, accountId, now),
    answer: (answer, now) => act('answerDeferred', answer, now),
    poll: async (digest, kind, clientId, now) => {
      const result = await act('pollDeferred', digest, kind, clientId, now);
      if (result.outcome === 'unknown') await missing(engine);
      return result;
    },
    redeem: (digest, family, now) => act('redeemDeferred', digest, family, now),
  };
}

function createFamilyStore(engine: Engine): FamilyStore {
  const { read, act } = engine;
  return {
    load: async (id) => (await read(loadFamily(id))) ?? missing(engine),
    isAlive: (id) => read(isFamilyAlive(id)),
    start: (family, passwordHash) => act('startFamily', family, passwordHash),
    rotate: (rotation, now) => act('rotateFamily', rotation, now),
    use: (use, now) => act('useFamily', use, now),
    end: (id, now) => act('endFamily', id, now),
  };
}

function createAccessTokenStore(engine: Engine): AccessTokenStore {
  const { read, act } = engine;
  return {
    keep: (token) => act('keepAccessToken', token),
    load: async (digest) => (await read(loadAccessToken(digest))) ?? missing(engine),
    revoke: (digest, clientId) => act('revokeAccessToken', digest, clientId),
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

function createDeliveryStore({ act }: Engine): DeliveryStore {
  return {
    add: (delivery) => act('addDelivery', delivery),
    takeDue: (now, limit, seconds) => act('takeDueDeliveries', now, limit, seconds),
    done: (id) => act('endDelivery', id),
  };
}

function createLogoutStore({ read, act }: Engine, clock: Clock): LogoutStore {
  return {
    add: (target) => act('addLogoutTarget', target, clock.nowSeconds()),
    listEnded: (limit) => read(listEndedLogoutTargets(limit)),
    hand: (target, delivery) => act('handLogoutTarget', target, delivery),
  };
}

function createThrottleStore({ act }: Engine): ThrottleStore {
  return {
    take: (buckets, now) => act('takeFromBuckets', buckets, now),
    giveBack: (buckets) => act('giveBackToBuckets', buckets),
  };
}

/** What is not in a database that was exported may be where that was moved to: a client must not be told that it is void. */
async function missing(engine: Engine): Promise<undefined> {
  if (await engine.read(engine.isFrozen()))
    throw new StoreUnavailableError(`The database does not know it: ${frozenMessage}.`, { isFrozen: true });
}

/** An act per table and one after the other, so that the acts of requests get in between. */
async function prune(engine: Engine, now: number, limit: number): Promise<number> {
  let deleted = 0;
  for (const table of prunedTables) deleted += await engine.act('pruneTable', table, now, limit);
  return deleted;
}
