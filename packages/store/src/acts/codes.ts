/** Authorization codes (RFC 6749 §4.1.2): single use, and a second use ends what the first one gave. */
import {
  type Code,
  type CodeIssue,
  type Family,
  type Grant,
  isCoveredBy,
  type IssueOutcome,
  type RedeemOutcome,
} from '@keywright/core';
import { type Act, last, type Row, statement, type Value } from '../act.ts';
import { fromFlag, fromJson, fromJsonOrNull, present, toFlag, toJson, toJsonOrNull } from '../columns.ts';
import { endFamily, insertFamily, untilSignOut } from './families.ts';
import { claimPage, loadGrant, settleAgreement, withdrawClaim } from './grants.ts';

const columns = `digest, grant_id, family_id, account_id, client_id, redirect_uri, redirect_uri_sent, code_challenge,
  scopes, audiences, nonce, authenticated_at, session_id, expires_at, terms`;

const select = `SELECT ${columns} FROM codes WHERE digest = $1`;

const places = '$1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15';

const insert = `INSERT INTO codes (${columns}) VALUES (${places})`;

const insertAsSeen = `INSERT INTO codes (${columns}) SELECT ${places} FROM grants
  WHERE id = $2 AND account_id = $4 AND client_id = $5 AND ended_at IS NULL
    AND scopes = $16 AND audiences = $17 AND COALESCE(terms, '') = $18`;

/** A session that was ended has a claim until its last code has expired: see `endSession`. */
const spend = `UPDATE codes SET redeemed_at = $2
  WHERE digest = $1 AND redeemed_at IS NULL AND expires_at > $2 AND family_id = $3 AND client_id = $4
    AND (NOT ${untilSignOut} OR NOT EXISTS (SELECT 1 FROM claims WHERE claims.id = codes.session_id))
    AND EXISTS (SELECT 1 FROM grants WHERE grants.id = codes.grant_id AND ended_at IS NULL)
    AND NOT EXISTS (SELECT 1 FROM accounts WHERE accounts.id = codes.account_id AND status = 'disabled')
    AND NOT EXISTS (SELECT 1 FROM clients WHERE clients.id = codes.client_id AND status = 'disabled')`;

/** Claims first: whoever answers the same page again changes nothing at all. */
export function* issueCode(issue: CodeIssue, now: number): Act<IssueOutcome> {
  const seen = seenCovering(issue);
  if (seen !== undefined && (yield* insertUnder(seen, issue.code)))
    return { outcome: 'issued', grantId: seen.id };
  if (!(yield* claimPage(issue.claim))) return { outcome: 'answered-before' };
  const grantId = yield* settleGrant(issue, now);
  if (grantId === undefined) return yield* withdrawClaim(issue.claim);
  yield last(statement(insert, ...valuesOf(issue.code, grantId)));
  return { outcome: 'issued', grantId };
}

export function* loadCode(digest: string): Act<Code | undefined> {
  const { rows } = yield statement(select, digest);
  return rows[0] && toCode(rows[0]);
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
  // A code of another client is none of this caller's business: nothing is touched.
  if (code === undefined || code.client_id !== family.clientId) return { outcome: 'expired' };
  if (code.redeemed_at !== null) {
    yield* endFamily(code.family_id as string, now);
    return { outcome: 'reused', familyId: code.family_id as string };
  }
  if (code.family_id !== family.id) throw new Error('The family is not the one that this code starts.');
  return { outcome: 'expired' };
}

/** The plain case: nobody was asked and no page was answered, so the code is all that there is to write. */
function seenCovering({ code, agreement, claim, seen }: CodeIssue): Grant | undefined {
  const isPlain = agreement === undefined && claim === undefined;
  return isPlain && seen !== undefined && covers(seen, code) ? seen : undefined;
}

/** In one statement, which writes nothing when the grant was ended or changed since it was seen. */
function* insertUnder(seen: Grant, code: Omit<Code, 'grantId'>): Act<boolean> {
  const { id, scopes, audiences, terms } = seen;
  const asSeen = [toJson(scopes), toJson(audiences), toJsonOrNull(terms) ?? ''];
  const { changes } = yield last(statement(insertAsSeen, ...valuesOf(code, id), ...asSeen));
  return changes === 1;
}

/** Without an agreement, the user is not asked: then what the code carries must have been agreed to before. */
function* settleGrant({ code, agreement }: CodeIssue, now: number): Act<string | undefined> {
  if (agreement !== undefined) return yield* settleAgreement(agreement, now);
  const living = yield* loadGrant(code.accountId, code.clientId);
  return living !== undefined && covers(living, code) ? living.id : undefined;
}

function covers(grant: Grant, code: Omit<Code, 'grantId'>): boolean {
  const { authorizationDetails: granted = [] } = grant.terms ?? {};
  return (
    code.scopes.every((scope) => grant.scopes.includes(scope)) &&
    code.audiences.every((audience) => grant.audiences.includes(audience)) &&
    (code.terms?.authorizationDetails ?? []).every((detail) => isCoveredBy(detail, granted))
  );
}

function valuesOf(code: Omit<Code, 'grantId'>, grantId: string): readonly Value[] {
  return [
    code.digest,
    grantId,
    code.familyId,
    code.accountId,
    code.clientId,
    code.redirectUri,
    toFlag(code.redirectUriSent),
    code.codeChallenge,
    toJson(code.scopes),
    toJson(code.audiences),
    code.nonce ?? null,
    code.authenticatedAt,
    code.sessionId ?? null,
    code.expiresAt,
    toJsonOrNull(code.terms),
  ];
}

function toCode(row: Row): Code {
  return {
    digest: row.digest,
    grantId: row.grant_id,
    familyId: row.family_id,
    accountId: row.account_id,
    clientId: row.client_id,
    redirectUri: row.redirect_uri,
    redirectUriSent: fromFlag(row.redirect_uri_sent),
    codeChallenge: row.code_challenge,
    scopes: fromJson(row.scopes),
    audiences: fromJson(row.audiences),
    ...present({ nonce: row.nonce, sessionId: row.session_id, terms: fromJsonOrNull(row.terms) }),
    authenticatedAt: row.authenticated_at,
    expiresAt: row.expires_at,
  } as Code;
}
