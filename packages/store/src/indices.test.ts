import { expect, it } from 'vitest';
import { type Act, type Statement, performAct } from './act.ts';
import { listAccounts, loadAccount, loadAccountByEmailKey, loadAccountByFamily } from './acts/accounts.ts';
import { listApiKeys, loadApiKey } from './acts/api-keys.ts';
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
import { createMigrationTable, migrate } from './migrate.ts';
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
import { SqliteConnection } from './sqlite-connection.ts';

const connection: Connection = { accountId: 'usr_a', clientId: 'client-a', grantId: 'grt_a' };
const family = makeFamily(connection);
const code = makeCode(connection, { familyId: family.id });
const agreement = makeAgreement(connection);
const apiKey = makeApiKey('client-a');
const successor = { ...makeApiKey('client-a'), replaces: apiKey.id };
const permission = makePermission('user:ada', 'read', 'building:1');
const [ada, building] = [entity('user:ada'), entity('building:1')];
const session = makeSession('usr_a');
const buckets = [{ key: 'b', intervalSeconds: 60, burst: 1 }];

/** In an order in which each finds what it looks for, and takes its longer way once. */
const performed: readonly Act<unknown>[] = [
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
  acts.addApiKey(apiKey, 10, now),
  acts.rotateApiKey(successor, now + 10, now),
  acts.rotateApiKey(successor, now + 10, now),
  acts.touchApiKeys(apiKey.audience, [{ id: apiKey.id, at: now }], now),
  acts.revokeApiKey(apiKey.id, 'test', now),
  loadApiKey(apiKey.id),
  listApiKeys(),
  listApiKeys({ clientId: 'client-a', aliveAt: now }),
  listApiKeys({ audience: apiKey.audience, aliveAt: now }),
  acts.takeLease('prune', 'node', now + 60, now),
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
  ...prunedTables.map((table) => acts.pruneTable(table, now + 1_000_000, 100)),
];

/** A handful of rows in its whole life, so that it is read as a whole. */
const small = 'signing_keys';

/** These are results of subqueries and lists that a statement names, not tables. */
const named =
  /living|dead|f|CONSTANT ROW|a|above|s|r|g|given|direct|c|covered|bounded|d|lower|upper|named|known/;

/** An index that is made for one statement reads a whole table, and so does a walk that asks for a kind of link alone. */
const readsWholeTable = new RegExp(
  `^SCAN (?!(?:${named.source})(?: |$))|^SEARCH [lp] .*AUTOMATIC|^SEARCH l .*\\(kind=\\?\\)$`,
);

it('finds the rows of every act by an index, in every table that grows', () => {
  const database = SqliteConnection.openForWriting({ file: ':memory:', busyTimeoutMs: 0 });
  database.execute({ sql: createMigrationTable, params: [] });
  performAct(migrate(now), database.execute);
  const scans: string[] = [];
  const explained = (statement: Statement) => {
    const plan = database.execute({ ...statement, sql: `EXPLAIN QUERY PLAN ${statement.sql}` });
    const details = plan.rows
      .map((row) => String(row.detail))
      .filter((detail) => readsWholeTable.test(detail));
    scans.push(...details.filter((detail) => detail !== `SCAN ${small}`));
    return database.execute(statement);
  };
  for (const act of performed) performAct(act, explained);
  expect(scans).toEqual([]);
  database.close();
});
