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
   * What happens to a consent that exists. Absent: the agreement is added to it, and its tokens
   * stay valid.
   */
  readonly action?: GrantAction;
  /**
   * The session of the user who agrees. If it has ended meanwhile, a new consent starts ended.
   * Absent: no user was asked.
   */
  readonly sessionId?: string;
}

/** The consents in the store. Each method is one atomic, durable act. */
export interface ConsentStore {
  /**
   * One act with the marker of the page: keeps an agreement without a code (implicit
   * grant).
   */
  agree(agreement: Agreement, marker: ReplayMarker | undefined, now: number): Promise<IssueOutcome>;
  /**
   * One act with the marker of the undo: restores a consent that was withdrawn. False, and nothing
   * restored, if it was tried before, if the client is not exactly as it was read, if there is a
   * consent, or if the account or the session has ended.
   */
  restore(
    agreement: Agreement,
    marker: ReplayMarker,
    client: Client,
    now: number,
  ): Promise<boolean>;
  /** The current consent, or undefined. */
  load(accountId: string, clientId: string): Promise<Consent | undefined>;
  /** The consent with this id if it has not ended, or undefined. */
  find(grantId: string): Promise<Consent | undefined>;
  /** The same if it is of this account, with the time of the last use as `list` has it. */
  findUsed(grantId: string, accountId: string): Promise<Consent | undefined>;
  /** The current consents of one account, the latest used first. */
  list(accountId: string, paging?: Paging): Promise<Page<Consent>>;
  /**
   * Ends a consent with its codes and families if it is of this account. Returns it as it was, or
   * undefined if nothing ended.
   */
  end(grantId: string, accountId: string, now: number): Promise<Consent | undefined>;
  /**
   * Removes one authorization detail from a consent of this account, and from its codes and
   * families. Agreements that were not fetched yet become void. False if the consent does not have
   * it.
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
   * One act: true for the first caller that takes this name, false for all later ones. The name is
   * stored until `expiresAt`. After that time, what it marks must be refused for its age.
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
   * No consent covers the code, and there is no agreement, because it was ended or narrowed
   * meanwhile. Nothing was changed.
   */
  | { readonly outcome: 'not-agreed' };

/** An authorization code to be stored (RFC 6749 §4.1.2), and the agreement that it follows from. */
export interface CodeIssue {
  /** The code without `grantId`, which is the id of the current consent or of the agreement. */
  readonly code: Omit<Code, 'grantId'>;
  /**
   * To be merged into the current consent, or to start one. Absent: the current consent must
   * already cover the code.
   */
  readonly agreement?: Agreement;
  /**
   * The consent as the caller read it. The act checks whether it is still so, and if not, reads
   * it.
   */
  readonly seen?: Consent;
  /** The replay marker of the page that led here: id and expiry of the sealed request. */
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
   * One act: spends the code and starts its family. If the code is spent, it ends the family that
   * was started.
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
  /** The family with its current state. Ended families are found until they are pruned. */
  load(id: string): Promise<Family | undefined>;
  /** Whether a family is known and has not ended. Its refresh token may have expired. */
  isAlive(id: string): Promise<boolean>;
  /**
   * Starts a family. With `passwordHash`: only if the account has this hash. False if the family
   * starts ended, because its account, client or consent has ended.
   */
  start(family: Family, passwordHash?: string): Promise<boolean>;
  /**
   * One act, decided by a conditional write: spends the token and stores the successor, or says
   * why not. Ends the family on reuse.
   */
  rotate(rotation: Rotation, now: number): Promise<RotateOutcome>;
  /**
   * One conditional act: moves the expiry of the family whose current token this is. False, and
   * nothing changed, for any other token.
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
