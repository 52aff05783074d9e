/**
 * What core asks of the store about authorizations: what was agreed, what may be used once, and
 * what grows out of it.
 */
import type { Client, Code, Family, Consent } from './entities.ts';
import type { Page, Paging } from './paging.ts';
import type { AuthorizationDetail, ConsentTerms } from './terms.ts';

/** What a user just agreed to, to be merged into the consent for the client. */
export interface Agreement {
  /** Id for the grant if there is none yet. */
  readonly grantId: string;
  readonly accountId: string;
  readonly clientId: string;
  readonly scopes: readonly string[];
  readonly declinedScopes: readonly string[];
  readonly audiences: readonly string[];
  readonly terms?: ConsentTerms;
  /**
   * What is to become of a living grant; absent: it is added to, and all that hangs on it goes on.
   */
  readonly action?: GrantAction;
  /**
   * The sign-in of the person who agrees. Where it has ended meanwhile, a grant that starts is born
   * ended. Absent: nobody was asked.
   */
  readonly sessionId?: string;
}

/** The consents in the store. Each method is one atomic, durable act. */
export interface ConsentStore {
  /**
   * Keeps an agreement that leads to no code (the implicit grant), in one act with the marker of the
   * page.
   */
  agree(agreement: Agreement, marker: ReplayMarker | undefined, now: number): Promise<IssueOutcome>;
  /**
   * What was taken back, in one act with the marker of the undo. False, and nothing restored, when
   * it was tried before, when the client is not exactly as it was read, when a grant lives already,
   * and when the account or the sign-in has ended.
   */
  restore(agreement: Agreement, marker: ReplayMarker, client: Client, now: number): Promise<boolean>;
  /** The living grant, or undefined. */
  load(accountId: string, clientId: string): Promise<Consent | undefined>;
  /** The living grant of this id, or undefined. */
  find(grantId: string): Promise<Consent | undefined>;
  /** Living grants of one account, newest use first. */
  list(accountId: string, paging?: Paging): Promise<Page<Consent>>;
  /**
   * Ends the grant with its codes and families, if it is this account's, and answers it as it was
   * in that act. Undefined when there was nothing to end.
   */
  end(grantId: string, accountId: string, now: number): Promise<Consent | undefined>;
  /**
   * Takes one detail out of the grant and of all that hangs on it, if the grant is this account's
   * and living; what was agreed to and not come for yet is void. False when it holds nothing of the
   * kind.
   */
  withdraw(
    grantId: string,
    accountId: string,
    detail: AuthorizationDetail,
    now: number,
  ): Promise<boolean>;
}

/** A replay marker: a name that can be taken once until it expires. In seconds since 1970. */
export interface ReplayMarker {
  readonly id: string;
  readonly expiresAt: number;
}

/** The replay markers in the store. */
export interface ReplayMarkerStore {
  /**
   * One act: true for whoever takes this name first, false for everyone after. It is remembered
   * until `expiresAt`; what lapses then must be refused for its age from there on.
   */
  take(id: string, expiresAt: number): Promise<boolean>;
}

/**
 * A pushed authorization request in the store (RFC 9126): the digest of its reference, and the
 * sealed request.
 */
export interface PushedRequest {
  readonly digest: string;
  readonly clientId: string;
  readonly body: string;
  readonly expiresAt: number;
}

/** The pushed authorization requests in the store. Each method is one atomic, durable act. */
export interface PushedRequestStore {
  add(request: PushedRequest): Promise<void>;
  /** Undefined when unknown or expired. A replay marker ensures that it is answered once. */
  load(digest: string, now: number): Promise<PushedRequest | undefined>;
}

/** The outcome of keeping an agreement or an authorization code. */
export type IssueOutcome =
  | { readonly outcome: 'issued'; readonly grantId: string }
  /** The consent form was answered before. Nothing was changed. */
  | { readonly outcome: 'answered-before' }
  /**
   * No living grant covers the code and none was agreed: it was ended or narrowed meanwhile.
   * Nothing was changed.
   */
  | { readonly outcome: 'not-agreed' };

/** An authorization code to be stored (RFC 6749 §4.1.2), and the agreement that it follows from. */
export interface CodeIssue {
  /** Everything but `grantId`, which is the living grant's or the agreement's. */
  readonly code: Omit<Code, 'grantId'>;
  /**
   * Merged into the living grant, or starting one. Absent: the living grant must cover the code
   * already.
   */
  readonly agreement?: Agreement;
  /**
   * The living grant as the caller saw it. The act looks whether it still is so, and where it is
   * not, at the grant itself.
   */
  readonly seen?: Consent;
  /** Single use of the page that led here: id and end of the sealed request. */
  readonly marker?: ReplayMarker;
}

/** The outcome of `CodeStore.redeem` (RFC 6749 §4.1.2). */
export type RedeemOutcome =
  | { readonly outcome: 'redeemed' }
  /** Used before. The family that the first use started was ended by this act. */
  | { readonly outcome: 'reused'; readonly familyId: string }
  /** Expired, or its grant has ended meanwhile. */
  | { readonly outcome: 'expired' };

/**
 * The authorization codes in the store, by their digests. Each method is one atomic, durable act.
 */
export interface CodeStore {
  /** One act: take the marker, keep the agreement, store the code. */
  issue(issue: CodeIssue, now: number): Promise<IssueOutcome>;
  /** Reads only; a redeemed code is still found until it is pruned. */
  load(digest: string): Promise<Code | undefined>;
  /**
   * One act: spend the code and start its family; or find it spent, and end the family it started.
   */
  redeem(digest: string, family: Family, now: number): Promise<RedeemOutcome>;
}

/** The outcome of `FamilyStore.rotate`. */
export type RotateOutcome =
  | { readonly outcome: 'rotated' }
  /** An honest retry: the token spent last, in time, its successor unused. Nothing was changed. */
  | { readonly outcome: 'replayed'; readonly sealedSuccessor: string }
  /** Any other token of this family: the family was ended by this act. */
  | { readonly outcome: 'reused' }
  /** Expired or ended before. */
  | { readonly outcome: 'ended' };

/** A refresh token to be spent, and its successor (RFC 9700 §4.14.2). */
export interface Rotation {
  readonly familyId: string;
  readonly clientId: string;
  readonly presentedDigest: string;
  readonly successorDigest: string;
  readonly sealedSuccessor: string;
  /** New idle end; the store never moves it past the family's absolute end. */
  readonly expiresAt: number;
  /**
   * How long after its spending a token may be presented again, in seconds; or until its successor
   * is used.
   */
  readonly retrySeconds: number | 'until_used';
}

/** A use of a refresh token that is not replaced at each use. */
export interface FamilyUse {
  readonly familyId: string;
  readonly clientId: string;
  readonly presentedDigest: string;
  /** New idle end; the store never moves it past the family's absolute end. */
  readonly expiresAt: number;
}

/** The refresh token families in the store. Each method is one atomic, durable act. */
export interface FamilyStore {
  /** With its state now; ended ones are found until pruned. */
  load(id: string): Promise<Family | undefined>;
  /**
   * Whether it is known and was not ended. Says nothing of its refresh token, which may have
   * lapsed.
   */
  isAlive(id: string): Promise<boolean>;
  /**
   * Where it was given for a password, only while the account has that one (`passwordHash`). False
   * when it was born ended, as its account, client or grant has ended.
   */
  start(family: Family, passwordHash?: string): Promise<boolean>;
  /**
   * One act, decided by a conditional write: spend and store the successor, or say why not (and end
   * the family on reuse).
   */
  rotate(rotation: Rotation, now: number): Promise<RotateOutcome>;
  /**
   * One conditional act: moves the end of a family whose living token this is; false, and nothing
   * changed, for any other.
   */
  use(use: FamilyUse, now: number): Promise<boolean>;
  end(id: string, now: number): Promise<void>;
}

/** An opaque access token in the store, by its digest, with the claims that a JWT would have. */
export interface KeptAccessToken {
  readonly digest: string;
  readonly clientId: string;
  readonly claims: Readonly<Record<string, unknown>>;
  readonly expiresAt: number;
}

/**
 * The opaque access tokens in the store, by their digests. Each method is one atomic, durable act.
 */
export interface AccessTokenStore {
  keep(token: KeptAccessToken): Promise<void>;
  /** Also one that has expired, until it is pruned. */
  load(digest: string): Promise<KeptAccessToken | undefined>;
  /** One conditional act: false, and nothing changed, unless it is this client's. */
  revoke(digest: string, clientId: string): Promise<boolean>;
}

/** What an authorization request does with a consent that exists (Grant Management §5.1). */
export interface GrantAction {
  readonly action: (typeof grantActions)[number];
  /** The grant that it is about; absent for `create`. */
  readonly grantId?: string;
}

/** Everything that an authorization request can do with a consent (Grant Management §5.1). */
export const grantActions = ['create', 'merge', 'replace'] as const;
