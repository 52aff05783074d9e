import type { Account, Page, Paging } from '@keywright/core';
import { type Act, type Row, statement } from '../act.ts';
import { fromFlag, fromJsonOrNull, present, toFlag, toJsonOrNull } from '../columns.ts';
import { cutPage, pageLimit } from '../paging.ts';
import { endGrantsOfAccount } from './grants.ts';
import { endSessionsOfAccount } from './sessions.ts';

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

const selectByFamily = `SELECT ${columns
  .split(', ')
  .map((column) => `accounts.${column}`)
  .join(', ')}
  FROM families JOIN accounts ON accounts.id = families.account_id
  WHERE families.id = $1 AND families.ended_at IS NULL AND accounts.status = 'active'`;

export function* loadAccountByFamily(familyId: string): Act<Account | undefined> {
  const { rows } = yield statement(selectByFamily, familyId);
  return rows[0] && toAccount(rows[0]);
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
