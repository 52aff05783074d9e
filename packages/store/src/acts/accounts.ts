import type {
  Account,
  AccountStore,
  Joining,
  JoinOutcome,
  Page,
  Paging,
  PasswordChange,
} from '@keywright/core';
import { type Act, statement } from '../act.ts';
import { toJsonOrNull } from '../columns.ts';
import { type Kept, reading, serializable, single } from '../kept.ts';
import { cutPage, pageLimit } from '../paging.ts';
import { accountColumns, accountRows } from './account-rows.ts';
import { insertDelivery } from './deliveries.ts';
import { endGrantsOfAccount } from './grants.ts';
import { giveInvitationBack, spendInvitation } from './invitations.ts';
import {
  endOtherSessionsOfAccount,
  endSessionsOfAccount,
  lacksSecondFactor,
  mayRenew,
  putInPlace,
  startSession,
} from './sessions.ts';
import { voidApprovedOfAccount } from './unspent.ts';

export const accounts: Kept<AccountStore> = {
  tables: { accounts: { keeps: 'disabled ones, too: an id is never given twice' } },
  verbs: {
    load: reading({ loadAccount }),
    loadByEmailKey: reading({ loadAccountByEmailKey }),
    loadByFamily: reading({ loadAccountByFamily }),
    list: reading({ listAccounts }),
    add: single({ addAccount }),
    addMany: serializable({ addAccounts }),
    join: serializable({ joinAccount }),
    acceptTerms: single({ acceptTerms }),
    saveClaims: single({ saveAccountClaims }),
    disable: serializable({ disableAccount }),
    enable: serializable({ enableAccount }),
    changePassword: serializable({ changePassword }),
    renewPasswordHash: serializable({ renewPasswordHash }),
    endEverything: serializable({ endEverythingOfAccount }),
  },
};

function* loadAccount(id: string): Act<Account | undefined> {
  const { rows } = yield statement(`${accountRows.select} WHERE id = $1`, id);
  return rows[0] && accountRows.read(rows[0]);
}

function* loadAccountByEmailKey(emailKey: string): Act<Account | undefined> {
  const { rows } = yield statement(`${accountRows.select} WHERE email_key = $1`, emailKey);
  return rows[0] && accountRows.read(rows[0]);
}

const selectByFamily = `SELECT ${accountColumns}
  FROM families JOIN accounts ON accounts.id = families.account_id
  WHERE families.id = $1 AND families.ended_at IS NULL AND accounts.status = 'active'`;

function* loadAccountByFamily(familyId: string): Act<Account | undefined> {
  const { rows } = yield statement(selectByFamily, familyId);
  return rows[0] && accountRows.read(rows[0]);
}

function* listAccounts(paging: Paging = {}): Act<Page<Account>> {
  const limit = pageLimit(paging);
  const { rows } = yield statement(
    `${accountRows.select} WHERE id > $1 ORDER BY id LIMIT $2`,
    paging.after ?? '',
    limit + 1,
  );
  return cutPage(rows.map(accountRows.read), limit, (account) => account.id);
}

export function* addAccount(account: Account): Act<boolean> {
  const { changes } = yield statement(
    `${accountRows.insert} ON CONFLICT (email_key) DO NOTHING`,
    ...accountRows.valuesOf(account),
  );
  return changes === 1;
}

/** So many rows in one statement that the statements cost little beside the rows. */
const rowsPerInsert = 100;

function* addAccounts(accounts: readonly Account[]): Act<readonly string[]> {
  const added: string[] = [];
  for (let start = 0; start < accounts.length; start += rowsPerInsert) {
    const rows = accounts.slice(start, start + rowsPerInsert);
    const inserted = yield statement(
      `${accountRows.insertMany(rows.length)} ON CONFLICT DO NOTHING RETURNING id`,
      ...rows.flatMap(accountRows.valuesOf),
    );
    for (const { id } of inserted.rows) added.push(id as string);
  }
  return added;
}

function* joinAccount(
  { account, session, formerDigest, invitationId }: Joining,
  now: number,
): Act<JoinOutcome> {
  if (invitationId !== undefined && !(yield* spendInvitation(invitationId, account.emailKey, now)))
    return 'uninvited';
  if (!(yield* addAccount(account))) {
    if (invitationId !== undefined) yield* giveInvitationBack(invitationId);
    return 'taken';
  }
  yield* startSession(session, formerDigest);
  return 'joined';
}

function* acceptTerms(id: string, accepted: NonNullable<Account['accepted']>): Act<boolean> {
  const { changes } = yield statement(
    `UPDATE accounts SET accepted = $1 WHERE id = $2 AND status = 'active'`,
    toJsonOrNull(accepted),
    id,
  );
  return changes === 1;
}

function* saveAccountClaims(id: string, claims: Account['claims']): Act<boolean> {
  const { changes } = yield statement(
    'UPDATE accounts SET claims = $1 WHERE id = $2',
    toJsonOrNull(claims),
    id,
  );
  return changes === 1;
}

function* disableAccount(id: string, now: number): Act<boolean> {
  const { changes } = yield statement(`UPDATE accounts SET status = 'disabled' WHERE id = $1`, id);
  if (changes === 0) return false;
  yield* endSessionsOfAccount(id, now);
  yield* endGrantsOfAccount(id, now);
  return true;
}

/**
 * Restores nothing that the account had: that ended when the account was disabled. Grants that were
 * about to start at that moment were stored as ended.
 */
function* enableAccount(id: string, now: number): Act<boolean> {
  const { changes } = yield statement(
    `UPDATE accounts SET status = 'active' WHERE id = $1 AND status = 'disabled'`,
    id,
  );
  if (changes === 0) return false;
  // `loadSession` refused a session that was about to start. It will not refuse it from now on.
  yield* endSessionsOfAccount(id, now);
  return true;
}

function* renewPasswordHash(id: string, formerHash: string, passwordHash: string): Act<boolean> {
  const { changes } = yield statement(
    'UPDATE accounts SET password_hash = $3 WHERE id = $1 AND password_hash = $2',
    id,
    formerHash,
    passwordHash,
  );
  return changes === 1;
}

/**
 * Ends what was given for the former password or to a session of that time, except what continues
 * while the user is away (`offline_access`). `startSession` and `startFamily` refuse a sign-in with
 * the former password at this moment.
 */
function* changePassword(id: string, change: PasswordChange, now: number): Act<boolean> {
  const { passwordHash, formerHash, next, endsGrants = false, mail } = change;
  if (next !== undefined && 'renewed' in next && !(yield* mayRenew(next.renewed, now)))
    return false;
  const after = next && ('renewed' in next ? next.renewed : next.started);
  if (after !== undefined && (yield* lacksSecondFactor(after.session))) return false;
  const { changes } = yield statement(
    'UPDATE accounts SET password_hash = $2 WHERE id = $1 AND password_hash = COALESCE($3, password_hash)',
    id,
    passwordHash,
    formerHash ?? null,
  );
  if (changes === 0) return false;
  if (mail !== undefined) yield insertDelivery(mail);
  if (after !== undefined) yield* putInPlace(after);
  yield* endOtherSessionsOfAccount(id, after?.session.id ?? '', now);
  yield* voidApprovedOfAccount(id);
  if (endsGrants) yield* endGrantsOfAccount(id, now);
  return true;
}

/**
 * Codes, and approved requests that were not redeemed yet, need an active grant when they are
 * redeemed.
 */
function* endEverythingOfAccount(id: string, now: number): Act<boolean> {
  const { rows } = yield statement('SELECT 1 FROM accounts WHERE id = $1', id);
  if (rows.length === 0) return false;
  yield* endSessionsOfAccount(id, now);
  yield* endGrantsOfAccount(id, now);
  return true;
}
