/**
 * Requests that a user answers on another device or later (RFC 8628, CIBA). A request has one row
 * from its creation until it is redeemed. Each step is a conditional write to the row. So one of
 * two users who answer is the first, and so is one of two programs that redeem.
 */
import type {
  AnswerOutcome,
  DeferredAgreed,
  DeferredAnswer,
  DeferredKind,
  DeferredRequest,
  DeferredStore,
  Family,
  MostPending,
  NewDeferredRequest,
  PollOutcome,
  RedeemDeferredOutcome,
} from '@keywright/core';
import { type Act, last, statement } from '../act.ts';
import { rowsOf, toJson } from '../columns.ts';
import { composed, type Kept, reading, readingPresented, serializable, single } from '../kept.ts';
import { deleteEnded } from '../pruning.ts';
import { insertDelivery } from './deliveries.ts';
import { endFamily, insertFamily } from './families.ts';
import { keepAgreement } from './grants.ts';

const requestRows = rowsOf<DeferredRequest>('deferred_requests', {
  digest: 'plain',
  kind: 'plain',
  userCodeMark: ['user_code', 'plain'],
  clientId: 'plain',
  accountId: 'plain',
  status: 'plain',
  ask: ['body', 'json'],
  agreed: ['answer', 'json'],
  intervalSeconds: 'plain',
  polledAt: 'plain',
  createdAt: 'plain',
  expiresAt: 'plain',
});

export const deferred: Kept<DeferredStore> = {
  tables: { deferred_requests: deleteEnded('deferred_requests', 'digest', 'expires_at') },
  verbs: {
    add: serializable({ addDeferred }),
    load: readingPresented({ loadDeferred }),
    loadByUserCode: reading({ loadDeferredByUserCode }),
    listPending: reading({ listPendingDeferred }),
    take: single({ takeDeferred }),
    answer: serializable({ answerDeferred }),
    poll: composed(
      { poll: single({ pollDeferred }) },
      ({ poll }, { assertNotMoved }) =>
        async (...args) => {
          const result = await poll(...args);
          if (result.outcome === 'unknown') await assertNotMoved();
          return result;
        },
    ),
    redeem: serializable({ redeemDeferred }),
  },
};

const insert = `${requestRows.insert} ON CONFLICT (user_code) WHERE user_code IS NOT NULL DO NOTHING`;

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

/**
 * RFC 8628 §3.5: five seconds more for all following polls, with a bound. A client that never slows
 * down is not refused for the whole life of its code.
 */
const slowedBySeconds = 5;
const slowestSeconds = 60;

const mostListed = 20;

export function* addDeferred(
  request: NewDeferredRequest,
  now: number,
  mostPending?: MostPending,
): Act<'added' | 'code-taken' | 'too-many'> {
  if (mostPending !== undefined && (yield* isFull(request, mostPending, now))) return 'too-many';
  const pending = requestRows.valuesOf({ ...request, status: 'pending' });
  const { changes } = yield last(statement(insert, ...pending));
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
  return (
    rows.length >= ofAccount || rows.filter((row) => row.client_id === clientId).length >= ofClient
  );
}

function* loadDeferred(digest: string): Act<DeferredRequest | undefined> {
  const { rows } = yield statement(`${requestRows.select} WHERE digest = $1`, digest);
  return rows[0] && requestRows.read(rows[0]);
}

function* loadDeferredByUserCode(mark: string): Act<DeferredRequest | undefined> {
  const { rows } = yield statement(`${requestRows.select} WHERE user_code = $1`, mark);
  return rows[0] && requestRows.read(rows[0]);
}

function* listPendingDeferred(
  accountId: string,
  kind: DeferredKind,
  now: number,
): Act<readonly DeferredRequest[]> {
  const { rows } = yield statement(
    `SELECT ${requestRows.columns} ${waiting} ORDER BY created_at DESC, digest LIMIT $4`,
    accountId,
    kind,
    now,
    mostListed,
  );
  return rows.map(requestRows.read);
}

function* takeDeferred(digest: string, accountId: string, now: number): Act<boolean> {
  const { changes } = yield statement(take, digest, accountId, now);
  return changes === 1;
}

/** The decision is written first, so a second answer stores no agreement. */
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
    statement(
      'UPDATE deferred_requests SET answer = $2 WHERE digest = $1',
      digest,
      toJson({ ...agreed }),
    ),
  );
  return { outcome: 'approved', grantId };
}

function* pollDeferred(
  digest: string,
  kind: DeferredKind,
  clientId: string,
  now: number,
): Act<PollOutcome> {
  const { changes } = yield statement(pollInTime, digest, kind, clientId, now);
  if (changes === 1) return { outcome: 'pending' };
  const request = yield* loadDeferred(digest);
  // The code belongs to another client, so nothing is changed.
  if (request === undefined || request.clientId !== clientId || request.kind !== kind)
    return { outcome: 'unknown' };
  // A request that was redeemed before goes on to `redeem`, which reports that, however late it
  // comes.
  if (request.status !== 'redeemed' && request.expiresAt <= now) return { outcome: 'expired' };
  if (request.status === 'denied') return { outcome: 'denied' };
  if (request.status === 'pending') return yield* slowDown(request, now);
  return {
    outcome: 'approved',
    accountId: request.accountId ?? '',
    agreed: request.agreed as DeferredAgreed,
  };
}

/**
 * When there is a decision, the client gets it, however early it polls. Only while there is no
 * decision must it slow down.
 */
function* slowDown({ digest, intervalSeconds }: DeferredRequest, now: number): Act<PollOutcome> {
  const slowed = Math.max(
    intervalSeconds,
    Math.min(intervalSeconds + slowedBySeconds, slowestSeconds),
  );
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

export function* redeemDeferred(
  digest: string,
  family: Family,
  now: number,
): Act<RedeemDeferredOutcome> {
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
  if (row?.client_id !== family.clientId || row.status !== 'redeemed')
    return { outcome: 'expired' };
  yield* endFamily(family.id, now);
  return { outcome: 'reused' };
}
