import type {
  Delivery,
  LogoutTarget,
  Session,
  SessionInPlace,
  SessionStore,
  SignedIn,
} from '@keywright/core';
import { type Act, last, statement } from '../act.ts';
import { rowsOf } from '../columns.ts';
import { type Kept, reading, serializable, single } from '../kept.ts';
import { deleteEnded } from '../pruning.ts';
import { accountColumns, accountRows } from './account-rows.ts';
import { takeClaim } from './claims.ts';
import { insertDelivery } from './deliveries.ts';
import {
  endFamiliesOfOtherSessions,
  endFamiliesOfSession,
  type EndedSession,
  handFamiliesOver,
} from './families.ts';
import {
  endLogoutTargetsOfAccount,
  endLogoutTargetsOfSession,
  handLogoutTargetsOver,
} from './logouts.ts';

const sessionRows = rowsOf<Session>('sessions', {
  digest: 'plain',
  id: 'plain',
  accountId: 'plain',
  authenticatedAt: 'plain',
  lastSeenAt: 'plain',
  expiresAt: 'plain',
  terms: 'json',
  network: 'plain',
  userAgent: 'plain',
});

export const sessions: Kept<SessionStore> = {
  tables: { sessions: deleteEnded('sessions', 'digest', 'expires_at') },
  verbs: {
    start: serializable({ startSession }),
    load: reading({ loadSession }),
    touch: single({ touchSession }),
    end: serializable({ endSession }),
    list: reading({ listSessions }),
    endOne: serializable({ endSessionOfAccount }),
    endOthers: serializable({ endOtherSessions }),
  },
  migrations: [
    {
      version: 15,
      name: 'where sessions are used',
      worksWith: 14,
      statements: [
        'ALTER TABLE sessions ADD COLUMN network TEXT',
        'ALTER TABLE sessions ADD COLUMN user_agent TEXT',
      ],
    },
  ],
};

/**
 * No code is valid for longer (`codeSeconds`). Some time is added for a code that is issued while
 * its session ends.
 */
const longestCodeSeconds = 120;

const selectWithAccount = `SELECT ${accountColumns}, sessions.digest, sessions.id AS session_id, sessions.authenticated_at,
    sessions.last_seen_at, sessions.expires_at, sessions.terms, sessions.network, sessions.user_agent
  FROM sessions JOIN accounts ON accounts.id = sessions.account_id
  WHERE sessions.digest = $1 AND sessions.expires_at > $2 AND sessions.last_seen_at > $3 AND accounts.status = 'active'`;

/** Refuses a session that was started at the moment when its account was disabled. */
export function* loadSession(
  digest: string,
  idleSeconds: number,
  now: number,
): Act<SignedIn | undefined> {
  const { rows } = yield statement(selectWithAccount, digest, now, now - idleSeconds);
  const [row] = rows;
  if (row === undefined) return undefined;
  const session = sessionRows.read({
    ...row,
    id: row.session_id ?? null,
    account_id: row.id ?? null,
  });
  return { session, account: accountRows.read(row) };
}

/**
 * The former session of the browser ends in the same act, so that after a sign-in the former cookie
 * is never valid. Answers false and changes nothing if the account has changed since the password
 * was checked: it was disabled, or has another password, or a second factor that was not asked for.
 */
export function* startSession(
  session: Session,
  formerDigest?: string,
  passwordHash?: string,
  mail?: Delivery,
): Act<boolean> {
  if (passwordHash !== undefined && !(yield* maySignIn(session, passwordHash))) return false;
  if (formerDigest !== undefined) yield* replaceSession(formerDigest, session);
  if (mail !== undefined) yield insertDelivery(mail);
  yield last(statement(sessionRows.insert, ...sessionRows.valuesOf(session)));
  return true;
}

function* maySignIn(session: Session, passwordHash: string): Act<boolean> {
  const { rows } = yield statement(
    `SELECT 1 FROM accounts WHERE id = $1 AND password_hash = $2 AND status = 'active'`,
    session.accountId,
    passwordHash,
  );
  return rows.length > 0 && !(yield* lacksSecondFactor(session));
}

/** A second factor may have been added since the sign-in began without one. */
export function* lacksSecondFactor({ accountId, terms }: Session): Act<boolean> {
  if (terms?.amr?.includes('mfa') === true) return false;
  const { rows } = yield statement('SELECT 1 FROM second_factors WHERE account_id = $1', accountId);
  return rows.length > 0;
}

/** Whether there is the session that the next one goes on from. */
export function* mayRenew({ session, formerDigest }: SessionInPlace, now: number): Act<boolean> {
  const { rows } = yield statement(
    'SELECT 1 FROM sessions WHERE digest = $1 AND account_id = $2 AND expires_at > $3',
    formerDigest,
    session.accountId,
    now,
  );
  return rows.length > 0;
}

export function* putInPlace({ session, formerDigest }: SessionInPlace): Act<void> {
  yield* replaceSession(formerDigest, session);
  yield statement(sessionRows.insert, ...sessionRows.valuesOf(session));
}

/** Writes nothing if the session was already used in this second. Then it costs no commit. */
function* touchSession(digest: string, now: number, network?: string): Act<void> {
  yield statement(
    'UPDATE sessions SET last_seen_at = $2, network = COALESCE($3, network) WHERE digest = $1 AND last_seen_at < $2',
    digest,
    now,
    network ?? null,
  );
}

function* listSessions(
  accountId: string,
  idleSeconds: number,
  now: number,
  limit: number,
): Act<readonly Session[]> {
  const { rows } = yield statement(
    `${sessionRows.select} WHERE account_id = $1 AND expires_at > $2 AND last_seen_at > $3
      ORDER BY last_seen_at DESC, id DESC LIMIT $4`,
    accountId,
    now,
    now - idleSeconds,
    limit,
  );
  return rows.map(sessionRows.read);
}

function* endSession(digest: string, now: number): Act<readonly LogoutTarget[]> {
  const session = yield* removeSession(digest, now);
  return session === undefined ? [] : yield* endWhatItStarted(session, now);
}

function* endWhatItStarted(session: EndedSession, now: number): Act<readonly LogoutTarget[]> {
  yield* endFamiliesOfSession(session, now);
  yield* refuseCodes(session, now);
  return yield* endLogoutTargetsOfSession(session.id, now);
}

function* endSessionOfAccount(accountId: string, id: string, now: number): Act<boolean> {
  const { rows } = yield statement(
    'DELETE FROM sessions WHERE account_id = $1 AND id = $2 RETURNING expires_at',
    accountId,
    id,
  );
  const [row] = rows;
  if (row === undefined || (row.expires_at as number) <= now) return false;
  yield* endWhatItStarted({ id, accountId }, now);
  return true;
}

/** A session that was ended at the same moment ends no others. */
function* endOtherSessions(
  accountId: string,
  keptId: string,
  now: number,
): Act<number | undefined> {
  const { rows } = yield statement(
    `SELECT COUNT(*) AS active, SUM(CASE WHEN id = $2 THEN 1 ELSE 0 END) AS kept
      FROM sessions WHERE account_id = $1 AND expires_at > $3`,
    accountId,
    keptId,
    now,
  );
  const [row] = rows;
  if (row === undefined || Number(row.kept) === 0) return undefined;
  yield* endOtherSessionsOfAccount(accountId, keptId, now);
  return Number(row.active) - 1;
}

/**
 * If the same user signs in again, what the user started continues. If another user signs in, the
 * former session ends.
 */
function* replaceSession(formerDigest: string, session: Session): Act<void> {
  const { lastSeenAt: now } = session;
  const former = yield* removeSession(formerDigest, now);
  if (former === undefined) return;
  if (former.accountId === session.accountId) {
    yield* handFamiliesOver(former, session.id);
    yield* handLogoutTargetsOver(former.id, session);
  } else {
    yield* endFamiliesOfSession(former, now);
    yield* endLogoutTargetsOfSession(former.id, now);
  }
  // A code must not start a family that belongs to no session: no sign-out would end that family.
  yield* refuseCodes(former, now);
}

/** An expired session is deleted, and nothing else ends. */
function* removeSession(digest: string, now: number): Act<EndedSession | undefined> {
  const { rows } = yield statement(
    'DELETE FROM sessions WHERE digest = $1 RETURNING id, account_id, expires_at',
    digest,
  );
  const row = rows[0];
  if (row === undefined || (row.expires_at as number) <= now) return undefined;
  return { id: row.id as string, accountId: row.account_id as string };
}

/**
 * Codes have no index by session. So the session leaves a replay marker, and its codes are refused
 * because of it.
 */
function* refuseCodes({ id }: EndedSession, now: number): Act<void> {
  yield* takeClaim(id, now + longestCodeSeconds);
}

/**
 * Ends each session as a sign-out does (`endSession`), in a few statements, because an account may
 * have very many sessions.
 */
export function* endOtherSessionsOfAccount(
  accountId: string,
  keptId: string,
  now: number,
): Act<void> {
  yield* endFamiliesOfOtherSessions(accountId, keptId, now);
  yield statement(
    `INSERT INTO claims (id, expires_at)
      SELECT id, CAST($3 AS BIGINT) FROM sessions WHERE account_id = $1 AND id <> $2 AND expires_at > $4
      ON CONFLICT (id) DO NOTHING`,
    accountId,
    keptId,
    now + longestCodeSeconds,
    now,
  );
  yield statement('DELETE FROM sessions WHERE account_id = $1 AND id <> $2', accountId, keptId);
  yield* endLogoutTargetsOfAccount(accountId, now, keptId);
}

export function* endSessionsOfAccount(accountId: string, now: number): Act<void> {
  yield statement('DELETE FROM sessions WHERE account_id = $1', accountId);
  yield* endLogoutTargetsOfAccount(accountId, now);
}
