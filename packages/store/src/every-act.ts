/** Every act and every read, for tests that ask something of all of them. */
import type { Act } from './act.ts';
import { listAccounts, loadAccount, loadAccountByEmailKey, loadAccountByFamily } from './acts/accounts.ts';
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
import { listClients, loadClient } from './acts/clients.ts';
import { loadCode } from './acts/codes.ts';
import { isFamilyAlive, loadFamily } from './acts/families.ts';
import { listGrants, loadGrant } from './acts/grants.ts';
import { acts } from './acts/index.ts';
import { prunedTables } from './acts/prune.ts';
import { loadFacts } from './acts/facts.ts';
import { listLinks } from './acts/links.ts';
import { listPermissions } from './acts/permissions.ts';
import { listActions, listCovered, listKnown } from './acts/searches.ts';
import { loadSession } from './acts/sessions.ts';
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
  makeFamily,
  makeLink,
  makePermission,
  makeRotation,
  makeSession,
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

/** In an order in which each finds what it looks for, and takes its longer way once. */
export function makeEveryAct(): readonly Act<unknown>[] {
  const connection: Connection = { accountId: 'usr_a', clientId: 'client-a', grantId: 'grt_a' };
  const family = makeFamily(connection);
  const code = makeCode(connection, { familyId: family.id });
  const agreement = makeAgreement(connection);
  const session = makeSession('usr_a');
  const buckets = [{ key: 'b', intervalSeconds: 60, burst: 1 }];

  return [
    acts.saveClient(makeClient({ id: 'client-a' }), now, 100),
    acts.addAccount(makeAccount({ id: 'usr_a' })),
    acts.agreeGrant(agreement, { id: 'p', expiresAt: now }, now),
    acts.agreeGrant(agreement, undefined, now),
    acts.issueCode({ code }, now),
    acts.redeemCode(code.digest, family, now),
    acts.rotateFamily(makeRotation(family, 0), now),
    acts.rotateFamily(makeRotation(family, 9), now),
    acts.redeemCode(code.digest, family, now),
    acts.startFamily(makeFamily(connection)),
    acts.startSession(session, 'former'),
    acts.touchSession('digest', now),
    acts.takeFromBuckets(buckets, now),
    acts.takeFromBuckets(buckets, now),
    acts.giveBackToBuckets(buckets),
    ...makeApiKeyActs(),
    acts.takeLease('prune', 'node', 60),
    ...makeAuditActs(),
    ...makePermissionActs(),
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
    listGrants('usr_a'),
    loadCode('digest'),
    loadFamily(family.id),
    isFamilyAlive(family.id),
    loadSession('digest', 900, now),
    acts.endGrant('grt_a', 'usr_a', now),
    acts.disableAccount('usr_a', now),
    acts.disableClient('client-a', now, 100),
    acts.endGrantsOfClient('client-a', now, 100),
    acts.replaceClientSecrets('client-a', [], []),
    ...prunedTables.map((table) => acts.pruneTable(table, now + 1_000_000, pruneLimit)),
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
