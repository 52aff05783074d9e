import type { Account, Page, Paging, PasswordChange, SignedIn } from '@keywright/core';
import { type Act, type Row, statement } from '../act.ts';
import { fromFlag, fromJsonOrNull, present, toFlag, toJsonOrNull } from '../columns.ts';
import { cutPage, pageLimit } from '../paging.ts';
import { endGrantsOfAccount } from './grants.ts';
import { endOtherSessionsOfAccount, endSessionsOfAccount, renewSession, toSession } from './sessions.ts';
import { voidApprovedOfAccount } from './unspent.ts';

const columns = 'id, email, email_key, email_verified, name, password_hash, status, created_at, claims';

const select = `SELECT ${columns} FROM accounts WHERE id = $1`;

export function* loadAccount(id: string): Act<Account | undefined> {
  const { rows } = yield statement(select, id);
  return rows[0] && toAccount(rows[0]);
}

export function* loadAccountByEmailKey(emailKey: string): Act<Account | undefined> {
  const { rows } = yield statement(`SELECT ${columns} FROM accounts WHERE email_key = $1`, emailKey);
  return rows[0] && toAccount(rows[0]);
}

const ofAccounts = columns
  .split(', ')
  .map((column) => `accounts.${column}`)
  .join(', ');

const selectByFamily = `SELECT ${ofAccounts}
  FROM families JOIN accounts ON accounts.id = families.account_id
  WHERE families.id = $1 AND families.ended_at IS NULL AND accounts.status = 'active'`;

export function* loadAccountByFamily(familyId: string): Act<Account | undefined> {
  const { rows } = yield statement(selectByFamily, familyId);
  return rows[0] && toAccount(rows[0]);
}

const selectBySession = `SELECT ${ofAccounts}, sessions.digest, sessions.id AS session_id, sessions.authenticated_at,
    sessions.last_seen_at, sessions.expires_at, sessions.terms
  FROM sessions JOIN accounts ON accounts.id = sessions.account_id
  WHERE sessions.digest = $1 AND sessions.expires_at > $2 AND sessions.last_seen_at > $3 AND accounts.status = 'active'`;

/** A session that was started just as its account was disabled is refused here. */
export function* loadSession(digest: string, idleSeconds: number, now: number): Act<SignedIn | undefined> {
  const { rows } = yield statement(selectBySession, digest, now, now - idleSeconds);
  return rows[0] && { session: toSession(rows[0]), account: toAccount(rows[0]) };
}

export function* listAccounts(paging: Paging = {}): Act<Page<Account>> {
  const limit = pageLimit(paging);
  const { rows } = yield statement(
    `SELECT ${columns} FROM accounts WHERE id > $1 ORDER BY id LIMIT $2`,
    paging.after ?? '',
    limit + 1,
  );
  return cutPage(rows.map(toAccount), limit, (account) => account.id);
}

export function* addAccount(account: Account): Act<boolean> {
  const { changes } = yield statement(
    `INSERT INTO accounts (${columns}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (email_key) DO NOTHING`,
    account.id,
    account.email,
    account.emailKey,
    toFlag(account.emailVerified),
    account.name,
    account.passwordHash,
    account.status,
    account.createdAt,
    toJsonOrNull(account.claims),
  );
  return changes === 1;
}

export function* saveAccountClaims(id: string, claims: Account['claims']): Act<boolean> {
  const { changes } = yield statement(
    'UPDATE accounts SET claims = $1 WHERE id = $2',
    toJsonOrNull(claims),
    id,
  );
  return changes === 1;
}

export function* disableAccount(id: string, now: number): Act<boolean> {
  const { changes } = yield statement(`UPDATE accounts SET status = 'disabled' WHERE id = $1`, id);
  if (changes === 0) return false;
  yield* endSessionsOfAccount(id, now);
  yield* endGrantsOfAccount(id, now);
  return true;
}

/** Nothing comes back: what the account had was ended when it was disabled, and grants that were about to start were born ended. */
export function* enableAccount(id: string, now: number): Act<boolean> {
  const { changes } = yield statement(
    `UPDATE accounts SET status = 'active' WHERE id = $1 AND status = 'disabled'`,
    id,
  );
  if (changes === 0) return false;
  // A session that was about to start was refused by `loadSession`, which will not refuse it any more.
  yield* endSessionsOfAccount(id, now);
  return true;
}

export function* renewPasswordHash(id: string, formerHash: string, passwordHash: string): Act<boolean> {
  const { changes } = yield statement(
    'UPDATE accounts SET password_hash = $3 WHERE id = $1 AND password_hash = $2',
    id,
    formerHash,
    passwordHash,
  );
  return changes === 1;
}

/**
 * What was given for the former password, or to a session of then, ends, but for what goes on while the person is away (`offline_access`).
 * One who signs in by the former password at this moment is refused by `startSession` and `startFamily`.
 */
export function* changePassword(id: string, change: PasswordChange, now: number): Act<boolean> {
  const { passwordHash, formerHash, renewed, endsGrants = false } = change;
  const { changes } = yield statement(
    'UPDATE accounts SET password_hash = $2 WHERE id = $1 AND password_hash = COALESCE($3, password_hash)',
    id,
    passwordHash,
    formerHash ?? null,
  );
  if (changes === 0) return false;
  if (renewed !== undefined) yield* renewSession(renewed.formerDigest, renewed.session);
  yield* endOtherSessionsOfAccount(id, renewed?.session.id ?? '', now);
  yield* voidApprovedOfAccount(id);
  if (endsGrants) yield* endGrantsOfAccount(id, now);
  return true;
}

/** Codes, and what was approved and not yet fetched, ask for a living grant when they are redeemed. */
export function* endEverythingOfAccount(id: string, now: number): Act<boolean> {
  const { rows } = yield statement('SELECT 1 FROM accounts WHERE id = $1', id);
  if (rows.length === 0) return false;
  yield* endSessionsOfAccount(id, now);
  yield* endGrantsOfAccount(id, now);
  return true;
}

function toAccount(row: Row): Account {
  return {
    id: row.id,
    email: row.email,
    emailKey: row.email_key,
    emailVerified: fromFlag(row.email_verified),
    name: row.name,
    passwordHash: row.password_hash,
    status: row.status,
    createdAt: row.created_at,
    ...present({ claims: fromJsonOrNull(row.claims) }),
  } as Account;
}
