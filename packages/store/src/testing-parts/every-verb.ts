/** Every verb of the store, for tests of each act and each read. */
import { sealedPlaces, type Store } from '@keywright/core';
import type { Act } from '../act.ts';
import type { Engine } from '../engine.ts';
import { createStore } from '../store.ts';
import { now } from './contract.ts';
import { changeEmail, usePasskeys, useSecondFactors } from './every-account-verb.ts';
import {
  type Connection,
  entity,
  makeAccount,
  makeAgreement,
  makeApi,
  makeApiKey,
  makeClient,
  makeCode,
  makeDeferred,
  makeDeferredAnswer,
  makeDelivery,
  makeFamily,
  makeKey,
  makeLink,
  makeLogoutTarget,
  makePermission,
  makeRotation,
  makeSession,
  makeUse,
} from './samples.ts';

/** As few of twenty thousand rows as the server's limit of five hundred is of a million. */
const pruneLimit = 10;

const connection: Connection = { accountId: 'usr_a', clientId: 'client-a', grantId: 'grt_a' };
const agreement = makeAgreement(connection);
const client = makeClient({ id: connection.clientId });
const session = makeSession(connection.accountId);

type Perform = <T>(act: Act<T>) => T | Promise<T>;

/**
 * Calls the verbs in an order in which each act finds its rows, and takes its longer path once.
 * Answers the names of the acts.
 */
export async function performEveryVerb(perform: Perform): Promise<ReadonlySet<string>> {
  const names = new Set<string>();
  const engine: Engine = {
    act: async (written, ...args) => {
      names.add(written.name);
      return perform(written.act(...args));
    },
    read: async (act, name = 'other') => {
      names.add(name);
      return perform(act);
    },
    // oxlint-disable-next-line require-yield -- it asks nothing
    *isFrozen() {
      return false;
    },
    close: async () => {},
  };
  const store = createStore(engine, { nowSeconds: () => now });
  for (const use of [
    authorize,
    issueTokens,
    askElsewhere,
    useApiKeys,
    useServer,
    useSessions,
    join,
    usePasskeys,
    useSecondFactors,
    audit,
    permit,
    read,
    endGrants,
    changeAccount,
    changeClient,
  ])
    await use(store);
  await store.prune(now + 1_000_000, pruneLimit);
  await store.probe();
  return names;
}

async function authorize({
  clients,
  accounts,
  grants,
  claims,
  pushedRequests,
}: Store): Promise<void> {
  await clients.save(client);
  await accounts.add(makeAccount({ id: connection.accountId }));
  await accounts.addMany([makeAccount()]);
  await grants.agree(agreement, { id: 'page', expiresAt: now }, now);
  await grants.agree(agreement, undefined, now);
  const restored = { ...agreement, grantId: 'grt_restored', clientId: 'client-b' };
  await grants.restore(restored, { id: 'undo', expiresAt: now }, client, now);
  await claims.take('proof', now + 60);
  await pushedRequests.add({
    digest: 'digest',
    clientId: client.id,
    body: '',
    expiresAt: now + 60,
  });
  await pushedRequests.load('digest', now);
}

async function issueTokens({ codes, families, accessTokens, throttles }: Store): Promise<void> {
  const family = makeFamily(connection, { id: 'fam_a' });
  const code = makeCode(connection, { familyId: family.id });
  const seen = { ...agreement, id: agreement.grantId, createdAt: now, lastUsedAt: now };
  await codes.issue({ code }, now);
  await codes.issue({ code: makeCode(connection), seen }, now);
  await codes.load(code.digest);
  await codes.redeem(code.digest, family, now);
  await families.rotate(makeRotation(family, 0), now);
  await families.rotate(makeRotation(family, 9), now);
  await codes.redeem(code.digest, family, now);
  await families.start(makeFamily(connection));
  await families.use(makeUse(family, 0), now);
  await families.load(family.id);
  await families.isAlive(family.id);
  await families.end(family.id, now);
  await accessTokens.keep({ digest: 'd', clientId: client.id, claims: {}, expiresAt: now });
  await accessTokens.load('d');
  await accessTokens.revoke('d', client.id);
  const buckets = [{ key: 'b', intervalSeconds: 60, burst: 1 }];
  await throttles.take(buckets, now);
  await throttles.take(buckets, now);
  await throttles.giveBack(buckets, now);
}

async function askElsewhere({ deferred }: Store): Promise<void> {
  const device = makeDeferred(connection, { userCodeMark: 'mark' });
  const ciba = makeDeferred(connection, { kind: 'ciba', accountId: connection.accountId });
  const family = makeFamily(connection);
  await deferred.add(device, now);
  await deferred.add(ciba, now, { ofAccount: 6, ofClient: 2 });
  await deferred.load(device.digest);
  await deferred.loadByUserCode('mark');
  await deferred.listPending(connection.accountId, 'ciba', now);
  await deferred.take(device.digest, connection.accountId, now);
  await deferred.poll(device.digest, 'device', client.id, now);
  await deferred.poll(device.digest, 'device', client.id, now);
  await deferred.answer(makeDeferredAnswer(device.digest, connection), now);
  await deferred.redeem(device.digest, family, now);
  await deferred.redeem(device.digest, family, now);
}

async function useApiKeys({ apiKeys }: Store): Promise<void> {
  const key = makeApiKey(client.id);
  const successor = { ...makeApiKey(client.id), replaces: key.id };
  await apiKeys.add(key, 10, now);
  await apiKeys.rotate(successor, now + 10, now);
  await apiKeys.rotate(successor, now + 10, now);
  await apiKeys.touch(key.audience, [{ id: key.id, at: now }], now);
  await apiKeys.revoke(key.id, 'test', now);
  await apiKeys.load(key.id);
  await apiKeys.list();
  await apiKeys.list({ clientId: client.id, aliveAt: now });
  await apiKeys.list({ audience: key.audience, aliveAt: now });
}

async function useServer({ apis, keys, leases, seals, statuses }: Store): Promise<void> {
  const api = makeApi();
  await apis.save(api);
  await apis.list();
  await apis.remove(api.identifier);
  const key = makeKey();
  await keys.addFirst([key]);
  await keys.rotate(makeKey(), now + 10);
  await keys.rotate(makeKey(), now + 10, key.kid);
  await keys.list();
  await leases.take('prune', 'node', 60);
  await seals.add('name', 'sealed', now);
  await seals.load();
  for (const place of sealedPlaces) {
    await seals.list(place, 'a', 10);
    await seals.replace(place, [{ key: 'a', former: 'former', sealed: 'sealed' }]);
  }
  for (const id of ['fam_a', connection.grantId, client.id]) await statuses.assign(id);
  await statuses.lists();
  await statuses.ended(1, now - 3600, now);
}

async function useSessions({
  sessions,
  logouts,
  deliveries,
  verificationCodes,
}: Store): Promise<void> {
  const target = makeLogoutTarget({ sessionId: session.id, accountId: connection.accountId });
  const delivery = makeDelivery();
  await sessions.start(session, 'former');
  await sessions.load(session.digest, 900, now);
  await sessions.touch(session.digest, now);
  await deliveries.add(delivery);
  await deliveries.takeDue(now, 10, 10);
  await deliveries.done(delivery.id);
  const code = { id: 'code', purpose: 'recovery', mac: 'mac' } as const;
  await verificationCodes.add({ ...code, expiresAt: now + 60 }, makeDelivery());
  for (const macs of [['other'], ['mac']])
    await verificationCodes.redeem({ ...code, macs, mostTries: 5 }, now);
  await logouts.add(target);
  await logouts.listEnded(10);
  await logouts.hand(target, delivery);
  await logouts.add(target);
  await sessions.start({ ...session, digest: 'other' }, session.digest);
  await sessions.list(session.accountId, 900, now, 10);
  await sessions.endOthers(session.accountId, session.id, now);
  await sessions.end('other', now);
  await sessions.start(session);
  await sessions.endOne(session.accountId, session.id, now);
}

async function join({ accounts, invitations, formerEmails }: Store): Promise<void> {
  const account = makeAccount();
  const session = makeSession(account.id);
  const { email, emailKey } = account;
  const invitation = { id: 'inv_a', email, emailKey, createdAt: now, expiresAt: now + 60 };
  await invitations.add(invitation, makeDelivery());
  await invitations.add({ ...invitation, id: 'inv_b' }, undefined);
  await invitations.load('inv_a');
  await invitations.list();
  await accounts.join({ account, session, invitationId: 'inv_a' }, now);
  await accounts.join({ account, session, invitationId: 'inv_b' }, now);
  await invitations.revoke('inv_b');
  await changeEmail(formerEmails, account);
}

async function audit({ audit }: Store): Promise<void> {
  const links = { previous: '', hash: 'hash', mac: 'mac' };
  const entry = { chain: 'chain', position: 1, at: 1, type: 'sign_out', body: '{}', ...links };
  const head = {
    chain: 'chain',
    position: 1,
    hash: 'hash',
    signedAt: 1,
    isClosed: false,
    mac: 'mac',
  };
  const many = Array.from({ length: 64 }, (_, place) => ({ ...entry, position: place + 1 }));
  const after = '[1,"chain",1]';
  await audit.append([entry], head);
  await audit.append(many, head);
  await audit.markLinked('chain', 1, 'mac');
  await audit.list();
  await audit.list({ type: 'sign_out', since: 1 }, { after });
  await audit.list({ accounts: ['usr_a', 'mark'], until: 2 }, { after });
  await audit.list({ clientId: client.id });
  await audit.listChain('chain', 0, 10);
  await audit.nextChain('');
  await audit.listHeads();
  await audit.loadHead('chain');
  await audit.listUnlinked(10);
  await audit.hasPrunable(10);
  await audit.prune(10, pruneLimit);
}

async function permit({ permissions }: Store): Promise<void> {
  const permission = makePermission('user:ada', 'read', 'building:1');
  const [ada, building] = [entity('user:ada'), entity('building:1')];
  await permissions.set(permission);
  await permissions.link(makeLink('membership', 'user:ada', 'group:a'));
  await permissions.link(makeLink('containment', 'user:ada', 'group:a'));
  await permissions.loadFacts(ada, 'read', building);
  await permissions.list({});
  await permissions.list({ subject: ada }, { after: '["read","building","1"]' });
  await permissions.list({ resource: building }, { after: '["read","user","ada"]' });
  await permissions.list({ subject: ada, resource: building });
  await permissions.listLinks('membership', {});
  await permissions.listLinks('membership', { lower: ada });
  await permissions.listLinks('membership', { upper: ada });
  const resources = { sought: 'resource', type: 'building', given: ada, action: 'read' } as const;
  const subjects = { sought: 'subject', type: 'user', given: building, action: 'read' } as const;
  for (const search of [resources, subjects]) {
    await permissions.listCovered(search, '', 10);
    await permissions.listKnown(search.sought, search.type, '', 10);
  }
  await permissions.listActions('', 10);
  await permissions.remove(permission);
  await permissions.unlink(makeLink('membership', 'user:ada', 'group:a'));
}

async function read({ accounts, clients, grants }: Store): Promise<void> {
  await accounts.load(connection.accountId);
  await accounts.loadByEmailKey('a');
  await accounts.loadByFamily('fam_a');
  await accounts.list();
  await clients.load(client.id);
  await clients.list();
  await clients.list({ origin: 'command' });
  await grants.load(connection.accountId, client.id);
  await grants.find(connection.grantId);
  await grants.findUsed(connection.grantId, connection.accountId);
  await grants.list(connection.accountId);
}

async function endGrants({ grants }: Store): Promise<void> {
  const fresh = { ...agreement, grantId: 'grt_fresh', action: { action: 'create' } as const };
  await grants.withdraw(agreement.grantId, connection.accountId, { type: 'building_access' }, now);
  await grants.agree(
    { ...agreement, action: { action: 'merge', grantId: agreement.grantId } },
    undefined,
    now,
  );
  await grants.agree(fresh, undefined, now);
  await grants.end(fresh.grantId, connection.accountId, now);
}

async function changeAccount({ accounts, sessions }: Store): Promise<void> {
  const { accountId: id } = connection;
  await accounts.endEverything(id, now);
  await accounts.acceptTerms(id, { terms: '2026-12-01', at: 1 });
  await accounts.saveClaims(id, { given_name: 'Ada' });
  await accounts.disable(id, now);
  await accounts.enable(id, now);
  await accounts.changePassword(id, { passwordHash: 'old', endsGrants: true }, now);
  await accounts.renewPasswordHash(id, 'old', 'hash');
  await sessions.start({ ...session, digest: 'third' }, undefined, 'hash');
  await accounts.changePassword(
    id,
    { passwordHash: 'h', next: { renewed: { session, formerDigest: 'third' } } },
    now,
  );
}

async function changeClient({ clients }: Store): Promise<void> {
  await clients.update(client, client, false, now);
  await clients.update(client, client, true, now);
  await clients.replaceSecrets(client.id, [], []);
  await clients.touchSecret(client.id, 'sec_a', now);
  await clients.touchSecret(client.id, 'sec_a', now + 1);
  await clients.secretUses(client.id);
  await clients.disable(client.id, now);
  await clients.enable(client.id, now);
  const room = { unusedSeconds: 60, mostUnused: 1 };
  await clients.add(makeClient({ origin: 'registration' }), room, now);
  await clients.add(makeClient({ origin: 'registration' }), room, now);
  await clients.add(makeClient(), undefined, now);
  await clients.describe(makeClient({ origin: 'document' }), 60, now);
}
