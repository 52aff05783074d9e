/**
 * Whatever belongs to a disabled account or client is refused, also if the act that disabled it did
 * not end it: after an import, or before its batch. So here only the status is set, and each
 * condition is tested alone.
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { performAct, type Act } from '../act.ts';
import { createMigrationTable, migrate } from '../migrate.ts';
import {
  makeAccount,
  makeAgreement,
  makeApiKey,
  makeClient,
  makeCode,
  makeDeferred,
  makeDeferredAnswer,
  makeFamily,
  makeSession,
  makeRotation,
  makeUse,
} from '../testing-parts/samples.ts';
import { SqliteConnection } from '../sqlite-connection.ts';
import { addAccount } from './accounts.ts';
import { migrations } from '../migrations/index.ts';
import { describeTables } from '../transfer/tables.ts';
import { addApiKey, loadApiKey, rotateApiKey } from './api-keys.ts';
import { saveClient } from './clients.ts';
import { issueCode, loadCode, redeemCode } from './codes.ts';
import { addDeferred, answerDeferred, redeemDeferred } from './deferred.ts';
import { loadFamily, rotateFamily, startFamily, useFamily } from './families.ts';
import { loadSession, startSession } from './sessions.ts';

const now = 1_800_000_000;

let connection: SqliteConnection;
beforeEach(() => {
  connection = SqliteConnection.openForWriting({ file: ':memory:', busyTimeoutMs: 0 });
  connection.execute({ sql: createMigrationTable, params: [] });
  perform(migrate(now));
});
afterEach(() => connection.close());

const perform = <T>(act: Act<T>): T => performAct(act, connection.execute);

/** Sets only the status. */
function disable(table: 'accounts' | 'clients', id: string): void {
  const params = [id];
  const sql = `UPDATE ${table} SET status = 'disabled' WHERE id = $1`;
  expect(connection.execute({ sql, params }).changes).toBe(1);
}

function connect() {
  const [account, client] = [makeAccount(), makeClient()];
  perform(addAccount(account));
  perform(saveClient(client, now, 1000));
  const of = { accountId: account.id, clientId: client.id };
  const [code, agreement] = [makeCode(of), makeAgreement(of)];
  perform(issueCode({ code, agreement }, now));
  const connection = { ...of, grantId: agreement.grantId };
  const family = makeFamily(connection, { id: code.familyId });
  return { account, client, code, family, connection };
}

describe('an authorization code', () => {
  it.each(['accounts', 'clients'] as const)(
    'is not redeemed if one of the %s is disabled',
    (table) => {
      const { account, client, code, family } = connect();
      disable(table, table === 'accounts' ? account.id : client.id);
      expect(perform(redeemCode(code.digest, family, now))).toEqual({ outcome: 'expired' });
      expect(perform(loadCode(code.digest))).toBeDefined();
      expect(perform(loadFamily(family.id))).toBeUndefined();
    },
  );

  it('is redeemed if both are active', () => {
    const { code, family } = connect();
    expect(perform(redeemCode(code.digest, family, now))).toEqual({ outcome: 'redeemed' });
  });
});

describe('a request that was approved on another device', () => {
  function approve() {
    const { account, client, connection } = connect();
    const request = makeDeferred(connection);
    perform(addDeferred(request, now));
    const answered = perform(answerDeferred(makeDeferredAnswer(request.digest, connection), now));
    expect(answered).toEqual({ outcome: 'approved', grantId: connection.grantId });
    return { account, client, digest: request.digest, family: makeFamily(connection) };
  }

  it.each(['accounts', 'clients'] as const)(
    'is not redeemed if one of the %s is disabled',
    (table) => {
      const { account, client, digest, family } = approve();
      disable(table, table === 'accounts' ? account.id : client.id);
      expect(perform(redeemDeferred(digest, family, now))).toEqual({ outcome: 'expired' });
      expect(perform(loadFamily(family.id))).toBeUndefined();
    },
  );

  it('is redeemed if both are active', () => {
    const { digest, family } = approve();
    expect(perform(redeemDeferred(digest, family, now))).toEqual({ outcome: 'redeemed' });
  });
});

describe('a session', () => {
  it('has no account once its account is disabled', () => {
    const { account } = connect();
    const session = makeSession(account.id);
    perform(startSession(session));
    expect(perform(loadSession(session.digest, 900, now))).toEqual({ session, account });
    disable('accounts', account.id);
    expect(perform(loadSession(session.digest, 900, now))).toBeUndefined();
  });
});

describe('a refresh token', () => {
  function start() {
    const { client, connection } = connect();
    const family = makeFamily(connection);
    expect(perform(startFamily(family))).toBe(true);
    return { client, family };
  }

  it('that is rotated gets no successor for a disabled client', () => {
    const { client, family } = start();
    disable('clients', client.id);
    expect(perform(rotateFamily(makeRotation(family, 0), now))).toEqual({ outcome: 'ended' });
    expect(perform(loadFamily(family.id))).toStrictEqual(family);
  });

  it('that is not rotated cannot be used by a disabled client', () => {
    const { client, family } = start();
    expect(perform(useFamily(makeUse(family, 0), now))).toBe(true);
    disable('clients', client.id);
    expect(perform(useFamily(makeUse(family, 0), now))).toBe(false);
  });
});

describe('an API key', () => {
  function add() {
    const client = makeClient({ kind: 'service' });
    perform(saveClient(client, now, 1000));
    const key = makeApiKey(client.id);
    expect(perform(addApiKey(key, 10, now))).toEqual({ outcome: 'added' });
    const successor = { ...makeApiKey(client.id), replaces: key.id };
    return { client, key, successor };
  }

  it('of a disabled client gets no successor', () => {
    const { client, key, successor } = add();
    disable('clients', client.id);
    expect(perform(rotateApiKey(successor, now + 60, now))).toEqual({ outcome: 'ended' });
    expect(perform(loadApiKey(successor.id))).toBeUndefined();
    expect(perform(loadApiKey(key.id))).toStrictEqual(key);
  });

  it('of an active client gets one', () => {
    const { successor } = add();
    expect(perform(rotateApiKey(successor, now + 60, now))).toEqual({ outcome: 'rotated' });
  });
});

describe('a table with a client or an account', () => {
  const triedHere = ['api_keys', 'codes', 'deferred_requests', 'families', 'sessions'];
  /**
   * These give nothing by themselves: a code or a family gives it, or core loads the client and the
   * account too.
   */
  const giveNothing = {
    access_tokens: 'core reads what each hangs on',
    audit: 'says what happened',
    client_secret_uses: 'says what happened',
    deliveries: 'tells a client of an end',
    former_emails: 'restore an address and end sessions',
    grants: 'are spent by codes and families',
    logout_targets: 'tell a client of an end',
    passkeys: 'the act that starts a session checks the account',
    pushed_requests: 'are answered with a code',
    recovery_codes: 'core loads the account, and a session checks it',
    second_factors: 'core loads the account, and a session checks it',
  };

  it('is tested here, or has a reason why it gives no access', () => {
    const found = describeTables(migrations.length).filter(({ columns }) =>
      columns.some(({ name }) => name === 'client_id' || name === 'account_id'),
    );
    expect([...triedHere, ...Object.keys(giveNothing)].toSorted()).toEqual(
      found.map(({ name }) => name),
    );
  });
});
