/**
 * What the store keeps of requests that a user answers on another device: device authorization and
 * CIBA.
 */
import type { Delivery } from './delivery-ports.ts';
import type { Family } from './entities.ts';
import type { Agreement } from './authorization-ports.ts';
import type { AuthorizationTerms, RequestedDetails, AcrWish } from './terms.ts';

/**
 * How a request waits for the answer of a user: a device (RFC 8628) or a backchannel request
 * (CIBA).
 */
export type DeferredKind = 'device' | 'ciba';

/** What a deferred request asks for, and what the page shows about it. */
export interface DeferredAsk {
  readonly scopes: readonly string[];
  readonly audiences: readonly string[];
  /** The network that the request came from: of the device, or of the application's server. */
  readonly network: string;
  /** CIBA §7.1. */
  readonly bindingMessage?: string;
  /**
   * Whom to tell of the answer, and by which token: sealed to the request's digest (CIBA §10.2).
   */
  readonly sealedPing?: string;
  readonly details?: RequestedDetails;
  /**
   * The wish for an authentication context (`acr_values`). The tokens then say which one it was
   * (RFC 9470 §5).
   */
  readonly acr?: AcrWish;
}

/** What the user agreed to. The family of refresh tokens is made from it. */
export interface DeferredAgreed {
  readonly grantId: string;
  readonly scopes: readonly string[];
  readonly audiences: readonly string[];
  readonly authenticatedAt: number;
  readonly terms?: AuthorizationTerms;
}

/** A request in the store that a user answers on another device (RFC 8628, CIBA). */
export interface DeferredRequest {
  /** The digest of the device code or `auth_req_id`, which have 256 random bits. */
  readonly digest: string;
  readonly kind: DeferredKind;
  /**
   * Of a device: the keyed hash of its user code. A plain digest of a short code could be guessed.
   */
  readonly userCodeMark?: string;
  readonly clientId: string;
  /**
   * The only account that may answer: known from the start in CIBA, for a device the first one
   * that typed its code.
   */
  readonly accountId?: string;
  readonly status: 'pending' | 'approved' | 'denied' | 'redeemed';
  readonly ask: DeferredAsk;
  readonly agreed?: DeferredAgreed;
  /** Grows each time the client polls too soon. */
  readonly intervalSeconds: number;
  readonly polledAt?: number;
  readonly createdAt: number;
  readonly expiresAt: number;
}

/** A deferred request without an answer. */
export type NewDeferredRequest = Omit<DeferredRequest, 'status' | 'agreed' | 'polledAt'>;

/** The answer to a deferred request, to be stored. */
export interface DeferredAnswer {
  readonly digest: string;
  readonly accountId: string;
  /** Absent: the user declined. */
  readonly approval?: {
    readonly agreement: Agreement;
    readonly agreed: Omit<DeferredAgreed, 'grantId'>;
  };
  /** The ping that tells the client about the answer. */
  readonly ping?: Delivery;
}

/** The outcome of `DeferredStore.answer`. */
export type AnswerOutcome =
  | { readonly outcome: 'approved'; readonly grantId: string }
  | { readonly outcome: 'denied' }
  /** Answered before, expired, or of another account. Nothing was changed. */
  | { readonly outcome: 'not-pending' };

/** The state of a deferred request when its client asks for tokens (RFC 8628 §3.5, CIBA §11). */
export type PollOutcome =
  | { readonly outcome: 'pending' }
  /** Too soon; the interval has grown. */
  | { readonly outcome: 'too-soon'; readonly intervalSeconds: number }
  | { readonly outcome: 'expired' }
  | { readonly outcome: 'denied' }
  /** Of another client or kind, or unknown. */
  | { readonly outcome: 'unknown' }
  /** Approved, and possibly redeemed: `redeem` decides. */
  | { readonly outcome: 'approved'; readonly accountId: string; readonly agreed: DeferredAgreed };

/** The outcome of `DeferredStore.redeem`. */
export type RedeemDeferredOutcome =
  | { readonly outcome: 'redeemed' }
  /** Redeemed before. The family that the first time started was ended by this act. */
  | { readonly outcome: 'reused' }
  /** Expired, or its grant, account or client has ended meanwhile. */
  | { readonly outcome: 'expired' };

/** How many requests may wait for one account: in all, and from one client. */
export interface MostPending {
  readonly ofAccount: number;
  readonly ofClient: number;
}

/** The deferred requests in the store. Each method is one atomic, durable act. */
export interface DeferredStore {
  /**
   * One act. `code-taken`: another request has this user code. `too-many`: too many of this kind
   * wait for its account. Neither changes anything.
   */
  add(
    request: NewDeferredRequest,
    now: number,
    mostPending?: MostPending,
  ): Promise<'added' | 'code-taken' | 'too-many'>;
  load(digest: string): Promise<DeferredRequest | undefined>;
  loadByUserCode(mark: string): Promise<DeferredRequest | undefined>;
  /** The pending requests of this kind for this account, newest first, at most 20. */
  listPending(
    accountId: string,
    kind: DeferredKind,
    now: number,
  ): Promise<readonly DeferredRequest[]>;
  /**
   * One conditional act: binds the request to the first account that takes it. Returns whether it
   * is bound to this account.
   */
  take(digest: string, accountId: string, now: number): Promise<boolean>;
  /**
   * One act: stores the answer if the request is pending and of this account, and keeps the
   * agreement and the ping.
   */
  answer(answer: DeferredAnswer, now: number): Promise<AnswerOutcome>;
  /** One act: the state of the request, and how soon the client may ask again (RFC 8628 §3.5). */
  poll(digest: string, kind: DeferredKind, clientId: string, now: number): Promise<PollOutcome>;
  /** One act: spends the request and starts the family. If it is spent, it ends the family. */
  redeem(digest: string, family: Family, now: number): Promise<RedeemDeferredOutcome>;
}
