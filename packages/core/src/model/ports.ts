/**
 * What core asks of the world. Every time is in whole seconds since 1970, every digest base64url of
 * SHA-256.
 */
import type { DecisionPoint, PermissionStore } from './permission-ports.ts';
import type { ApiKeyStore } from './api-key-ports.ts';
import type { SealStore } from './seal-ports.ts';
import type { AuditStore } from './audit-ports.ts';
import type {
  AccessTokenStore,
  ReplayMarkerStore,
  CodeStore,
  FamilyStore,
  ConsentStore,
  PushedRequestStore,
} from './authorization-ports.ts';
import type { DeferredStore } from './deferred-ports.ts';
import type { DeliveryStore } from './delivery-ports.ts';
import type { LogoutStore, LogoutTarget } from './logout-ports.ts';
import type { Account, Api, Client, Session, SignedIn, StoredKey } from './entities.ts';
import type { Outbound } from './outbound.ts';
import type { Pages } from './pages.ts';
import type { Page, Paging } from './paging.ts';
import type { StatusStore } from './status-ports.ts';
import type { Events } from './events.ts';
import type { PrivateKeys } from './key-ports.ts';
import type { Limits, ExternalWaits } from './limit-ports.ts';

export * from './authorization-ports.ts';
export type { Event, Events } from './events.ts';
export type { Page, Paging } from './paging.ts';

/** The port for the time, in seconds since 1970. Core reads the time nowhere else. */
export interface Clock {
  nowSeconds(): number;
}

/** The port for randomness. Core has no other source of it. */
export interface Random {
  /** `length` bytes from a cryptographic source. */
  bytes(length: number): Uint8Array;
}

/** The port that seals texts with a key that is not in the store. */
export interface Vault {
  /**
   * Authenticated encryption under a key of its own per purpose. `context` must be given again to
   * unseal.
   */
  seal(purpose: string, plaintext: string | Uint8Array, context?: string): string;
  /** The plaintext, or undefined when it was not sealed here, for this purpose and context. */
  unseal(purpose: string, sealed: string, context?: string): Uint8Array | undefined;
  /** HMAC-SHA256 under a key of its own per purpose, base64url. */
  mac(purpose: string, data: string): string;
  /**
   * Every MAC that is taken for this data: that of `mac`, and those of other keys that are still
   * believed.
   */
  macs(purpose: string, data: string): readonly string[];
}

/** The outcome of `Accounts.verifyPassword`. */
export type PasswordOutcome =
  | { readonly outcome: 'verified'; readonly account: Account }
  | { readonly outcome: 'wrong' }
  /** Too many checks wait already: nothing was tried. */
  | { readonly outcome: 'busy'; readonly retryAfterSeconds: number };

/** The outcome of `Accounts.hashPassword`. */
export type HashOutcome =
  | { readonly outcome: 'hashed'; readonly passwordHash: string }
  /** May not be chosen. What is wrong stands after "The new password": "must be at least …". */
  | { readonly outcome: 'refused'; readonly problem: string }
  | { readonly outcome: 'busy'; readonly retryAfterSeconds: number };

/** The port for e-mail addresses and passwords: it normalises, checks and hashes. */
export interface Accounts {
  /** What an address is found by; the same for two spellings of one address. Pure. */
  emailKey(email: string): string;
  /**
   * Takes as long for an unknown address as for a wrong password. Does not throttle: core does that
   * first.
   */
  verifyPassword(email: string, password: string): Promise<PasswordOutcome>;
  /**
   * What is wrong with a password that is to be that of this address, as the end of a sentence;
   * undefined where nothing is. Hashes nothing.
   */
  judgePassword(email: string, password: string): Promise<string | undefined>;
  /** Judges a password that is to be that of this address, and hashes it. Stores nothing. */
  hashPassword(email: string, password: string): Promise<HashOutcome>;
}

/** Which page of the clients is wanted. */
export interface ClientPaging extends Paging {
  /** Only those that were declared there. */
  readonly origin?: Client['origin'];
}

/**
 * The bound on clients that registered themselves and that no user agreed to: how many there may
 * be, and after how many seconds one is deleted.
 */
export interface UnusedClientLimits {
  readonly unusedSeconds: number;
  readonly mostUnused: number;
}

/** The clients in the store. Each method is one atomic, durable act, unless it says otherwise. */
export interface ClientStore {
  load(id: string): Promise<Client | undefined>;
  list(paging?: ClientPaging): Promise<Page<Client>>;
  /** Adds or replaces. */
  save(client: Client): Promise<void>;
  /**
   * One act: false, and nothing changed, if its id is taken. `limits` are for a client that
   * registered itself: also false if there are too many that no user agreed to. It is deleted if no
   * user agrees in time.
   */
  add(client: Client, limits: UnusedClientLimits | undefined, now: number): Promise<boolean>;
  /**
   * One conditional act, for one whose id is the address of its document: adds it, or replaces what
   * was said of it. False, and nothing changed, when an administrator has disabled it, or when it
   * is not of a document. It goes when nobody has a grant after the time.
   */
  describe(client: Client, unusedSeconds: number, now: number): Promise<boolean>;
  /**
   * False, and nothing changed, unless it is exactly as the former one was read. Status and age
   * stay. One conditional act; with `endsGrants` what users gave it ends in the same act. Where
   * that is very much, it ends in several, and the last of them changes the client: when somebody
   * else changes it in between, what ended stays ended.
   */
  update(client: Client, former: Client, endsGrants: boolean, now: number): Promise<boolean>;
  /**
   * One conditional act: false, and nothing changed, unless it is active and has exactly the former
   * secrets.
   */
  replaceSecrets(
    id: string,
    former: Client['secrets'],
    secrets: Client['secrets'],
  ): Promise<boolean>;
  /** Keeps the latest time; late by up to some minutes. */
  touchSecret(id: string, secretId: string, at: number): Promise<void>;
  /**
   * When each secret of a client was used last, by its id; none for one that was not used for more
   * than a year.
   */
  secretUses(id: string): Promise<ReadonlyMap<string, number>>;
  /**
   * False when there is no such client. From the first act on it is refused, and so is whatever
   * hangs on it; its grants and families are then ended in batches, until none is left.
   */
  disable(id: string, now: number): Promise<boolean>;
  /**
   * Nothing of what was ended comes back, nor do tokens that it had on its own account. False when
   * there is none, or it is not disabled.
   */
  enable(id: string, now: number): Promise<boolean>;
}

/** The APIs in the store, without the built-in ones. Each method is one atomic, durable act. */
export interface ApiStore {
  list(): Promise<readonly Api[]>;
  save(api: Api): Promise<void>;
  remove(identifier: string): Promise<void>;
}

/** A new password of an account, and what ends with the former one. */
export interface PasswordChange {
  readonly passwordHash: string;
  /**
   * Only in place of this one: of two who change it at the same time, the second has not proved to
   * know it any more.
   */
  readonly formerHash?: string;
  /** The sign-in that goes on, under a new id and secret, in place of the one of this digest. */
  readonly renewed?: { readonly session: Session; readonly formerDigest: string };
  /** Ends the grants and families of the account, too. */
  readonly endsGrants?: boolean;
}

/** The accounts in the store. Each method is one atomic, durable act. */
export interface AccountStore {
  load(id: string): Promise<Account | undefined>;
  loadByEmailKey(emailKey: string): Promise<Account | undefined>;
  /**
   * The active account of a family that was not ended: one read for what userinfo asks each time.
   */
  loadByFamily(familyId: string): Promise<Account | undefined>;
  list(paging?: Paging): Promise<Page<Account>>;
  /** False when the address is taken. */
  add(account: Account): Promise<boolean>;
  /** In place of those before; undefined for none. False when there is no such account. */
  saveClaims(id: string, claims: Account['claims']): Promise<boolean>;
  /**
   * Disables, and ends its sessions, grants and families, in one act; false when there is no such
   * account.
   */
  disable(id: string, now: number): Promise<boolean>;
  /**
   * False when there is no such account, or it is not disabled. What was ended when it was disabled
   * stays so.
   */
  enable(id: string, now: number): Promise<boolean>;
  /**
   * One act: changes the password, and ends every session of the account but the renewed one, as by
   * signing out, with every family that is not of that session and has no `offline_access`; what
   * was approved elsewhere and not fetched yet is void. False, and nothing changed, when there is
   * no such account, or the former password is another.
   */
  changePassword(id: string, change: PasswordChange, now: number): Promise<boolean>;
  /**
   * The same password, hashed anew: nothing ends. False, and nothing changed, when its hash is no
   * longer `formerHash`.
   */
  renewPasswordHash(id: string, formerHash: string, passwordHash: string): Promise<boolean>;
  /**
   * Ends its sessions, grants and families in one act, and leaves it active: whoever signs in again
   * begins anew. False when there is no such account.
   */
  endEverything(id: string, now: number): Promise<boolean>;
}

/**
 * The sessions in the store, by the digests of their cookies. Each method is one atomic, durable
 * act.
 */
export interface SessionStore {
  /**
   * Starts one in place of the browser's former one, in one act. The families that the former one
   * started go over to the new one where the person is the same; where it is another one, the
   * former session ends as by signing out. Its codes end in any case. With the hash of the password
   * that the person has just proved to know: false, and nothing changed, unless the account is
   * active and that is still its password.
   */
  start(session: Session, formerDigest?: string, passwordHash?: string): Promise<boolean>;
  /**
   * With its account, in one read. Undefined when unknown, past either end, or of no active
   * account.
   */
  load(digest: string, idleSeconds: number, now: number): Promise<SignedIn | undefined>;
  touch(digest: string, now: number): Promise<void>;
  /**
   * One act: ends it, with the codes and families it started, but those that may go on while the
   * person is away (`offline_access`). Answers the clients that are to be told.
   */
  end(digest: string, now: number): Promise<readonly LogoutTarget[]>;
}

/** The keys of the server in the store. Each method is one atomic, durable act. */
export interface KeyStore {
  list(): Promise<readonly StoredKey[]>;
  /** Adds keys only while there is none of their algorithm: two nodes at first start must agree. */
  addFirst(keys: readonly StoredKey[]): Promise<void>;
  /**
   * Adds the key; those of its algorithm before it get `retiredAt` where they have none. With
   * `former`, the id of a key, only while that one is the newest of its algorithm; false when it is
   * not, and nothing was changed.
   */
  rotate(key: StoredKey, formerRetiredAt: number, former?: string): Promise<boolean>;
}

/** The leases in the store. The node that holds a lease runs periodic tasks. */
export interface LeaseStore {
  /**
   * Takes the lease for so many seconds by the clock of the database, or keeps it for as many more;
   * with 0 it is given up. False while another holder has it. Whoever holds it must bear that it
   * lapses: another one may have begun the same work.
   */
  take(name: string, holder: string, seconds: number): Promise<boolean>;
}

/** One bucket of a rate limit that all nodes share (GCRA). */
export interface Bucket {
  readonly key: string;
  readonly intervalSeconds: number;
  /**
   * Where a try costs more than another (a longer interval, of the same bucket), it may be a
   * fraction above 1.
   */
  readonly burst: number;
}

/** The rate limits that all nodes share. Each method is one atomic, durable act. */
export interface ThrottleStore {
  /**
   * GCRA, exact under concurrency: takes one from each bucket, or none from any. `intervalSeconds`
   * is the time that one costs, `burst` how many may be taken at once. Answers 0, or the seconds
   * until a try could succeed.
   */
  take(buckets: readonly Bucket[], now: number): Promise<number>;
  /** Puts one back into each: the try was a success, only failures count. */
  giveBack(buckets: readonly Bucket[], now: number): Promise<void>;
}

/**
 * The port for everything that the server remembers. Each method is one atomic, durable act: when
 * its promise resolves, the change survives a crash.
 */
export interface Store {
  readonly clients: ClientStore;
  readonly apis: ApiStore;
  readonly accounts: AccountStore;
  readonly sessions: SessionStore;
  readonly grants: ConsentStore;
  readonly claims: ReplayMarkerStore;
  readonly pushedRequests: PushedRequestStore;
  readonly codes: CodeStore;
  readonly deferred: DeferredStore;
  readonly families: FamilyStore;
  readonly accessTokens: AccessTokenStore;
  readonly keys: KeyStore;
  readonly seals: SealStore;
  readonly apiKeys: ApiKeyStore;
  readonly throttles: ThrottleStore;
  readonly permissions: PermissionStore;
  readonly statuses: StatusStore;
  readonly audit: AuditStore;
  readonly leases: LeaseStore;
  readonly deliveries: DeliveryStore;
  readonly logouts: LogoutStore;
  /** Deletes what has been dead for long enough, at most `limit` rows a table; answers how many. */
  prune(now: number, limit: number): Promise<number>;
  /** Rejects when the store cannot write. */
  probe(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Everything that core gets from outside: it has no clock, randomness, store or network of its
 * own.
 */
export interface Ports {
  readonly store: Store;
  readonly clock: Clock;
  readonly random: Random;
  readonly vault: Vault;
  readonly accounts: Accounts;
  readonly pages: Pages;
  readonly events: Events;
  /** Where private signing keys are kept; without it they are sealed in the store by the vault. */
  readonly privateKeys?: PrivateKeys;
  /**
   * Goes out to addresses that clients name. Without it nothing that needs one is offered: no key
   * set or document by address.
   */
  readonly outbound?: Outbound;
  /** Is told when a request begins to wait for another host or a password check, and when it ends. */
  readonly externalWaits?: ExternalWaits;
  /** Lets so much time pass; by default that of the process. */
  readonly pause?: (seconds: number) => Promise<void>;
  /** Answers AuthZEN's questions; without one their addresses are not there. */
  readonly decisions?: DecisionPoint;
  /** Without them any client and network may ask as often as it likes. */
  readonly limits?: Limits;
}
