import { expect, it } from 'vitest';
import { type Act, type Statement, performAct } from './act.ts';
import { listAccounts, loadAccount, loadAccountByEmailKey, loadAccountByFamily } from './acts/accounts.ts';
import { listClients, loadClient } from './acts/clients.ts';
import { loadCode } from './acts/codes.ts';
import { isFamilyAlive, loadFamily } from './acts/families.ts';
import { listGrants, loadGrant } from './acts/grants.ts';
import { acts } from './acts/index.ts';
import { prunedTables } from './acts/prune.ts';
import { loadSession } from './acts/sessions.ts';
import { now } from './contract.ts';
import { createMigrationTable, migrate } from './migrate.ts';
import {
  type Connection,
  makeAccount,
  makeAgreement,
  makeClient,
  makeCode,
  makeFamily,
  makeRotation,
  makeSession,
} from './samples.ts';
import { SqliteConnection } from './sqlite-connection.ts';

const connection: Connection = { accountId: 'usr_a', clientId: 'client-a', grantId: 'grt_a' };
const family = makeFamily(connection);
const code = makeCode(connection, { familyId: family.id });
const agreement = makeAgreement(connection);
const buckets = [{ key: 'b', intervalSeconds: 60, burst: 1 }];

/** In an order in which each finds what it looks for, and takes its longer way once. */
const performed: readonly Act<unknown>[] = [
  acts.saveClient(makeClient({ id: 'client-a' }), now),
  acts.addAccount(makeAccount({ id: 'usr_a' })),
  acts.agreeGrant(agreement, { id: 'p', expiresAt: now }, now),
  acts.agreeGrant(agreement, undefined, now),
  acts.issueCode({ code }, now),
  acts.redeemCode(code.digest, family, now),
  acts.rotateFamily(makeRotation(family, 0), now),
  acts.rotateFamily(makeRotation(family, 9), now),
  acts.redeemCode(code.digest, family, now),
  acts.startFamily(makeFamily(connection)),
  acts.startSession(makeSession('usr_a'), 'former'),
  acts.touchSession('digest', now),
  acts.takeFromBuckets(buckets, now),
  acts.takeFromBuckets(buckets, now),
  acts.giveBackToBuckets(buckets),
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
  acts.disableClient('client-a', now),
  ...prunedTables.map((table) => acts.pruneTable(table, now + 1_000_000, 100)),
];

/** A handful of rows in its whole life, so that it is read as a whole. */
const small = 'signing_keys';

/** `living`, `dead` and `f` are results of subqueries, not tables. */
const readsWholeTable = /^SCAN (?!(?:living|dead|f)\b)/;

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
