/** The store, written once: which act, or which read, each verb of the port is. Knows no engine. */
import type { Clock, Store } from '@keywright/core';
import { listAccounts, loadAccount, loadAccountByEmailKey } from './acts/accounts.ts';
import { listApis } from './acts/apis.ts';
import { listClients, loadClient } from './acts/clients.ts';
import { loadCode } from './acts/codes.ts';
import { loadFamily } from './acts/families.ts';
import { listGrants, loadGrant } from './acts/grants.ts';
import { listKeys } from './acts/keys.ts';
import { prunedTables } from './acts/prune.ts';
import { loadSession } from './acts/sessions.ts';
import type { Engine } from './engine.ts';

/** `clock` gives the end of the families of a client that is saved as disabled; every other act is told the time. */
export function createStore(engine: Engine, clock: Clock): Store {
  return {
    clients: {
      load: (id) => engine.read(loadClient(id)),
      list: (paging) => engine.read(listClients(paging)),
      save: (client) => engine.act('saveClient', client, clock.nowSeconds()),
      disable: (id, now) => engine.act('disableClient', id, now),
    },
    apis: {
      list: () => engine.read(listApis()),
      save: (api) => engine.act('saveApi', api),
      remove: (identifier) => engine.act('removeApi', identifier),
    },
    accounts: {
      load: (id) => engine.read(loadAccount(id)),
      loadByEmailKey: (emailKey) => engine.read(loadAccountByEmailKey(emailKey)),
      list: (paging) => engine.read(listAccounts(paging)),
      add: (account) => engine.act('addAccount', account),
      disable: (id, now) => engine.act('disableAccount', id, now),
    },
    sessions: {
      start: (session, formerDigest) => engine.act('startSession', session, formerDigest),
      load: (digest, idleSeconds, now) => engine.read(loadSession(digest, idleSeconds, now)),
      touch: (digest, now) => engine.act('touchSession', digest, now),
      end: (digest) => engine.act('endSession', digest),
    },
    grants: {
      load: (accountId, clientId) => engine.read(loadGrant(accountId, clientId)),
      list: (accountId, paging) => engine.read(listGrants(accountId, paging)),
      end: (grantId, accountId, now) => engine.act('endGrant', grantId, accountId, now),
    },
    codes: {
      issue: (issue, now) => engine.act('issueCode', issue, now),
      load: (digest) => engine.read(loadCode(digest)),
      redeem: (digest, family, now) => engine.act('redeemCode', digest, family, now),
    },
    families: {
      load: (id) => engine.read(loadFamily(id)),
      start: (family) => engine.act('startFamily', family),
      rotate: (rotation, now) => engine.act('rotateFamily', rotation, now),
      end: (id, now) => engine.act('endFamily', id, now),
    },
    keys: {
      list: () => engine.read(listKeys()),
      addFirst: (keys) => engine.act('addFirstKeys', keys),
      rotate: (key, formerRetiredAt) => engine.act('rotateKey', key, formerRetiredAt),
    },
    throttles: {
      take: (buckets, now) => engine.act('takeFromBuckets', buckets, now),
      clear: (keys) => engine.act('clearBuckets', keys),
    },
    prune: (now, limit) => prune(engine, now, limit),
    probe: () => engine.act('probeWriting'),
    close: () => engine.close(),
  };
}

/** An act per table and one after the other, so that the acts of requests get in between. */
async function prune(engine: Engine, now: number, limit: number): Promise<number> {
  let deleted = 0;
  for (const table of prunedTables) deleted += await engine.act('pruneTable', table, now, limit);
  return deleted;
}
