/**
 * Requests that are answered elsewhere than where they were made (RFC 8628, CIBA): one row from the asking to the spending. Each step is a
 * conditional write on it, so that of two people who answer, or two programs that redeem, one is the first.
 */
import type {
  AnswerOutcome,
  DeferredAgreed,
  DeferredAnswer,
  DeferredKind,
  DeferredRequest,
  Family,
  MostPending,
  NewDeferredRequest,
  PollOutcome,
  RedeemDeferredOutcome,
} from '@keywright/core';
import { type Act, last, type Row, statement } from '../act.ts';
import { fromJson, fromJsonOrNull, present, toJson } from '../columns.ts';
import { insertDelivery } from './deliveries.ts';
import { endFamily, insertFamily } from './families.ts';
import { keepAgreement } from './grants.ts';

const columns = `digest, kind, user_code, client_id, account_id, status, body, answer, interval_seconds, polled_at,
  created_at, expires_at`;

const insert = `INSERT INTO deferred_requests (${columns})
  VALUES ($1, $2, $3, $4, $5, 'pending', $6, NULL, $7, NULL, $8, $9)
  ON CONFLICT (user_code) WHERE user_code IS NOT NULL DO NOTHING`;

const waiting = `FROM deferred_requests
  WHERE account_id = $1 AND kind = $2 AND status = 'pending' AND expires_at > $3`;

const take = `UPDATE deferred_requests SET account_id = $2
  WHERE digest = $1 AND status = 'pending' AND expires_at > $3 AND (account_id IS NULL OR account_id = $2)`;

const decide = `UPDATE deferred_requests SET status = $4, account_id = $2
  WHERE digest = $1 AND status = 'pending' AND expires_at > $3 AND (account_id IS NULL OR account_id = $2)`;

const pollInTime = `UPDATE deferred_requests SET polled_at = $4
  WHERE digest = $1 AND kind = $2 AND client_id = $3 AND status = 'pending' AND expires_at > $4
    AND (polled_at IS NULL OR polled_at + interval_seconds <= $4)`;

const spend = `UPDATE deferred_requests SET status = 'redeemed'
  WHERE digest = $1 AND client_id = $2 AND status = 'approved' AND expires_at > $3
    AND EXISTS (SELECT 1 FROM grants WHERE grants.id = $4 AND ended_at IS NULL)
    AND NOT EXISTS (SELECT 1 FROM accounts WHERE accounts.id = deferred_requests.account_id AND status = 'disabled')
    AND NOT EXISTS (SELECT 1 FROM clients WHERE clients.id = deferred_requests.client_id AND status = 'disabled')`;

/** RFC 8628 §3.5: five seconds more for all polls that follow. A client that never learns is not kept out for the whole life of its code. */
const slowedBySeconds = 5;
const slowestSeconds = 60;

const mostListed = 20;

export function* addDeferred(
  request: NewDeferredRequest,
  now: number,
  mostPending?: MostPending,
): Act<'added' | 'code-taken' | 'too-many'> {
  if (mostPending !== undefined && (yield* isFull(request, mostPending, now))) return 'too-many';
  const { changes } = yield last(
    statement(
      insert,
      request.digest,
      request.kind,
      request.userCodeMark ?? null,
      request.clientId,
      request.accountId ?? null,
      toJson({ ...request.ask }),
      request.intervalSeconds,
      request.createdAt,
      request.expiresAt,
    ),
  );
  return changes === 1 ? 'added' : 'code-taken';
}

function* isFull(
  { accountId, clientId, kind }: NewDeferredRequest,
  { ofAccount, ofClient }: MostPending,
  now: number,
): Act<boolean> {
  const { rows } = yield statement(
    `SELECT client_id ${waiting} LIMIT $4`,
    accountId ?? null,
    kind,
    now,
    ofAccount,
  );
  return rows.length >= ofAccount || rows.filter((row) => row.client_id === clientId).length >= ofClient;
}

export function* loadDeferred(digest: string): Act<DeferredRequest | undefined> {
  const { rows } = yield statement(`SELECT ${columns} FROM deferred_requests WHERE digest = $1`, digest);
  return rows[0] && toDeferred(rows[0]);
}

export function* loadDeferredByUserCode(mark: string): Act<DeferredRequest | undefined> {
  const { rows } = yield statement(`SELECT ${columns} FROM deferred_requests WHERE user_code = $1`, mark);
  return rows[0] && toDeferred(rows[0]);
}

export function* listPendingDeferred(
  accountId: string,
  kind: DeferredKind,
  now: number,
): Act<readonly DeferredRequest[]> {
  const { rows } = yield statement(
    `SELECT ${columns} ${waiting} ORDER BY created_at DESC, digest LIMIT $4`,
    accountId,
    kind,
    now,
    mostListed,
  );
  return rows.map(toDeferred);
}

export function* takeDeferred(digest: string, accountId: string, now: number): Act<boolean> {
  const { changes } = yield statement(take, digest, accountId, now);
  return changes === 1;
}

/** Decided first: whoever comes second keeps no agreement. */
export function* answerDeferred(answer: DeferredAnswer, now: number): Act<AnswerOutcome> {
  const { digest, accountId, approval, ping } = answer;
  const { changes } = yield statement(
    decide,
    digest,
    accountId,
    now,
    approval === undefined ? 'denied' : 'approved',
  );
  if (changes === 0) return { outcome: 'not-pending' };
  if (ping !== undefined) yield insertDelivery(ping);
  if (approval === undefined) return { outcome: 'denied' };
  const grantId = yield* keepAgreement(approval.agreement, now);
  const agreed: DeferredAgreed = { ...approval.agreed, grantId };
  yield last(
    statement('UPDATE deferred_requests SET answer = $2 WHERE digest = $1', digest, toJson({ ...agreed })),
  );
  return { outcome: 'approved', grantId };
}

export function* pollDeferred(
  digest: string,
  kind: DeferredKind,
  clientId: string,
  now: number,
): Act<PollOutcome> {
  const { changes } = yield statement(pollInTime, digest, kind, clientId, now);
  if (changes === 1) return { outcome: 'pending' };
  const request = yield* loadDeferred(digest);
  // A code of another client is none of this caller's business, and is not touched.
  if (request === undefined || request.clientId !== clientId || request.kind !== kind)
    return { outcome: 'unknown' };
  // What was redeemed before is for redeeming to tell, however late it comes again.
  if (request.status !== 'redeemed' && request.expiresAt <= now) return { outcome: 'expired' };
  if (request.status === 'denied') return { outcome: 'denied' };
  if (request.status === 'pending') return yield* slowDown(request, now);
  return {
    outcome: 'approved',
    accountId: request.accountId ?? '',
    agreed: request.agreed as DeferredAgreed,
  };
}

/** Once decided, a client is answered however soon it comes: it is told to slow down only while there is nothing to tell. */
function* slowDown({ digest, intervalSeconds }: DeferredRequest, now: number): Act<PollOutcome> {
  const slowed = Math.max(intervalSeconds, Math.min(intervalSeconds + slowedBySeconds, slowestSeconds));
  yield last(
    statement(
      'UPDATE deferred_requests SET interval_seconds = $2, polled_at = $3 WHERE digest = $1',
      digest,
      slowed,
      now,
    ),
  );
  return { outcome: 'too-soon', intervalSeconds: slowed };
}

export function* redeemDeferred(digest: string, family: Family, now: number): Act<RedeemDeferredOutcome> {
  const spent = yield statement(spend, digest, family.clientId, now, family.grantId);
  if (spent.changes === 1) {
    yield last(insertFamily(family));
    return { outcome: 'redeemed' };
  }
  const { rows } = yield statement(
    'SELECT client_id, status FROM deferred_requests WHERE digest = $1',
    digest,
  );
  const row = rows[0];
  if (row?.client_id !== family.clientId || row.status !== 'redeemed') return { outcome: 'expired' };
  yield* endFamily(family.id, now);
  return { outcome: 'reused' };
}

function toDeferred(row: Row): DeferredRequest {
  return {
    digest: row.digest,
    kind: row.kind,
    clientId: row.client_id,
    status: row.status,
    ask: fromJson(row.body),
    intervalSeconds: row.interval_seconds,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    ...present({
      userCodeMark: row.user_code,
      accountId: row.account_id,
      agreed: fromJsonOrNull(row.answer),
      polledAt: row.polled_at,
    }),
  } as DeferredRequest;
}
