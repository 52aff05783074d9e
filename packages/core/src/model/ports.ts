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
import type { Delivery, DeliveryStore } from './delivery-ports.ts';
import type { LogoutStore } from './logout-ports.ts';
import type { Account, Api, Client, NextSession, StoredKey } from './entities.ts';
import type { Outbound } from './outbound.ts';
import type { Pages } from './pages.ts';
import type { Page, Paging } from './paging.ts';
import type { PasskeyStore, PasskeyVerifier } from './passkey-ports.ts';
import type { StatusStore } from './status-ports.ts';
import type { Events } from './events.ts';
import type { FormerEmailStore } from './email-ports.ts';
import type { InvitationStore, Joining, JoinOutcome } from './invitation-ports.ts';
import type { VerificationCodeStore } from './verification-ports.ts';
import type { PrivateKeys } from './key-ports.ts';
import type { OneTimePasswords, SecondFactorStore } from './second-factor-ports.ts';
import type { SessionStore } from './session-ports.ts';
import type { Limits, ExternalWaits } from './limit-ports.ts';
import type { ResourceResolver } from './resource-ports.ts';
import type { WorkProofs } from './work-ports.ts';

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
   * Authenticated encryption with a key of its own for each purpose. `context` must be given again
   * to unseal.
   */
  seal(purpose: string, plaintext: string | Uint8Array, context?: string): string;
  /** The plaintext, or undefined if it was not sealed here for this purpose and context. */
  unseal(purpose: string, sealed: string, context?: string): Uint8Array | undefined;
  /** HMAC-SHA256 with a key of its own for each purpose, in base64url. */
  mac(purpose: string, data: string): string;
  /**
   * Every MAC that is accepted for this data: the one of `mac`, and those of former keys that are
   * still trusted.
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
  | { readonly outcome: 'busy'; readonly retryAfterSeconds: number };

/** The port for e-mail addresses and passwords: it normalises, checks and hashes. */
export interface Accounts {
  /**
   * The key that an e-mail address is found by. It is the same for two spellings of one address.
   */
  emailKey(email: string): string;
  /**
   * What is wrong with a new e-mail address, as the end of a sentence, or undefined. Does not check
   * that anybody reads it.
   */
  judgeEmail(email: string): string | undefined;
  /**
   * Checks a password. Takes as long for an unknown address as for a wrong password. Does not
   * limit attempts, because core does so before.
   */
  verifyPassword(email: string, password: string): Promise<PasswordOutcome>;
  /**
   * What is wrong with a new password for this address, as the end of a sentence, or undefined:
   * "must be at least …". Hashes nothing.
   */
  judgePassword(email: string, password: string): Promise<string | undefined>;
  /** Hashes a new password. Does not judge it, because the caller has done so. Stores nothing. */
  hashPassword(password: string): Promise<HashOutcome>;
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
   * One conditional act, for a client whose id is the address of its document: adds it, or
   * replaces its metadata. False, and nothing changed, if an administrator has disabled it, or if
   * it does not come from a document. It is deleted if no user has a consent after
   * `unusedSeconds`.
   */
  describe(client: Client, unusedSeconds: number, now: number): Promise<boolean>;
  /**
   * One conditional act: false, and nothing changed, unless the client is exactly `former`. Status
   * and creation time stay. With `endsGrants`, the consents of its users end in the same act. If
   * there are very many, they end in several acts, and the last one changes the client. If
   * somebody else changes the client in between, what has ended stays ended.
   */
  update(client: Client, former: Client, endsGrants: boolean, now: number): Promise<boolean>;
  /**
   * One conditional act: false, and nothing changed, unless the client is active and has exactly
   * these former secrets.
   */
  replaceSecrets(
    id: string,
    former: Client['secrets'],
    secrets: Client['secrets'],
  ): Promise<boolean>;
  /** Stores the latest time. It may be late by some minutes. */
  touchSecret(id: string, secretId: string, at: number): Promise<void>;
  /**
   * When each secret of a client was last used, by its id. A client that was not used for more
   * than a year has none.
   */
  secretUses(id: string): Promise<ReadonlyMap<string, number>>;
  /**
   * False if there is no such client. From the first act on, the client and everything that
   * depends on it is refused. Its consents and families are then ended in batches, until none is
   * left.
   */
  disable(id: string, now: number): Promise<boolean>;
  /**
   * What has ended stays ended, and so do the tokens that the client had without a user. False if
   * there is no such client, or it is not disabled.
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
   * Only if this is the current hash. Of two people who change a password at the same time, the
   * second one has no longer proved to know it.
   */
  readonly formerHash?: string;
  /** The session that there is afterwards. Default: none. */
  readonly next?: NextSession;
  /** Whether the consents and families of the account end as well. */
  readonly endsGrants?: boolean;
  /** Stored in the same act. */
  readonly mail?: Delivery | undefined;
}

/** The accounts in the store. Each method is one atomic, durable act. */
export interface AccountStore {
  load(id: string): Promise<Account | undefined>;
  loadByEmailKey(emailKey: string): Promise<Account | undefined>;
  /** The active account of a family that has not ended, in one read for userinfo. */
  loadByFamily(familyId: string): Promise<Account | undefined>;
  list(paging?: Paging): Promise<Page<Account>>;
  /** False when the address is taken. */
  add(account: Account): Promise<boolean>;
  /**
   * One act for at most 1000 accounts. Answers the ids that it added: the others have an address or
   * an id that is taken, also by an earlier one of the list.
   */
  addMany(accounts: readonly Account[]): Promise<readonly string[]>;
  /**
   * One act: adds an account that its user creates, spends the invitation, and starts the first
   * session. Nothing changed unless the outcome is `joined`.
   */
  join(joining: Joining, now: number): Promise<JoinOutcome>;
  /** The user has accepted a version of the terms. False if there is no such active account. */
  acceptTerms(id: string, accepted: NonNullable<Account['accepted']>): Promise<boolean>;
  /** Replaces all claims; undefined removes them. False if there is no such account. */
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
   * One act: changes the password, and ends every session of the account except the next one,
   * with the families of the ended sessions that have no `offline_access`. Approved deferred
   * requests that were not redeemed become void. False, and nothing changed, if there is no such
   * account, `formerHash` is not its hash, or there is no session for the next one.
   */
  changePassword(id: string, change: PasswordChange, now: number): Promise<boolean>;
  /**
   * Stores another hash of the same password; nothing ends. False, and nothing changed, if its
   * hash is no longer `formerHash`.
   */
  renewPasswordHash(id: string, formerHash: string, passwordHash: string): Promise<boolean>;
  /**
   * One act: ends the sessions, consents and families of an account, and leaves it active. False
   * if there is no such account.
   */
  endEverything(id: string, now: number): Promise<boolean>;
}

/** The keys of the server in the store. Each method is one atomic, durable act. */
export interface KeyStore {
  list(): Promise<readonly StoredKey[]>;
  /**
   * Adds keys only if there is none of their algorithm, so that two nodes at a first start agree.
   */
  addFirst(keys: readonly StoredKey[]): Promise<void>;
  /**
   * Adds a key. Former keys of its algorithm get `retiredAt` if they have none. With `former`, the
   * id of a key: only if that key is the newest of its algorithm. False if it is not, and nothing
   * changed.
   */
  rotate(key: StoredKey, formerRetiredAt: number, former?: string): Promise<boolean>;
}

/** The leases in the store. The node that holds a lease runs periodic tasks. */
export interface LeaseStore {
  /**
   * Takes a lease for some seconds by the clock of the database, or extends it; 0 gives it up.
   * False if another holder has it. A lease may expire while its holder works, so another node may
   * have begun the same work.
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
   * GCRA, exact with concurrent calls: takes one from each bucket, or none from any. Returns 0, or
   * the seconds until an attempt could succeed.
   */
  take(buckets: readonly Bucket[], now: number): Promise<number>;
  /** Returns one to each bucket, because only failures count. */
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
  readonly passkeys: PasskeyStore;
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
  readonly verificationCodes: VerificationCodeStore;
  readonly secondFactors: SecondFactorStore;
  readonly invitations: InvitationStore;
  readonly formerEmails: FormerEmailStore;
  /**
   * Deletes what has been dead for long enough, at most `limit` rows of each table. Returns how
   * many.
   */
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
  /** Without it, there are no codes of authenticator apps. */
  readonly oneTimePasswords?: OneTimePasswords;
  /** The keeper of private keys. Default: sealed in the store by the vault. */
  readonly privateKeys?: PrivateKeys;
  /**
   * Without it, nothing that needs requests to addresses of clients is offered: no key sets or
   * documents by address.
   */
  readonly outbound?: Outbound;
  /**
   * Requests to addresses that the operator declared. They may be in a private network. Without
   * it, no API is asked for the names of resources.
   */
  readonly ownOutbound?: Outbound;
  /** Names resources, for types of authorization details with the resolver `function`. */
  readonly resolveResources?: ResourceResolver;
  /**
   * Is told when a request begins to wait for another host or a password check, and when it ends.
   */
  readonly externalWaits?: ExternalWaits;
  /** Waits for some seconds. Default: the timer of the process. */
  readonly pause?: (seconds: number) => Promise<void>;
  /** Answers AuthZEN questions. Without it, there are no such endpoints. */
  readonly decisions?: DecisionPoint;
  /** Without it, there are no passkeys. */
  readonly passkeys?: PasskeyVerifier;
  /** Without it, a browser cannot work for further attempts, and users wait. */
  readonly workProofs?: WorkProofs;
  /** Without it, clients and networks have no rate limits. */
  readonly limits?: Limits;
}
