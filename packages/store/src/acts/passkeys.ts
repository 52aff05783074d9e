/** Passkeys of accounts. The row counts of conditional writes decide every race. */
import type {
  Account,
  AddPasskeyOutcome,
  NewPasskey,
  Passkey,
  PasskeySignIn,
  PasskeySignInOutcome,
  PasskeyStore,
  RemovePasskeyOutcome,
} from '@keywright/core';
import { type Act, statement } from '../act.ts';
import { rowsOf } from '../columns.ts';
import { type Kept, reading, serializable, single } from '../kept.ts';
import { accountColumns, accountRows } from './account-rows.ts';
import { takeClaim } from './claims.ts';
import { insertDelivery } from './deliveries.ts';
import { startSession } from './sessions.ts';

const passkeyRows = rowsOf<Passkey>('passkeys', {
  id: 'plain',
  accountId: 'plain',
  publicKey: 'plain',
  counter: ['signature_counter', 'plain'],
  transports: 'json',
  aaguid: 'plain',
  isSyncable: ['syncable', 'flag'],
  isBackedUp: ['backed_up', 'flag'],
  name: ['passkey_name', 'plain'],
  createdAt: ['added_at', 'plain'],
  lastUsedAt: 'plain',
});

export const passkeys: Kept<PasskeyStore> = {
  tables: { passkeys: { keeps: 'a user removes them, and an account has a few' } },
  verbs: {
    add: serializable({ addPasskey }),
    list: reading({ listPasskeys }),
    load: reading({ loadPasskey }),
    rename: single({ renamePasskey }),
    remove: serializable({ removePasskey }),
    signIn: serializable({ signInWithPasskey }),
  },
  migrations: [
    {
      version: 13,
      name: 'passkeys',
      worksWith: 12,
      statements: [
        `CREATE TABLE passkeys (
      id TEXT NOT NULL PRIMARY KEY,
      account_id TEXT NOT NULL,
      public_key TEXT NOT NULL,
      signature_counter BIGINT NOT NULL,
      transports TEXT NOT NULL,
      aaguid TEXT NOT NULL,
      syncable BIGINT NOT NULL,
      backed_up BIGINT NOT NULL,
      passkey_name TEXT NOT NULL,
      added_at BIGINT NOT NULL,
      last_used_at BIGINT
    )`,
        'CREATE INDEX passkeys_by_account ON passkeys (account_id)',
      ],
    },
  ],
};

const insert = `${passkeyRows.insert} ON CONFLICT (id) DO NOTHING`;

/** The challenge is spent in any case, because it was answered. */
function* addPasskey(
  { passkey, challenge, most, mail }: NewPasskey,
  now: number,
): Act<AddPasskeyOutcome> {
  if (challenge.expiresAt <= now || !(yield* takeClaim(challenge.id, challenge.expiresAt)))
    return 'spent';
  const { rows: active } = yield statement(
    `SELECT 1 FROM accounts WHERE id = $1 AND status = 'active'`,
    passkey.accountId,
  );
  if (active.length === 0) return 'absent';
  if ((yield* countPasskeys(passkey.accountId)) >= most) return 'full';
  const { changes } = yield statement(insert, ...passkeyRows.valuesOf(passkey));
  if (changes === 0) return 'taken';
  if (mail !== undefined) yield insertDelivery(mail);
  return 'added';
}

function* countPasskeys(accountId: string): Act<number> {
  const { rows } = yield statement('SELECT id FROM passkeys WHERE account_id = $1', accountId);
  return rows.length;
}

function* listPasskeys(accountId: string): Act<readonly Passkey[]> {
  const { rows } = yield statement(
    `${passkeyRows.select} WHERE account_id = $1 ORDER BY added_at, id`,
    accountId,
  );
  return rows.map(passkeyRows.read);
}

const selectWithAccount = `SELECT ${accountColumns}, passkeys.id AS passkey_id, passkeys.account_id,
    ${passkeyRows.names.filter((name) => name !== 'id' && name !== 'account_id').join(', ')}
  FROM passkeys JOIN accounts ON accounts.id = passkeys.account_id
  WHERE passkeys.id = $1 AND accounts.status = 'active'`;

function* loadPasskey(
  id: string,
): Act<{ readonly passkey: Passkey; readonly account: Account } | undefined> {
  const { rows } = yield statement(selectWithAccount, id);
  const [row] = rows;
  if (row === undefined) return undefined;
  return {
    passkey: passkeyRows.read({ ...row, id: row.passkey_id ?? null }),
    account: accountRows.read(row),
  };
}

function* renamePasskey(id: string, accountId: string, name: string): Act<boolean> {
  const { changes } = yield statement(
    'UPDATE passkeys SET passkey_name = $3 WHERE id = $1 AND account_id = $2',
    id,
    accountId,
    name,
  );
  return changes === 1;
}

function* removePasskey(
  id: string,
  accountId: string,
  { mayBeLast, mail }: Parameters<PasskeyStore['remove']>[2],
): Act<RemovePasskeyOutcome> {
  if (!mayBeLast && (yield* isLastWayIn(id, accountId))) return 'last';
  const { changes } = yield statement(
    'DELETE FROM passkeys WHERE id = $1 AND account_id = $2',
    id,
    accountId,
  );
  if (changes === 0) return 'absent';
  if (mail !== undefined) yield insertDelivery(mail);
  return 'removed';
}

/** Those that were added at this time or later. Answers their names. */
export function* removePasskeysSince(accountId: string, since: number): Act<readonly string[]> {
  const { rows } = yield statement(
    'DELETE FROM passkeys WHERE account_id = $1 AND added_at >= $2 RETURNING passkey_name',
    accountId,
    since,
  );
  return rows.map((row) => row.passkey_name as string);
}

/** An account without a password has an empty hash, which no password has. */
function* isLastWayIn(id: string, accountId: string): Act<boolean> {
  const { rows } = yield statement(
    `SELECT id FROM passkeys WHERE account_id = $1
      AND EXISTS (SELECT 1 FROM accounts WHERE accounts.id = $1 AND accounts.password_hash = '')`,
    accountId,
  );
  return rows.length === 1 && rows[0]?.id === id;
}

/**
 * Web Authentication §7.2 step 22: a counter that does not go up may be one of a copied key. An
 * authenticator that does not count sends 0.
 */
const use = `UPDATE passkeys SET signature_counter = $2, backed_up = $3,
    last_used_at = CASE WHEN last_used_at > $4 THEN last_used_at ELSE CAST($4 AS BIGINT) END
  WHERE id = $1 AND account_id = $5
    AND (signature_counter < $2 OR (signature_counter = 0 AND $2 = 0))
    AND EXISTS (SELECT 1 FROM accounts WHERE accounts.id = $5 AND accounts.status = 'active')`;

function* signInWithPasskey(
  { id, challenge, counter, isBackedUp, session, formerDigest, mail }: PasskeySignIn,
  now: number,
): Act<PasskeySignInOutcome> {
  if (challenge.expiresAt <= now || !(yield* takeClaim(challenge.id, challenge.expiresAt)))
    return 'spent';
  const { changes } = yield statement(use, id, counter, Number(isBackedUp), now, session.accountId);
  if (changes === 0) return yield* whyNotUsed(id, session.accountId);
  yield* startSession(session, formerDigest, undefined, mail);
  return 'started';
}

function* whyNotUsed(id: string, accountId: string): Act<'counter' | 'absent'> {
  const { rows } = yield statement(
    `SELECT 1 FROM passkeys JOIN accounts ON accounts.id = passkeys.account_id
      WHERE passkeys.id = $1 AND accounts.id = $2 AND accounts.status = 'active'`,
    id,
    accountId,
  );
  return rows.length === 0 ? 'absent' : 'counter';
}
