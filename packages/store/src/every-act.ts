/** Every act and every read, for tests that ask something of all of them. */
import { sealedPlaces } from '@keywright/core';
import type { Act } from './act.ts';
import { loadAccessToken } from './acts/access-tokens.ts';
import {
  listAccounts,
  loadAccount,
  loadAccountByEmailKey,
  loadAccountByFamily,
  loadSession,
} from './acts/accounts.ts';
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
import { listClients, listClientSecretUses, loadClient } from './acts/clients.ts';
import { loadCode } from './acts/codes.ts';
import { listPendingDeferred, loadDeferred, loadDeferredByUserCode } from './acts/deferred.ts';
import { isFamilyAlive, loadFamily } from './acts/families.ts';
import { findGrant, listGrants, loadGrant } from './acts/grants.ts';
import { acts } from './acts/index.ts';
import { prunedTables } from './acts/prune.ts';
import { loadPushedRequest } from './acts/pushed-requests.ts';
import { loadFacts } from './acts/facts.ts';
import { listLinks } from './acts/links.ts';
import { listEndedLogoutTargets } from './acts/logouts.ts';
import { listSealed, loadSeals } from './acts/seals.ts';
import { listPermissions } from './acts/permissions.ts';
import { listActions, listCovered, listKnown } from './acts/searches.ts';
import { boundStatusLists, listEndedStatuses } from './acts/statuses.ts';
import { now } from './contract.ts';
import {
  type Connection,
  entity,
  makeAccount,
  makeAgreement,
  makeApiKey,
  makeClient,
  makeCode,
  makeDeferred,
  makeDeferredAnswer,
  makeDelivery,
  makeFamily,
  makeLink,
  makeLogoutTarget,
  makePermission,
  makeRotation,
  makeSession,
  makeUse,
} from './samples.ts';

const auditEntry = {
  chain: 'chain',
  position: 1,
  at: 1,
  type: 'sign_out',
  body: '{}',
  previous: '',
  hash: 'hash',
  mac: 'mac',
};
const auditHead = { chain: 'chain', position: 1, hash: 'hash', signedAt: 1, isClosed: false, mac: 'mac' };

/** Of twenty thousand rows as few as the five hundred that a server deletes at once are of a million. */
const pruneLimit = 10;

/** What looks for, changes and ends what the others made. */
function makeLaterActs(connection: Connection): readonly Act<unknown>[] {
  const family = makeFamily(connection);
  const session = makeSession('usr_a');
  const agreement = makeAgreement(connection);
  return [
    acts.startSession({ ...session, digest: 'other' }, session.digest),
    acts.endSession('other', now),
    acts.assignStatus('fam_a', 2),
    boundStatusLists(),
    listEndedStatuses(1, now - 3600, now),
    loadAccount('usr_a'),
    loadAccountByEmailKey('a'),
    loadAccountByFamily(family.id),
    listAccounts(),
    loadClient('client-a'),
    listClients(),
    loadGrant('usr_a', 'client-a'),
    findGrant('grt_a'),
    acts.withdrawDetail('grt_a', 'usr_a', { type: 'building_access' }, now),
    listGrants('usr_a'),
    loadCode('digest'),
    loadFamily(family.id),
    isFamilyAlive(family.id),
    loadAccessToken('d'),
    loadSession('digest', 900, now),
    acts.agreeGrant(
      { ...agreement, action: { action: 'merge', grantId: agreement.grantId } },
      undefined,
      now,
    ),
    acts.agreeGrant({ ...agreement, grantId: 'grt_fresh', action: { action: 'create' } }, undefined, now),
    acts.endGrant('grt_a', 'usr_a', now),
    acts.endEverythingOfAccount('usr_a', now),
    acts.saveAccountClaims('usr_a', { given_name: 'Ada' }),
    acts.disableAccount('usr_a', now),
    acts.enableAccount('usr_a', now),
    acts.changePassword('usr_a', { passwordHash: 'old', endsGrants: true }, now),
    acts.renewPasswordHash('usr_a', 'old', 'hash'),
    acts.startSession({ ...session, digest: 'third' }, undefined, 'hash'),
    acts.changePassword('usr_a', { passwordHash: 'h', renewed: { session, formerDigest: 'third' } }, now),
    acts.assignStatus('client-a', 2),
    acts.disableClient('client-a', now, 100),
    acts.enableClient('client-a', now),
    acts.endGrantsOfClient('client-a', now, 100),
    acts.replaceClientSecrets('client-a', [], []),
    acts.updateClient(makeClient({ id: 'client-a' }), makeClient({ id: 'client-a' })),
    acts.updateClient(makeClient({ id: 'client-a' }), makeClient({ id: 'client-a' }), { now, limit: 10 }),
    acts.addNewcomer(makeClient({ origin: 'registration' }), { unusedSeconds: 60, mostUnused: 1 }, now),
    acts.addNewcomer(makeClient({ origin: 'registration' }), { unusedSeconds: 60, mostUnused: 1 }, now),
    acts.addNewcomer(makeClient(), undefined, now),
    acts.describeNewcomer(makeClient({ origin: 'document' }), 60, now),
    acts.touchClientSecret('client-a', 'sec_a', now),
    acts.touchClientSecret('client-a', 'sec_a', now + 1),
    listClientSecretUses('client-a'),
    ...prunedTables.map((table) => acts.pruneTable(table, now + 1_000_000, pruneLimit)),
  ];
}

/** In an order in which each finds what it looks for, and takes its longer way once. */
export function makeEveryAct(): readonly Act<unknown>[] {
  const connection: Connection = { accountId: 'usr_a', clientId: 'client-a', grantId: 'grt_a' };
  const family = makeFamily(connection);
  const code = makeCode(connection, { familyId: family.id });
  const agreement = makeAgreement(connection);
  const seen = { ...agreement, id: agreement.grantId, createdAt: now, lastUsedAt: now };
  const session = makeSession('usr_a');
  const buckets = [{ key: 'b', intervalSeconds: 60, burst: 1 }];

  return [
    acts.saveClient(makeClient({ id: 'client-a' }), now, 100),
    acts.addAccount(makeAccount({ id: 'usr_a' })),
    acts.agreeGrant(agreement, { id: 'p', expiresAt: now }, now),
    acts.agreeGrant(agreement, undefined, now),
    acts.restoreGrant(
      { ...agreement, clientId: 'client-b' },
      { id: 'undo', expiresAt: now },
      makeClient({ id: 'client-a' }),
      now,
    ),
    acts.addPushedRequest({ digest: 'digest', clientId: 'client-a', body: '', expiresAt: now + 60 }),
    loadPushedRequest('digest', now),
    acts.issueCode({ code }, now),
    acts.issueCode({ code: makeCode(connection), seen }, now),
    acts.redeemCode(code.digest, family, now),
    acts.rotateFamily(makeRotation(family, 0), now),
    acts.rotateFamily(makeRotation(family, 9), now),
    acts.redeemCode(code.digest, family, now),
    acts.startFamily(makeFamily(connection)),
    acts.useFamily(makeUse(family, 0), now),
    acts.keepAccessToken({ digest: 'd', clientId: 'client-a', claims: {}, expiresAt: now }),
    acts.revokeAccessToken('d', 'client-a'),
    acts.startSession(session, 'former'),
    acts.touchSession('digest', now),
    acts.takeFromBuckets(buckets, now),
    acts.takeFromBuckets(buckets, now),
    acts.giveBackToBuckets(buckets),
    ...makeDeferredActs(connection),
    ...makeApiKeyActs(),
    acts.takeLease('prune', 'node', 60),
    ...makeSealActs(),
    ...makeLogoutActs(session.id),
    ...makeAuditActs(),
    ...makePermissionActs(),
    ...makeLaterActs(connection),
  ];
}

function makeDeferredActs(connection: Connection): readonly Act<unknown>[] {
  const device = makeDeferred(connection, { userCodeMark: 'mark' });
  const ciba = makeDeferred(connection, { kind: 'ciba', accountId: connection.accountId });
  const family = makeFamily(connection);
  return [
    acts.addDeferred(device, now),
    acts.addDeferred(ciba, now, { ofAccount: 6, ofClient: 2 }),
    loadDeferred(device.digest),
    loadDeferredByUserCode('mark'),
    listPendingDeferred(connection.accountId, 'ciba', now),
    acts.takeDeferred(device.digest, connection.accountId, now),
    acts.pollDeferred(device.digest, 'device', connection.clientId, now),
    acts.pollDeferred(device.digest, 'device', connection.clientId, now),
    acts.answerDeferred(makeDeferredAnswer(device.digest, connection), now),
    acts.redeemDeferred(device.digest, family, now),
    acts.redeemDeferred(device.digest, family, now),
  ];
}

function makeApiKeyActs(): readonly Act<unknown>[] {
  const apiKey = makeApiKey('client-a');
  const successor = { ...makeApiKey('client-a'), replaces: apiKey.id };
  return [
    acts.addApiKey(apiKey, 10, now),
    acts.rotateApiKey(successor, now + 10, now),
    acts.rotateApiKey(successor, now + 10, now),
    acts.touchApiKeys(apiKey.audience, [{ id: apiKey.id, at: now }], now),
    acts.revokeApiKey(apiKey.id, 'test', now),
    loadApiKey(apiKey.id),
    listApiKeys(),
    listApiKeys({ clientId: 'client-a', aliveAt: now }),
    listApiKeys({ audience: apiKey.audience, aliveAt: now }),
  ];
}

function makeSealActs(): readonly Act<unknown>[] {
  return [
    acts.addSeal('name', 'sealed', now),
    loadSeals(),
    ...sealedPlaces.flatMap((place) => [
      listSealed(place, 'a', 10),
      acts.replaceSealed(place, [{ key: 'a', former: 'former', sealed: 'sealed' }]),
    ]),
  ];
}

function makeLogoutActs(sessionId: string): readonly Act<unknown>[] {
  const delivery = makeDelivery();
  const target = makeLogoutTarget({ sessionId, accountId: 'usr_a' });
  return [
    acts.addDelivery(delivery),
    acts.takeDueDeliveries(now, 10, 10),
    acts.endDelivery(delivery.id),
    acts.addLogoutTarget(target, now),
    listEndedLogoutTargets(10),
    acts.handLogoutTarget(target, delivery),
    acts.addLogoutTarget(target, now),
  ];
}

function makeAuditActs(): readonly Act<unknown>[] {
  return [
    acts.appendAudit([auditEntry], auditHead),
    acts.appendAudit(
      Array.from({ length: 64 }, (_, place) => ({ ...auditEntry, position: place + 1 })),
      auditHead,
    ),
    acts.markAuditLinked('chain', 1, 'mac'),
    listAudit(),
    listAudit({ type: 'sign_out', since: 1 }, { after: '[1,"chain",1]' }),
    listAudit({ accounts: ['usr_a', 'mark'], until: 2 }, { after: '[1,"chain",1]' }),
    listAudit({ clientId: 'client-a' }),
    listAuditChain('chain', 0, 10),
    nextAuditChain(''),
    listAuditHeads(),
    loadAuditHead('chain'),
    listUnlinkedAuditHeads(10),
    hasPrunableAudit(10),
    acts.pruneAudit(10, pruneLimit),
  ];
}

function makePermissionActs(): readonly Act<unknown>[] {
  const permission = makePermission('user:ada', 'read', 'building:1');
  const [ada, building] = [entity('user:ada'), entity('building:1')];
  return [
    acts.setPermission(permission),
    ...(['membership', 'containment'] as const).map((kind) =>
      acts.addLink(makeLink(kind, 'user:ada', 'group:a')),
    ),
    loadFacts(ada, 'read', building),
    listPermissions({}),
    listPermissions({ subject: ada }, { after: '["read","building","1"]' }),
    listPermissions({ resource: building }, { after: '["read","user","ada"]' }),
    listPermissions({ subject: ada, resource: building }),
    listLinks('membership', {}),
    listLinks('membership', { lower: ada }),
    listLinks('membership', { upper: ada }),
    listCovered({ sought: 'resource', type: 'building', given: ada, action: 'read' }, '', 10),
    listCovered({ sought: 'subject', type: 'user', given: building, action: 'read' }, '', 10),
    listKnown('subject', 'user', '', 10),
    listKnown('resource', 'building', '', 10),
    listActions('', 10),
    acts.removePermission(permission),
    acts.removeLink(makeLink('membership', 'user:ada', 'group:a')),
  ];
}
