/**
 * Authorization codes (RFC 6749 §4.1.2). A code is for one use. A second use ends what the first
 * use gave.
 */
import {
  type Code,
  type CodeIssue,
  type CodeStore,
  type Family,
  type Consent,
  isCoveredBy,
  type IssueOutcome,
  type RedeemOutcome,
} from '@keywright/core';
import { type Act, last, statement } from '../act.ts';
import { rowsOf, toJson, toJsonOrNull } from '../columns.ts';
import { type Kept, readingPresented, serializable } from '../kept.ts';
import { deleteEnded, keptDeadSeconds } from '../pruning.ts';
import { takePageMarker } from './claims.ts';
import { endFamily, insertFamily, untilSignOut } from './families.ts';
import { loadGrant, settleAgreement, withdrawMarker } from './grants.ts';

const codeRows = rowsOf<Code>('codes', {
  digest: 'plain',
  grantId: 'plain',
  familyId: 'plain',
  accountId: 'plain',
  clientId: 'plain',
  redirectUri: 'plain',
  redirectUriSent: 'flag',
  codeChallenge: 'plain',
  scopes: 'json',
  audiences: 'json',
  nonce: 'plain',
  authenticatedAt: 'plain',
  sessionId: 'plain',
  expiresAt: 'plain',
  terms: 'json',
});

export const codes: Kept<CodeStore> = {
  tables: { codes: deleteEnded('codes', 'digest', 'expires_at', keptDeadSeconds) },
  verbs: {
    issue: serializable({ issueCode }),
    load: readingPresented({ loadCode }),
    redeem: serializable({ redeemCode }),
  },
};

const place = codeRows.place;
const [seenScopes, seenAudiences, seenTerms] = [1, 2, 3].map(
  (next) => `$${codeRows.names.length + next}`,
);

const insertAsSeen = `INSERT INTO codes (${codeRows.columns}) SELECT ${codeRows.places} FROM grants
  WHERE id = ${place('grantId')} AND account_id = ${place('accountId')} AND client_id = ${place('clientId')}
    AND ended_at IS NULL AND scopes = ${seenScopes} AND audiences = ${seenAudiences} AND COALESCE(terms, '') = ${seenTerms}`;

/**
 * A session that was ended has a replay marker until its last code has expired: see `endSession`.
 */
const spend = `UPDATE codes SET redeemed_at = $2
  WHERE digest = $1 AND redeemed_at IS NULL AND expires_at > $2 AND family_id = $3 AND client_id = $4
    AND (NOT ${untilSignOut} OR NOT EXISTS (SELECT 1 FROM claims WHERE claims.id = codes.session_id))
    AND EXISTS (SELECT 1 FROM grants WHERE grants.id = codes.grant_id AND ended_at IS NULL)
    AND NOT EXISTS (SELECT 1 FROM accounts WHERE accounts.id = codes.account_id AND status = 'disabled')
    AND NOT EXISTS (SELECT 1 FROM clients WHERE clients.id = codes.client_id AND status = 'disabled')`;

/** The replay marker comes first, so that a second answer to the same page changes nothing. */
export function* issueCode(issue: CodeIssue, now: number): Act<IssueOutcome> {
  const seen = seenCovering(issue);
  if (seen !== undefined && (yield* insertUnder(seen, issue.code)))
    return { outcome: 'issued', grantId: seen.id };
  if (!(yield* takePageMarker(issue.marker))) return { outcome: 'answered-before' };
  const grantId = yield* settleGrant(issue, now);
  if (grantId === undefined) return yield* withdrawMarker(issue.marker);
  yield last(statement(codeRows.insert, ...codeRows.valuesOf({ ...issue.code, grantId })));
  return { outcome: 'issued', grantId };
}

export function* loadCode(digest: string): Act<Code | undefined> {
  const { rows } = yield statement(`${codeRows.select} WHERE digest = $1`, digest);
  return rows[0] && codeRows.read(rows[0]);
}

export function* redeemCode(digest: string, family: Family, now: number): Act<RedeemOutcome> {
  const spent = yield statement(spend, digest, now, family.id, family.clientId);
  if (spent.changes === 1) {
    yield last(insertFamily(family));
    return { outcome: 'redeemed' };
  }
  const { rows } = yield statement(
    'SELECT family_id, client_id, redeemed_at FROM codes WHERE digest = $1',
    digest,
  );
  const code = rows[0];
  // The code belongs to another client, so nothing is changed.
  if (code === undefined || code.client_id !== family.clientId) return { outcome: 'expired' };
  if (code.redeemed_at !== null) {
    yield* endFamily(code.family_id as string, now);
    return { outcome: 'reused', familyId: code.family_id as string };
  }
  if (code.family_id !== family.id)
    throw new Error('The family is not the one that this code starts.');
  return { outcome: 'expired' };
}

/**
 * The simple case: the user was not asked and no page was answered, so only the code is written.
 */
function seenCovering({ code, agreement, marker, seen }: CodeIssue): Consent | undefined {
  const isPlain = agreement === undefined && marker === undefined;
  return isPlain && seen !== undefined && covers(seen, code) ? seen : undefined;
}

/** One statement. It writes nothing if the grant has ended or changed since it was read. */
function* insertUnder(seen: Consent, code: Omit<Code, 'grantId'>): Act<boolean> {
  const { id, scopes, audiences, terms } = seen;
  const asSeen = [toJson(scopes), toJson(audiences), toJsonOrNull(terms) ?? ''];
  const values = codeRows.valuesOf({ ...code, grantId: id });
  const { changes } = yield last(statement(insertAsSeen, ...values, ...asSeen));
  return changes === 1;
}

/**
 * Without an agreement the user is not asked. Then the user must have agreed earlier to everything
 * in the code.
 */
function* settleGrant({ code, agreement }: CodeIssue, now: number): Act<string | undefined> {
  if (agreement !== undefined) return yield* settleAgreement(agreement, now);
  const living = yield* loadGrant(code.accountId, code.clientId);
  return living !== undefined && covers(living, code) ? living.id : undefined;
}

function covers(grant: Consent, code: Omit<Code, 'grantId'>): boolean {
  const { authorizationDetails: granted = [] } = grant.terms ?? {};
  return (
    code.scopes.every((scope) => grant.scopes.includes(scope)) &&
    code.audiences.every((audience) => grant.audiences.includes(audience)) &&
    (code.terms?.authorizationDetails ?? []).every((detail) => isCoveredBy(detail, granted))
  );
}
