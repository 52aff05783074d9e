import type { Session } from '@keywright/core';
import { type Act, type Row, statement } from '../act.ts';

const columns = 'digest, id, account_id, authenticated_at, last_seen_at, expires_at';

const select = `SELECT ${columns} FROM sessions
  WHERE digest = $1 AND expires_at > $2 AND last_seen_at > $3
    AND NOT EXISTS (SELECT 1 FROM accounts WHERE accounts.id = sessions.account_id AND status = 'disabled')`;

/** The former session of the browser goes in the same act, so that a sign-in always changes the cookie's worth. */
export function* startSession(session: Session, formerDigest?: string): Act<void> {
  if (formerDigest !== undefined) yield* endSession(formerDigest);
  yield statement(
    `INSERT INTO sessions (${columns}) VALUES ($1, $2, $3, $4, $5, $6)`,
    session.digest,
    session.id,
    session.accountId,
    session.authenticatedAt,
    session.lastSeenAt,
    session.expiresAt,
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

export function* endSession(digest: string): Act<void> {
  yield statement('DELETE FROM sessions WHERE digest = $1', digest);
}

export function* endSessionsOfAccount(accountId: string): Act<void> {
  yield statement('DELETE FROM sessions WHERE account_id = $1', accountId);
}

function toSession(row: Row): Session {
  return {
    id: row.id,
    digest: row.digest,
    accountId: row.account_id,
    authenticatedAt: row.authenticated_at,
    lastSeenAt: row.last_seen_at,
    expiresAt: row.expires_at,
  } as Session;
}
