/** What core asks of the world. Every time is in whole seconds since 1970, every digest base64url of SHA-256. */
import type { DecisionPoint, PermissionStore } from './access/ports.ts';
import type { ApiKeyStore } from './api-keys/ports.ts';
import type { AuditStore } from './audit/ports.ts';
import type { Limits } from './limits/limits.ts';
import type { Account, Api, Client, Code, Family, Grant, Session, StoredKey } from './model.ts';
import type { GrantTerms } from './terms.ts';
import type { Outbound } from './outbound.ts';
import type { Pages } from './pages.ts';
import type { Page, Paging } from './paging.ts';
import type { StatusStore } from './status/ports.ts';

export type { Page, Paging } from './paging.ts';

export interface Clock {
  nowSeconds(): number;
}

export interface Random {
  /** `length` bytes from a cryptographic source. */
  bytes(length: number): Uint8Array;
}

/** Seals what must leave and come back, or rest in the store, with a key that is not in the store. */
export interface Vault {
  /** AES-256-GCM under a key of its own per purpose. `context` must be given again to unseal. */
  seal(purpose: string, plaintext: string | Uint8Array, context?: string): string;
  /** The plaintext, or undefined when it was not sealed here, for this purpose and context. */
  unseal(purpose: string, sealed: string, context?: string): Uint8Array | undefined;
  /** HMAC-SHA256 under a key of its own per purpose, base64url. */
  mac(purpose: string, data: string): string;
}

export type PasswordOutcome =
  | { readonly outcome: 'verified'; readonly account: Account }
  | { readonly outcome: 'wrong' }
  /** Too many checks wait already: nothing was tried. */
  | { readonly outcome: 'busy'; readonly retryAfterSeconds: number };

export interface Accounts {
  /** What an address is found by; the same for two spellings of one address. Pure. */
  emailKey(email: string): string;
  /** Takes as long for an unknown address as for a wrong password. Does not throttle: core does that first. */
  verifyPassword(email: string, password: string): Promise<PasswordOutcome>;
}

/** What happened, for the log. Never holds a secret. */
export interface Event {
  readonly type: string;
  readonly [detail: string]: unknown;
}

export interface Events {
  emit(event: Event): void;
}

export interface ClientPaging extends Paging {
  /** Only those that were declared there. */
  readonly origin?: Client['origin'];
}

export interface ClientStore {
  load(id: string): Promise<Client | undefined>;
  list(paging?: ClientPaging): Promise<Page<Client>>;
  /** Adds or replaces. */
  save(client: Client): Promise<void>;
  /** One conditional act: false, and nothing changed, unless it is active and has exactly the former secrets. */
  replaceSecrets(id: string, former: Client['secrets'], secrets: Client['secrets']): Promise<boolean>;
  /**
   * False when there is no such client. From the first act on it is refused, and so is whatever hangs on it; its grants and
   * families are then ended in batches, until none is left.
   */
  disable(id: string, now: number): Promise<boolean>;
}

export interface ApiStore {
  list(): Promise<readonly Api[]>;
  save(api: Api): Promise<void>;
  remove(identifier: string): Promise<void>;
}

export interface AccountStore {
  load(id: string): Promise<Account | undefined>;
  loadByEmailKey(emailKey: string): Promise<Account | undefined>;
  /** The active account of a family that was not ended: one read for what userinfo asks each time. */
  loadByFamily(familyId: string): Promise<Account | undefined>;
  list(paging?: Paging): Promise<Page<Account>>;
  /** False when the address is taken. */
  add(account: Account): Promise<boolean>;
  /** Disables, and ends its sessions, grants and families, in one act; false when there is no such account. */
  disable(id: string, now: number): Promise<boolean>;
}

export interface SessionStore {
  /**
   * Starts one in place of the browser's former one, in one act. The families that the former one started go over to the new one
   * where the person is the same; where it is another one, the former session ends as by signing out. Its codes end in any case.
   */
  start(session: Session, formerDigest?: string): Promise<void>;
  /** Undefined when unknown, past either end, or of a disabled account. */
  load(digest: string, idleSeconds: number, now: number): Promise<Session | undefined>;
  touch(digest: string, now: number): Promise<void>;
  /** One act: ends it, with the codes and families it started, but those that may go on while the person is away (`offline_access`). */
  end(digest: string, now: number): Promise<void>;
}

/** What the user just agreed to. */
export interface Agreement {
  /** Id for the grant if there is none yet. */
  readonly grantId: string;
  readonly accountId: string;
  readonly clientId: string;
  readonly scopes: readonly string[];
  readonly declinedScopes: readonly string[];
  readonly audiences: readonly string[];
  readonly terms?: GrantTerms;
}

export interface GrantStore {
  /** Keeps an agreement that leads to no code (the implicit grant), in one act with the claim of the page. */
  agree(agreement: Agreement, claim: Claim | undefined, now: number): Promise<IssueOutcome>;
  /** The living grant, or undefined. */
  load(accountId: string, clientId: string): Promise<Grant | undefined>;
  /** Living grants of one account, newest use first. */
  list(accountId: string, paging?: Paging): Promise<Page<Grant>>;
  /** Ends the grant with its codes and families, if it is this account's. False when there was nothing to end. */
  end(grantId: string, accountId: string, now: number): Promise<boolean>;
}

export interface Claim {
  readonly id: string;
  readonly expiresAt: number;
}

export interface ClaimStore {
  /**
   * One act: true for whoever takes this name first, false for everyone after. It is remembered until `expiresAt`; what lapses then
   * must be refused for its age from there on.
   */
  take(id: string, expiresAt: number): Promise<boolean>;
}

export type IssueOutcome =
  | { readonly outcome: 'issued'; readonly grantId: string }
  /** The consent form was answered before. Nothing was changed. */
  | { readonly outcome: 'answered-before' }
  /** No living grant covers the code and none was agreed: it was ended or narrowed meanwhile. Nothing was changed. */
  | { readonly outcome: 'not-agreed' };

export interface CodeIssue {
  /** Everything but `grantId`, which is the living grant's or the agreement's. */
  readonly code: Omit<Code, 'grantId'>;
  /** Merged into the living grant, or starting one. Absent: the living grant must cover the code already. */
  readonly agreement?: Agreement;
  /** Single use of the page that led here: id and end of the sealed request. */
  readonly claim?: Claim;
}

export type RedeemOutcome =
  | { readonly outcome: 'redeemed' }
  /** Used before. The family that the first use started was ended by this act. */
  | { readonly outcome: 'reused'; readonly familyId: string }
  /** Expired, or its grant has ended meanwhile. */
  | { readonly outcome: 'expired' };

export interface CodeStore {
  /** One act: claim the page, keep the agreement, store the code. */
  issue(issue: CodeIssue, now: number): Promise<IssueOutcome>;
  /** Reads only; a redeemed code is still found until it is pruned. */
  load(digest: string): Promise<Code | undefined>;
  /** One act: spend the code and start its family; or find it spent, and end the family it started. */
  redeem(digest: string, family: Family, now: number): Promise<RedeemOutcome>;
}

export type RotateOutcome =
  | { readonly outcome: 'rotated' }
  /** An honest retry: the token spent last, in time, its successor unused. Nothing was changed. */
  | { readonly outcome: 'replayed'; readonly sealedSuccessor: string }
  /** Any other token of this family: the family was ended by this act. */
  | { readonly outcome: 'reused' }
  /** Expired or ended before. */
  | { readonly outcome: 'ended' };

export interface Rotation {
  readonly familyId: string;
  readonly clientId: string;
  readonly presentedDigest: string;
  readonly successorDigest: string;
  readonly sealedSuccessor: string;
  /** New idle end; the store never moves it past the family's absolute end. */
  readonly expiresAt: number;
  /** How long after its spending a token may be presented again, in seconds. */
  readonly retrySeconds: number;
}

export interface FamilyStore {
  /** With its state now; ended ones are found until pruned. */
  load(id: string): Promise<Family | undefined>;
  /** Whether it is known and was not ended. Says nothing of its refresh token, which may have lapsed. */
  isAlive(id: string): Promise<boolean>;
  start(family: Family): Promise<void>;
  /** One act, decided by a conditional write: spend and store the successor, or say why not (and end the family on reuse). */
  rotate(rotation: Rotation, now: number): Promise<RotateOutcome>;
  end(id: string, now: number): Promise<void>;
}

export interface KeyStore {
  list(): Promise<readonly StoredKey[]>;
  /** Adds keys only while there is none of their algorithm: two nodes at first start must agree. */
  addFirst(keys: readonly StoredKey[]): Promise<void>;
  /**
   * Adds the key; those of its algorithm before it get `retiredAt` where they have none. With `former`, the id of a key, only while that
   * one is the newest of its algorithm; false when it is not, and nothing was changed.
   */
  rotate(key: StoredKey, formerRetiredAt: number, former?: string): Promise<boolean>;
}

export interface LeaseStore {
  /**
   * Takes the lease for so many seconds by the clock of the database, or keeps it for as many more; with 0 it is given up. False while
   * another holder has it. Whoever holds it must bear that it lapses: another one may have begun the same work.
   */
  take(name: string, holder: string, seconds: number): Promise<boolean>;
}

export interface Bucket {
  readonly key: string;
  readonly intervalSeconds: number;
  readonly burst: number;
}

export interface ThrottleStore {
  /**
   * GCRA, exact under concurrency: takes one from each bucket, or none from any. `intervalSeconds` is the time that one
   * costs, `burst` how many may be taken at once. Answers 0, or the seconds until a try could succeed.
   */
  take(buckets: readonly Bucket[], now: number): Promise<number>;
  /** Puts one back into each: the try was a success, only failures count. */
  giveBack(buckets: readonly Bucket[], now: number): Promise<void>;
}

/** Each verb is one atomic, durable act: when its promise resolves, the change survives a crash. */
export interface Store {
  readonly clients: ClientStore;
  readonly apis: ApiStore;
  readonly accounts: AccountStore;
  readonly sessions: SessionStore;
  readonly grants: GrantStore;
  readonly claims: ClaimStore;
  readonly codes: CodeStore;
  readonly families: FamilyStore;
  readonly keys: KeyStore;
  readonly apiKeys: ApiKeyStore;
  readonly throttles: ThrottleStore;
  readonly permissions: PermissionStore;
  readonly statuses: StatusStore;
  readonly audit: AuditStore;
  readonly leases: LeaseStore;
  /** Deletes what has been dead for long enough, at most `limit` rows a table; answers how many. */
  prune(now: number, limit: number): Promise<number>;
  /** Rejects when the store cannot write. */
  probe(): Promise<void>;
  close(): Promise<void>;
}

export interface Ports {
  readonly store: Store;
  readonly clock: Clock;
  readonly random: Random;
  readonly vault: Vault;
  readonly accounts: Accounts;
  readonly pages: Pages;
  readonly events: Events;
  /** Goes out to addresses that clients name. Without it nothing that needs one is offered: no key set or document by address. */
  readonly outbound?: Outbound;
  /** Answers AuthZEN's questions; without one their addresses are not there. */
  readonly decisions?: DecisionPoint;
  /** Without them any client and network may ask as often as it likes. */
  readonly limits?: Limits;
}
