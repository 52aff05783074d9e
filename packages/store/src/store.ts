/** The store, written once: which act, or which read, each verb of the port is. Knows no engine. */
import type {
  AccountStore,
  ApiStore,
  ClientStore,
  Clock,
  CodeStore,
  FamilyStore,
  GrantStore,
  KeyStore,
  SessionStore,
  Store,
  ThrottleStore,
} from '@keywright/core';
import { listAccounts, loadAccount, loadAccountByEmailKey, loadAccountByFamily } from './acts/accounts.ts';
import { listApis } from './acts/apis.ts';
import { listClients, loadClient } from './acts/clients.ts';
import { loadCode } from './acts/codes.ts';
import { isFamilyAlive, loadFamily } from './acts/families.ts';
import { listGrants, loadGrant } from './acts/grants.ts';
import { listKeys } from './acts/keys.ts';
import { prunedTables } from './acts/prune.ts';
import { loadSession } from './acts/sessions.ts';
import type { Engine } from './engine.ts';

/** `clock` gives the end of the families of a client that is saved as disabled; every other act is told the time. */
export function createStore(engine: Engine, clock: Clock): Store {
  return {
    clients: createClientStore(engine, clock),
    apis: createApiStore(engine),
    accounts: createAccountStore(engine),
    sessions: createSessionStore(engine),
    grants: createGrantStore(engine),
    codes: createCodeStore(engine),
    families: createFamilyStore(engine),
    keys: createKeyStore(engine),
    throttles: createThrottleStore(engine),
    prune: (now, limit) => prune(engine, now, limit),
    probe: () => engine.act('probeWriting'),
    close: () => engine.close(),
  };
}

function createClientStore({ read, act }: Engine, clock: Clock): ClientStore {
  return {
    load: (id) => read(loadClient(id)),
    list: (paging) => read(listClients(paging)),
    save: (client) => act('saveClient', client, clock.nowSeconds()),
    disable: (id, now) => act('disableClient', id, now),
  };
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
    end: (digest) => act('endSession', digest),
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

function createThrottleStore({ act }: Engine): ThrottleStore {
  return {
    take: (buckets, now) => act('takeFromBuckets', buckets, now),
    giveBack: (buckets) => act('giveBackToBuckets', buckets),
  };
}

/** An act per table and one after the other, so that the acts of requests get in between. */
async function prune(engine: Engine, now: number, limit: number): Promise<number> {
  let deleted = 0;
  for (const table of prunedTables) deleted += await engine.act('pruneTable', table, now, limit);
  return deleted;
}
