/** Former e-mail addresses of accounts, which can be restored for some days. */
import type {
  Delivery,
  EmailChange,
  EmailChangeOutcome,
  EmailRestoration,
  FormerEmail,
  FormerEmailStore,
} from '@keywright/core';
import { type Act, last, statement } from '../act.ts';
import { rowsOf } from '../columns.ts';
import { type Kept, reading, serializable } from '../kept.ts';
import { deleteEnded } from '../pruning.ts';
import { insertDelivery } from './deliveries.ts';
import { endGrantsSince } from './grants.ts';
import { removePasskeysSince } from './passkeys.ts';
import { removeSecondFactorSince } from './second-factors.ts';
import { endOtherSessionsOfAccount } from './sessions.ts';
import { voidApprovedOfAccount } from './unspent.ts';

const formerRows = rowsOf<FormerEmail>('former_emails', {
  id: 'plain',
  accountId: 'plain',
  email: 'plain',
  emailKey: 'plain',
  changedAt: 'plain',
  expiresAt: 'plain',
  trustedUntil: 'plain',
});

export const formerEmails: Kept<FormerEmailStore> = {
  tables: { former_emails: deleteEnded('former_emails', 'id', 'expires_at') },
  verbs: {
    change: serializable({ changeEmail }),
    load: reading({ loadFormerEmail }),
    restore: serializable({ restoreEmail }),
  },
  migrations: [
    {
      version: 12,
      name: 'former e-mail addresses',
      worksWith: 11,
      statements: [
        `CREATE TABLE former_emails (
      id TEXT NOT NULL PRIMARY KEY,
      account_id TEXT NOT NULL,
      email TEXT NOT NULL,
      email_key TEXT NOT NULL,
      changed_at BIGINT NOT NULL,
      expires_at BIGINT NOT NULL
    )`,
        'CREATE INDEX former_emails_by_account ON former_emails (account_id)',
        'CREATE INDEX former_emails_by_end ON former_emails (expires_at)',
      ],
    },
    {
      version: 16,
      name: 'what an undo removes',
      worksWith: 15,
      statements: ['ALTER TABLE former_emails ADD COLUMN trusted_until BIGINT'],
    },
  ],
};

function* changeEmail(
  accountId: string,
  { email, emailKey, former, notice }: EmailChange,
): Act<EmailChangeOutcome> {
  if (yield* isTaken(accountId, emailKey)) return 'taken';
  const { changes } = yield statement(
    `UPDATE accounts SET email = $2, email_key = $3, email_verified = 1
      WHERE id = $1 AND email_key = $4 AND status = 'active'`,
    accountId,
    email,
    emailKey,
    former.emailKey,
  );
  if (changes === 0) return 'gone';
  if (notice !== undefined) yield insertDelivery(notice);
  const changedAt = yield* afterOthers(former);
  yield last(statement(formerRows.insert, ...formerRows.valuesOf({ ...former, changedAt })));
  return 'changed';
}

/**
 * The changes of an account have times that differ, also within one second and at a node whose
 * clock is behind. Otherwise the undo of a later change would void the undo of an earlier one.
 */
function* afterOthers({ accountId, changedAt }: FormerEmail): Act<number> {
  const { rows } = yield statement(
    'SELECT MAX(changed_at) AS latest FROM former_emails WHERE account_id = $1',
    accountId,
  );
  const latest = rows[0]?.latest ?? null;
  return latest === null ? changedAt : Math.max(changedAt, Number(latest) + 1);
}

/** By another account. */
function* isTaken(accountId: string, emailKey: string): Act<boolean> {
  const { rows } = yield statement(
    'SELECT 1 FROM accounts WHERE email_key = $1 AND id <> $2',
    emailKey,
    accountId,
  );
  return rows.length > 0;
}

function* loadFormerEmail(id: string, now: number): Act<FormerEmail | undefined> {
  const { rows } = yield statement(
    `${formerRows.select} WHERE id = $1 AND expires_at > $2`,
    id,
    now,
  );
  return rows[0] && formerRows.read(rows[0]);
}

/**
 * Later changes go with it. Otherwise an attacker who changed the address twice could use the undo
 * of the second change.
 */
function* restoreEmail(id: string, mails: readonly Delivery[], now: number): Act<EmailRestoration> {
  const former = yield* loadFormerEmail(id, now);
  if (former === undefined) return { outcome: 'gone' };
  const { accountId, email, emailKey, changedAt, trustedUntil = changedAt } = former;
  if (yield* isTaken(accountId, emailKey)) return { outcome: 'taken' };
  const { changes } = yield statement(
    'DELETE FROM former_emails WHERE account_id = $1 AND changed_at >= $2',
    accountId,
    changedAt,
  );
  if (changes === 0) return { outcome: 'gone' };
  yield statement(
    'UPDATE accounts SET email = $2, email_key = $3, email_verified = 1 WHERE id = $1',
    accountId,
    email,
    emailKey,
  );
  // Otherwise an attacker could still sign in, or the owner could not.
  const passkeys = yield* removePasskeysSince(accountId, trustedUntil);
  const hadSecondFactor = yield* removeSecondFactorSince(accountId, trustedUntil);
  const clientIds = yield* endGrantsSince(accountId, trustedUntil, now);
  yield* endOtherSessionsOfAccount(accountId, '', now);
  yield* voidApprovedOfAccount(accountId);
  for (const mail of mails) yield insertDelivery(mail);
  return { outcome: 'restored', passkeys, hadSecondFactor, clientIds };
}
