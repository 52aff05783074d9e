import type { LogoutTarget, Session } from '@keywright/core';
import { type Act, last, type Row, statement } from '../act.ts';
import { fromJsonOrNull, present, toJsonOrNull } from '../columns.ts';
import { endFamiliesOfSession, type EndedSession, handFamiliesOver } from './families.ts';
import { endLogoutTargetsOfAccount, endLogoutTargetsOfSession, handLogoutTargetsOver } from './logouts.ts';

const columns = 'digest, id, account_id, authenticated_at, last_seen_at, expires_at, terms';

const select = `SELECT ${columns} FROM sessions
  WHERE digest = $1 AND expires_at > $2 AND last_seen_at > $3
    AND NOT EXISTS (SELECT 1 FROM accounts WHERE accounts.id = sessions.account_id AND status = 'disabled')`;

/** No code lives longer (`codeSeconds`), with time for one that is issued as its session ends. */
const longestCodeSeconds = 120;

/** The former session of the browser goes in the same act, so that a sign-in always changes the cookie's worth. */
export function* startSession(session: Session, formerDigest?: string): Act<void> {
  if (formerDigest !== undefined) yield* replaceSession(formerDigest, session);
  yield last(
    statement(
      `INSERT INTO sessions (${columns}) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
      session.digest,
      session.id,
      session.accountId,
      session.authenticatedAt,
      session.lastSeenAt,
      session.expiresAt,
      toJsonOrNull(session.terms),
    ),
  );
}

/** A session that was started just as its account was disabled is refused here. */
export function* loadSession(digest: string, idleSeconds: number, now: number): Act<Session | undefined> {
  const { rows } = yield statement(select, digest, now, now - idleSeconds);
  return rows[0] && toSession(rows[0]);
}

/** Writes nothing when the session was already seen in this second, and then costs no commit. */
export function* touchSession(digest: string, now: number): Act<void> {
  yield statement(
    'UPDATE sessions SET last_seen_at = $2 WHERE digest = $1 AND last_seen_at < $2',
    digest,
    now,
  );
}

export function* endSession(digest: string, now: number): Act<readonly LogoutTarget[]> {
  const session = yield* removeSession(digest, now);
  if (session === undefined) return [];
  yield* endFamiliesOfSession(session, now);
  yield* refuseCodes(session, now);
  return yield* endLogoutTargetsOfSession(session.id, now);
}

/** Who signs in again is still there, and what they started goes on; somebody else has taken the browser over. */
function* replaceSession(formerDigest: string, session: Session): Act<void> {
  const former = yield* removeSession(formerDigest, session.authenticatedAt);
  if (former === undefined) return;
  if (former.accountId === session.accountId) {
    yield* handFamiliesOver(former, session.id);
    yield* handLogoutTargetsOver(former.id, session);
  } else {
    yield* endFamiliesOfSession(former, session.authenticatedAt);
    yield* endLogoutTargetsOfSession(former.id, session.authenticatedAt);
  }
  // Nor may a code start a family that belongs to no session any more, and so would outlive every sign-out.
  yield* refuseCodes(former, session.authenticatedAt);
}

/** One that has lapsed goes without a word: that it did ends nothing. */
function* removeSession(digest: string, now: number): Act<EndedSession | undefined> {
  const { rows } = yield statement(
    'DELETE FROM sessions WHERE digest = $1 RETURNING id, account_id, expires_at',
    digest,
  );
  const row = rows[0];
  if (row === undefined || (row.expires_at as number) <= now) return undefined;
  return { id: row.id as string, accountId: row.account_id as string };
}

/** Codes have no index by their session. So the session leaves a claim, which they are refused for. */
function* refuseCodes({ id }: EndedSession, now: number): Act<void> {
  yield statement(
    'INSERT INTO claims (id, expires_at) VALUES ($1, $2) ON CONFLICT (id) DO NOTHING',
    id,
    now + longestCodeSeconds,
  );
}

export function* endSessionsOfAccount(accountId: string, now: number): Act<void> {
  yield statement('DELETE FROM sessions WHERE account_id = $1', accountId);
  yield* endLogoutTargetsOfAccount(accountId, now);
}

function toSession(row: Row): Session {
  return {
    id: row.id,
    digest: row.digest,
    accountId: row.account_id,
    authenticatedAt: row.authenticated_at,
    lastSeenAt: row.last_seen_at,
    expiresAt: row.expires_at,
    ...present({ terms: fromJsonOrNull(row.terms) }),
  } as Session;
}
