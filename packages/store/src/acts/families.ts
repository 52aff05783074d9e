/**
 * Token families. All tokens of one authorization share one row. So spending a refresh token and
 * storing its successor is one conditional UPDATE (RFC 9700 §4.14.2, rotation with reuse
 * detection).
 */
import {
  type AuthorizationDetail,
  type AuthorizationTerms,
  type Family,
  type FamilyStore,
  type FamilyUse,
  type RotateOutcome,
  type Rotation,
  withoutDetails,
} from '@keywright/core';
import { type Act, last, type Row, type Statement, statement } from '../act.ts';
import { fromJson, rowsOf, toJson } from '../columns.ts';
import { type Kept, reading, readingPresented, serializable, single } from '../kept.ts';
import { keptDeadSeconds } from '../pruning.ts';

const familyRows = rowsOf<Family>('families', {
  id: 'plain',
  grantId: 'plain',
  accountId: 'plain',
  clientId: 'plain',
  scopes: 'json',
  audiences: 'json',
  authenticatedAt: 'plain',
  currentDigest: 'plain',
  previousDigest: 'plain',
  sealedSuccessor: 'plain',
  rotatedAt: 'plain',
  createdAt: 'plain',
  expiresAt: 'plain',
  absoluteExpiresAt: 'plain',
  endedAt: 'plain',
  sessionId: 'plain',
  terms: 'json',
});

export const families: Kept<FamilyStore> = {
  tables: { families: pruneFamilies },
  verbs: {
    load: readingPresented({ loadFamily }),
    isAlive: reading({ isFamilyAlive }),
    start: serializable({ startFamily }),
    rotate: single({ rotateFamily }),
    use: single({ useFamily }),
    end: single({ endFamily }),
  },
};

const insert = `INSERT INTO families (${familyRows.columns}, check_at)
  VALUES (${familyRows.places}, ${familyRows.place('expiresAt')})`;

const endIfDisowned = `UPDATE families SET ended_at = created_at, check_at = created_at
  WHERE id = $1 AND ended_at IS NULL AND (
    EXISTS (SELECT 1 FROM accounts WHERE accounts.id = families.account_id
      AND (status = 'disabled' OR password_hash <> COALESCE($2, password_hash)))
    OR EXISTS (SELECT 1 FROM clients WHERE clients.id = families.client_id AND status = 'disabled')
    OR NOT EXISTS (SELECT 1 FROM grants WHERE grants.id = families.grant_id AND grants.ended_at IS NULL))`;

const spend = `UPDATE families
  SET previous_digest = current_digest, current_digest = $4, sealed_successor = $5, rotated_at = $6,
    expires_at = CASE WHEN $7 < absolute_expires_at THEN $7 ELSE absolute_expires_at END
  WHERE id = $1 AND client_id = $2 AND current_digest = $3 AND ended_at IS NULL AND expires_at > $6
    AND NOT EXISTS (SELECT 1 FROM clients WHERE clients.id = families.client_id AND status = 'disabled')`;

const extend = `UPDATE families
  SET previous_digest = NULL, sealed_successor = NULL, rotated_at = $4,
    expires_at = CASE WHEN $5 < absolute_expires_at THEN $5 ELSE absolute_expires_at END
  WHERE id = $1 AND client_id = $2 AND current_digest = $3 AND ended_at IS NULL AND expires_at > $4
    AND NOT EXISTS (SELECT 1 FROM clients WHERE clients.id = families.client_id AND status = 'disabled')`;

const end = 'UPDATE families SET ended_at = $2, check_at = $2 WHERE ended_at IS NULL AND';

/**
 * True for rows without the scope to continue while the user is away. In JSON a scope stands
 * between quotes, and a scope itself contains no quotes.
 */
export const untilSignOut = `(REPLACE(scopes, '"offline_access"', '') = scopes)`;

export const livingGrantsOfClient =
  'SELECT id FROM grants WHERE client_id = $1 AND ended_at IS NULL ORDER BY id LIMIT $3';

const livingGrantsOfAccount = 'SELECT id FROM grants WHERE account_id = $3 AND ended_at IS NULL';

export interface EndedSession {
  readonly id: string;
  readonly accountId: string;
}

export function* loadFamily(id: string): Act<Family | undefined> {
  const { rows } = yield statement(`${familyRows.select} WHERE id = $1`, id);
  return rows[0] && familyRows.read(rows[0]);
}

function* isFamilyAlive(id: string): Act<boolean> {
  const { rows } = yield statement('SELECT 1 FROM families WHERE id = $1 AND ended_at IS NULL', id);
  return rows.length > 0;
}

/**
 * Answers false, and stores the family as ended, if at the same moment its account, client or grant
 * was ended, or the password that it is given for was changed.
 */
export function* startFamily(family: Family, passwordHash?: string): Act<boolean> {
  yield insertFamily(family);
  const { changes } = yield last(statement(endIfDisowned, family.id, passwordHash ?? null));
  return changes === 0;
}

/**
 * Does not check that account, client and grant are active. The act that spends a code has checked
 * it.
 */
export function insertFamily(family: Family): Statement {
  const expiresAt = Math.min(family.expiresAt, family.absoluteExpiresAt);
  return statement(insert, ...familyRows.valuesOf({ ...family, expiresAt }));
}

export function* rotateFamily(rotation: Rotation, now: number): Act<RotateOutcome> {
  const spent = yield statement(
    spend,
    rotation.familyId,
    rotation.clientId,
    rotation.presentedDigest,
    rotation.successorDigest,
    rotation.sealedSuccessor,
    now,
    rotation.expiresAt,
  );
  if (spent.changes === 1) return { outcome: 'rotated' };
  return yield* explainRefusal(rotation, now);
}

/**
 * For a refresh token that is not rotated. Its use only moves the end of the family. An earlier
 * spent token can no longer get a successor.
 */
export function* useFamily(use: FamilyUse, now: number): Act<boolean> {
  const { familyId, clientId, presentedDigest, expiresAt } = use;
  const { changes } = yield statement(extend, familyId, clientId, presentedDigest, now, expiresAt);
  return changes === 1;
}

export function* endFamily(id: string, now: number): Act<void> {
  yield statement(`${end} id = $1`, id, now);
}

export function* endFamiliesOfGrant(grantId: string, now: number): Act<void> {
  yield statement(`${end} grant_id = $1`, grantId, now);
}

export function* endFamiliesOfAccount(accountId: string, now: number): Act<void> {
  yield statement(
    `${end} grant_id IN (SELECT id FROM grants WHERE account_id = $1 AND ended_at IS NULL)`,
    accountId,
    now,
  );
}

/** For the first `limit` active grants of the client, in the order of their ids. */
export function* endFamiliesOfClient(clientId: string, now: number, limit: number): Act<void> {
  yield statement(`${end} grant_id IN (${livingGrantsOfClient})`, clientId, now, limit);
}

/**
 * Finds the families by the grants of the account. An index on sessions would cost each code flow a
 * write.
 */
export function* endFamiliesOfSession(session: EndedSession, now: number): Act<void> {
  yield statement(
    `${end} session_id = $1 AND grant_id IN (${livingGrantsOfAccount}) AND ${untilSignOut}`,
    session.id,
    now,
    session.accountId,
  );
}

/**
 * All families of the account except those of one session. This includes families without a
 * session, and families of an expired session.
 */
export function* endFamiliesOfOtherSessions(
  accountId: string,
  keptId: string,
  now: number,
): Act<void> {
  yield statement(
    `${end} grant_id IN (SELECT id FROM grants WHERE account_id = $1 AND ended_at IS NULL)
      AND (session_id IS NULL OR session_id <> $3) AND ${untilSignOut}`,
    accountId,
    now,
    keptId,
  );
}

export function* handFamiliesOver(former: EndedSession, sessionId: string): Act<void> {
  yield statement(
    `UPDATE families SET session_id = $2
     WHERE ended_at IS NULL AND session_id = $1 AND grant_id IN (${livingGrantsOfAccount})`,
    former.id,
    sessionId,
    former.accountId,
  );
}

/** What a user takes out of a grant is taken out of its families too. */
export function* narrowFamiliesOfGrant(grantId: string, withdrawn: readonly string[]): Act<void> {
  const { rows } = yield statement(
    'SELECT id, scopes FROM families WHERE grant_id = $1 AND ended_at IS NULL',
    grantId,
  );
  for (const { id, scopes } of rows) {
    const kept = (fromJson(scopes) as readonly string[]).filter(
      (scope) => !withdrawn.includes(scope),
    );
    yield statement('UPDATE families SET scopes = $2 WHERE id = $1', id as string, toJson(kept));
  }
}

/**
 * The same for authorization details. A family that loses its last detail continues with its
 * scopes.
 */
export function* withdrawFromFamiliesOfGrant(
  grantId: string,
  withdrawn: readonly AuthorizationDetail[],
): Act<void> {
  const { rows } = yield statement(
    'SELECT id, terms FROM families WHERE grant_id = $1 AND ended_at IS NULL AND terms IS NOT NULL',
    grantId,
  );
  for (const { id, terms } of rows) {
    const { authorizationDetails: before = [], ...rest } = fromJson(terms) as AuthorizationTerms;
    const kept = withoutDetails(before, withdrawn);
    if (kept.length === before.length) continue;
    const left = kept.length > 0 ? { ...rest, authorizationDetails: kept } : rest;
    const text = Object.keys(left).length > 0 ? toJson(left) : null;
    yield statement('UPDATE families SET terms = $2 WHERE id = $1', id as string, text);
  }
}

/**
 * Nothing was spent. It is an honest retry, an ended family, or theft. Theft ends the family in
 * this same act.
 */
function* explainRefusal(rotation: Rotation, now: number): Act<RotateOutcome> {
  const { rows } = yield statement(
    `SELECT client_id, previous_digest, sealed_successor, rotated_at, expires_at, ended_at,
       (SELECT status FROM clients WHERE clients.id = families.client_id) AS client_status
     FROM families WHERE id = $1`,
    rotation.familyId,
  );
  const row = rows[0];
  // The token is bound to its client (RFC 6749 §6). Another client learns nothing and ends nothing.
  if (row === undefined || row.client_id !== rotation.clientId) return { outcome: 'ended' };
  if (row.ended_at !== null || (row.expires_at as number) <= now) return { outcome: 'ended' };
  // The client's families end in batches, and this family has not ended yet.
  if (row.client_status === 'disabled') return { outcome: 'ended' };
  if (isHonestRetry(row, rotation, now))
    return { outcome: 'replayed', sealedSuccessor: row.sealed_successor as string };
  yield* endFamily(rotation.familyId, now);
  return { outcome: 'reused' };
}

/**
 * Digests are compared directly. An attacker who could choose a digest to find another one would
 * have broken SHA-256.
 */
function isHonestRetry(row: Row, rotation: Rotation, now: number): boolean {
  if (row.rotated_at === null || row.sealed_successor === null) return false;
  const { presentedDigest, retrySeconds } = rotation;
  // The row holds the token that was spent last, and its successor. When the successor is used, the
  // row holds the successor as the last spent token.
  if (row.previous_digest !== presentedDigest) return false;
  if (retrySeconds === 'until_used') return true;
  return retrySeconds > 0 && now - (row.rotated_at as number) <= retrySeconds;
}

const deadFamilies = `FROM families
  WHERE check_at <= $1 AND (ended_at IS NOT NULL OR expires_at <= $1) ORDER BY check_at, id LIMIT $2`;

const usesOfDeadFamilies = `SELECT grant_id, MAX(used_at) AS used_at
  FROM (SELECT grant_id, COALESCE(rotated_at, created_at) AS used_at ${deadFamilies}) AS dead GROUP BY grant_id`;

const lookAgainLater = `UPDATE families SET check_at = expires_at
  WHERE id IN (SELECT id FROM families
    WHERE check_at <= $1 AND ended_at IS NULL AND expires_at > $1 ORDER BY check_at, id LIMIT $2)`;

/**
 * Families are found by `check_at`, which a rotation does not change: the earliest time at which
 * the family could have ended. A family that is active at that time is checked again at its present
 * end.
 */
function* pruneFamilies(now: number, limit: number): Act<number> {
  const until = now - keptDeadSeconds;
  yield statement(lookAgainLater, until, limit);
  const { rows } = yield statement(usesOfDeadFamilies, until, limit);
  for (const { grant_id: id, used_at: usedAt } of rows)
    yield statement(
      'UPDATE grants SET last_used_at = $2 WHERE id = $1 AND last_used_at < $2',
      id as string,
      usedAt as number,
    );
  yield statement(
    `DELETE FROM status_entries WHERE id IN (SELECT id ${deadFamilies})`,
    until,
    limit,
  );
  const { changes } = yield statement(
    `DELETE FROM families WHERE id IN (SELECT id ${deadFamilies})`,
    until,
    limit,
  );
  return changes;
}
