/**
 * What a user agreed to. There is one active grant for each account and client. A partial unique
 * index ensures it.
 *
 * `lastUsedAt` costs a rotation nothing: a rotation writes only the row of its family. Two things
 * move the grant's own column: consent, and pruning, which carries over the last use of the
 * families that it deletes. `listGrants` takes the newest time of the column and of the existing
 * families. `loadGrant` answers with the column.
 */
import {
  type Agreement,
  type AuthorizationDetail,
  type ReplayMarker,
  type Client,
  type Consent,
  type ConsentStore,
  type IssueOutcome,
  mergeTerms,
  type Page,
  type Paging,
  withDetails,
  withoutDetails,
} from '@keywright/core';
import { type Act, statement } from '../act.ts';
import { rowsOf, toJson, toJsonOrNull } from '../columns.ts';
import { type Kept, reading, serializable } from '../kept.ts';
import { cutPage, pageLimit } from '../paging.ts';
import { deleteEndedParents, keptDeadSeconds } from '../pruning.ts';
import { takePageMarker } from './claims.ts';
import { isClientAsRead } from './client-rows.ts';
import {
  endFamiliesOfAccount,
  endFamiliesOfClient,
  endFamiliesOfGrant,
  livingGrantsOfClient,
  narrowFamiliesOfGrant,
  withdrawFromFamiliesOfGrant,
} from './families.ts';
import { voidUnspent } from './unspent.ts';

const grantRows = rowsOf<Consent>('grants', {
  id: 'plain',
  accountId: 'plain',
  clientId: 'plain',
  scopes: 'json',
  declinedScopes: 'json',
  audiences: 'json',
  createdAt: 'plain',
  lastUsedAt: 'plain',
  terms: 'json',
});

export const grants: Kept<ConsentStore> = {
  tables: { grants: deleteEndedParents('grants', 'id', 'ended_at', keptDeadSeconds) },
  verbs: {
    agree: serializable({ agreeGrant }),
    restore: serializable({ restoreGrant }),
    load: reading({ loadGrant }),
    find: reading({ findGrant }),
    findUsed: reading({ findUsedGrant }),
    list: reading({ listGrants }),
    end: serializable({ endGrant }),
    withdraw: serializable({ withdrawDetail }),
  },
};

const select = `${grantRows.select} WHERE account_id = $1 AND client_id = $2 AND ended_at IS NULL`;

const listByUse = `SELECT ${grantRows.columns}, used_at
  FROM (
    SELECT ${grantRows.columns},
      CASE WHEN f.used_at > grants.last_used_at THEN f.used_at ELSE grants.last_used_at END AS used_at
    FROM grants LEFT JOIN (
      SELECT grant_id, MAX(COALESCE(rotated_at, created_at)) AS used_at FROM families
      WHERE grant_id IN (SELECT id FROM grants WHERE account_id = $1 AND ended_at IS NULL) GROUP BY grant_id
    ) f ON f.grant_id = grants.id
    WHERE grants.account_id = $1 AND grants.ended_at IS NULL
  ) AS living
  WHERE used_at < $2 OR (used_at = $2 AND id < $3)
  ORDER BY used_at DESC, id DESC LIMIT $4`;

const start = `${grantRows.insert}
  ON CONFLICT (account_id, client_id) WHERE ended_at IS NULL DO NOTHING`;

const endIfDisowned = `UPDATE grants SET ended_at = created_at WHERE id = $1 AND (
  EXISTS (SELECT 1 FROM accounts WHERE accounts.id = grants.account_id AND status = 'disabled')
  OR EXISTS (SELECT 1 FROM clients WHERE clients.id = grants.client_id AND status = 'disabled')
  OR ($2 <> '' AND NOT EXISTS (SELECT 1 FROM sessions WHERE sessions.account_id = grants.account_id AND sessions.id = $2)))`;

export function* loadGrant(accountId: string, clientId: string): Act<Consent | undefined> {
  const { rows } = yield statement(select, accountId, clientId);
  return rows[0] && grantRows.read(rows[0]);
}

export function* findGrant(id: string): Act<Consent | undefined> {
  const { rows } = yield statement(`${grantRows.select} WHERE id = $1 AND ended_at IS NULL`, id);
  return rows[0] && grantRows.read(rows[0]);
}

function* findUsedGrant(id: string, accountId: string): Act<Consent | undefined> {
  const { rows } = yield statement(
    `SELECT ${grantRows.columns},
      (SELECT MAX(COALESCE(rotated_at, created_at)) FROM families WHERE grant_id = $1) AS used_at
      FROM grants WHERE id = $1 AND account_id = $2 AND ended_at IS NULL`,
    id,
    accountId,
  );
  const [row] = rows;
  if (row === undefined) return undefined;
  const consent = grantRows.read(row);
  return { ...consent, lastUsedAt: Math.max(consent.lastUsedAt, Number(row.used_at ?? 0)) };
}

function* listGrants(accountId: string, paging: Paging = {}): Act<Page<Consent>> {
  const limit = pageLimit(paging);
  const [usedAt, id] = parseCursor(paging.after);
  const { rows } = yield statement(listByUse, accountId, usedAt, id, limit + 1);
  const grants = rows.map((row) => grantRows.read({ ...row, last_used_at: row.used_at as number }));
  return cutPage(grants, limit, (grant) => `${grant.lastUsedAt}.${grant.id}`);
}

/** The replay marker comes first, so that a second answer to the same page changes nothing. */
function* agreeGrant(
  agreement: Agreement,
  marker: ReplayMarker | undefined,
  now: number,
): Act<IssueOutcome> {
  if (!(yield* takePageMarker(marker))) return { outcome: 'answered-before' };
  const grantId = yield* settleAgreement(agreement, now);
  if (grantId === undefined) return yield* withdrawMarker(marker);
  return { outcome: 'issued', grantId };
}

/**
 * Works once: the replay marker stays taken, also when nothing is restored. Answers false if the
 * client is not as it was read, if there is an active grant, or if the account or the sign-in has
 * ended.
 */
function* restoreGrant(
  agreement: Agreement,
  marker: ReplayMarker,
  client: Client,
  now: number,
): Act<boolean> {
  if (!(yield* takePageMarker(marker))) return false;
  if (!(yield* isClientAsRead(client)) || !(yield* startGrant(agreement, now))) return false;
  // A grant that was stored as ended is not restored.
  return (yield* findGrant(agreement.grantId)) !== undefined;
}

/** The page was not answered after all. It can be answered when the user has agreed again. */
export function* withdrawMarker(marker: ReplayMarker | undefined): Act<IssueOutcome> {
  if (marker !== undefined) yield statement('DELETE FROM claims WHERE id = $1', marker.id);
  return { outcome: 'not-agreed' };
}

/** The codes of the grant end with it, because redeeming needs an active grant. */
function* endGrant(grantId: string, accountId: string, now: number): Act<Consent | undefined> {
  const living = yield* findGrant(grantId);
  const { changes } = yield statement(
    'UPDATE grants SET ended_at = $3 WHERE id = $1 AND account_id = $2 AND ended_at IS NULL',
    grantId,
    accountId,
    now,
  );
  if (changes === 0) return undefined;
  yield* endFamiliesOfGrant(grantId, now);
  return living;
}

/**
 * Ends at most `limit` active grants with their families, and answers how many. Fewer than `limit`
 * means that none is left.
 */
export function* endGrantsOfClient(clientId: string, now: number, limit: number): Act<number> {
  yield* endFamiliesOfClient(clientId, now, limit);
  const { changes } = yield statement(
    `UPDATE grants SET ended_at = $2 WHERE id IN (${livingGrantsOfClient})`,
    clientId,
    now,
    limit,
  );
  return changes;
}

/** In one act, because a user has no more grants than there are clients. */
export function* endGrantsOfAccount(accountId: string, now: number): Act<void> {
  yield* endFamiliesOfAccount(accountId, now);
  yield statement(
    'UPDATE grants SET ended_at = $2 WHERE account_id = $1 AND ended_at IS NULL',
    accountId,
    now,
  );
}

/**
 * Those that were agreed to at this time or later, also if they had existed before: an attacker may
 * have extended them. Each code moves `last_used_at` of its grant. Answers their clients.
 */
export function* endGrantsSince(
  accountId: string,
  since: number,
  now: number,
): Act<readonly string[]> {
  const { rows } = yield statement(
    `UPDATE grants SET ended_at = $2
      WHERE account_id = $1 AND ended_at IS NULL AND last_used_at >= $3 RETURNING id, client_id`,
    accountId,
    now,
    since,
  );
  for (const { id } of rows) yield* endFamiliesOfGrant(id as string, now);
  return rows.map((row) => row.client_id as string);
}

/** What a user takes back of a grant is taken from its families and codes too. */
function* withdrawDetail(
  grantId: string,
  accountId: string,
  detail: AuthorizationDetail,
  now: number,
): Act<boolean> {
  const living = yield* findGrant(grantId);
  if (living === undefined || living.accountId !== accountId) return false;
  const { authorizationDetails: before = [], declinedDetails } = living.terms ?? {};
  const kept = withoutDetails(before, [detail]);
  if (kept.length === before.length) return false;
  const terms = toJsonOrNull(withDetails(living.terms, kept, declinedDetails));
  yield statement('UPDATE grants SET terms = $2 WHERE id = $1', grantId, terms);
  yield* withdrawFromFamiliesOfGrant(grantId, [detail]);
  yield* voidUnspent(living, now);
  return true;
}

/**
 * Does with the grant what the client requested, if it requested anything, and answers the grant's
 * id. Answers undefined and changes nothing if the grant that it names is no longer active.
 */
export function* settleAgreement(agreement: Agreement, now: number): Act<string | undefined> {
  const { action } = agreement;
  if (action?.grantId !== undefined) return yield* changeGrant(agreement, action.grantId, now);
  if (action !== undefined) yield* endLivingGrant(agreement, now);
  return yield* keepAgreement(agreement, now);
}

/**
 * Starts a grant or merges into the active one, and answers its id. A grant is stored as ended if
 * at the same moment its account or client was disabled or the sign-in ended. Nothing is merged for
 * a sign-in that has ended: then no grant has the id.
 */
export function* keepAgreement(agreement: Agreement, now: number): Act<string> {
  if (yield* startGrant(agreement, now)) return agreement.grantId;
  if (yield* hasSignedOut(agreement)) return agreement.grantId;
  const living = yield* loadGrant(agreement.accountId, agreement.clientId);
  if (living === undefined) throw new Error('A grant was neither started nor found.');
  yield* mergeAgreement(living, agreement, now);
  return living.id;
}

/** Answers false and changes nothing if there is an active grant. */
function* startGrant(agreement: Agreement, now: number): Act<boolean> {
  const { grantId: id, accountId, clientId, scopes, audiences, terms } = agreement;
  const declinedScopes = without(agreement.declinedScopes, scopes);
  const times = { createdAt: now, lastUsedAt: now };
  const grant = {
    id,
    accountId,
    clientId,
    scopes,
    declinedScopes,
    audiences,
    ...times,
    ...(terms && { terms }),
  };
  const { changes } = yield statement(start, ...grantRows.valuesOf(grant));
  if (changes === 0) return false;
  yield statement(endIfDisowned, id, agreement.sessionId ?? '');
  return true;
}

function* hasSignedOut({ accountId, sessionId }: Agreement): Act<boolean> {
  if (sessionId === undefined) return false;
  const { rows } = yield statement(
    'SELECT 1 FROM sessions WHERE account_id = $1 AND id = $2',
    accountId,
    sessionId,
  );
  return rows.length === 0;
}

/** A fresh grant replaces the active one, which ends with everything that depends on it. */
function* endLivingGrant({ accountId, clientId }: Agreement, now: number): Act<void> {
  const living = yield* loadGrant(accountId, clientId);
  if (living !== undefined) yield* endGrant(living.id, accountId, now);
}

/**
 * Grant Management §5.2: the earlier refresh tokens become invalid, whether the grant is replaced
 * or merged into.
 */
function* changeGrant(agreement: Agreement, grantId: string, now: number): Act<string | undefined> {
  const living = yield* loadGrant(agreement.accountId, agreement.clientId);
  if (living === undefined || living.id !== grantId) return undefined;
  const empty = { ...living, scopes: [], declinedScopes: [], audiences: [], terms: undefined };
  yield* endFamiliesOfGrant(living.id, now);
  yield* voidUnspent(living, now);
  yield* mergeAgreement(agreement.action?.action === 'replace' ? empty : living, agreement, now);
  return living.id;
}

type Mergeable = Omit<Consent, 'terms'> & { readonly terms?: Consent['terms'] | undefined };

/**
 * A scope is never both granted and declined. The last answer of the user counts, so that a user
 * can narrow a grant too.
 */
function* mergeAgreement(living: Mergeable, agreement: Agreement, now: number): Act<void> {
  const scopes = without(union(living.scopes, agreement.scopes), agreement.declinedScopes);
  const declined = without(union(living.declinedScopes, agreement.declinedScopes), scopes);
  const withdrawn = agreement.declinedScopes.filter((scope) => living.scopes.includes(scope));
  if (withdrawn.length > 0) yield* narrowFamiliesOfGrant(living.id, withdrawn);
  const declinedDetails = agreement.terms?.declinedDetails ?? [];
  // Only what was granted before can be in a family.
  const taken = declinedDetails.filter((one) =>
    touches(one, living.terms?.authorizationDetails ?? []),
  );
  if (taken.length > 0) yield* withdrawFromFamiliesOfGrant(living.id, taken);
  if (withdrawn.length + taken.length > 0) yield* voidUnspent(living, now);
  yield statement(
    'UPDATE grants SET scopes = $2, declined_scopes = $3, audiences = $4, last_used_at = $5, terms = $6 WHERE id = $1',
    living.id,
    toJson(scopes),
    toJson(declined),
    toJson(union(living.audiences, agreement.audiences)),
    Math.max(living.lastUsedAt, now),
    toJsonOrNull(mergeTerms(living.terms, agreement.terms)),
  );
}

function touches(one: AuthorizationDetail, granted: readonly AuthorizationDetail[]): boolean {
  return withoutDetails(granted, [one]).length < granted.length;
}

function parseCursor(after: string | undefined): readonly [number, string] {
  const [, usedAt, id] = /^(\d{1,15})\.(.+)$/.exec(after ?? '') ?? [];
  return usedAt === undefined || id === undefined
    ? [Number.MAX_SAFE_INTEGER, '']
    : [Number(usedAt), id];
}

function union(one: readonly string[], other: readonly string[]): readonly string[] {
  return [...new Set([...one, ...other])];
}

function without(list: readonly string[], removed: readonly string[]): readonly string[] {
  return list.filter((item) => !removed.includes(item));
}
