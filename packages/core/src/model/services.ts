/**
 * What an authorization server remembers for seconds, or counts: interfaces alone, so that what is
 * handed to every endpoint (core.ts) does not depend on how each of them is made.
 */
import type { Jwk, KeySet, VerificationKey } from '@keywright/jwt';
import type { Client, Api, ApiScope } from './entities.ts';
import type { AuthorizationDetail, Confirmation, JsonMembers } from './terms.ts';
import type { StatusEntry } from './status-ports.ts';
import type { Bucket } from './ports.ts';
import type { Allowance, Turns } from './limit-ports.ts';

export interface AssertionKeys {
  /**
   * @throws JwtError `keys_unavailable` (or rejects with it) when the issuer's address cannot be
   * reached
   */
  resolve(
    issuer: AssertionIssuer,
    kid: string | undefined,
    algorithm: string,
  ): VerificationKey | undefined | Promise<VerificationKey | undefined>;
}

export interface DpopNonces {
  /** What proofs should hold now. */
  current(now: number): string;
  /**
   * Those of this minute and its neighbours are good: a proof is underway for a while, and clocks
   * of nodes differ.
   */
  isGood(nonce: string | undefined, now: number): boolean;
}

export interface ClientKeys {
  /**
   * The client's key of this name and algorithm, or undefined when it has none. At once when it is
   * at hand.
   * @throws JwtError `keys_unavailable` (or rejects with it) when its address cannot be reached
   */
  resolve(
    client: Client,
    kid: string | undefined,
    algorithm: string,
  ): VerificationKey | undefined | Promise<VerificationKey | undefined>;
  /**
   * Its JWKs as they were published, and empty where it has none. When none is the one that is
   * sought, its address is asked again, no more often than for an unknown name. Rejects as
   * `resolve` does.
   */
  jwks(client: Client, isSought?: (jwk: Jwk) => boolean): Promise<readonly Jwk[]>;
}

/**
 * `stored`: the row of the store, and not what is remembered of it. The others differ for a client
 * whose id is an address. `kept`: what a user agreed to last is good enough. `current`: its
 * document, where that can be read and the client proves who it is by a key, since the document may
 * have withdrawn one. `described`: only while its document can be read.
 */
export type Need = 'kept' | 'stored' | 'current' | 'described';

/**
 * At once when the client is remembered. `remoteAddress`: of the request; its networks may have
 * only so many documents fetched at once.
 */
export type ClientLoader = (
  id: string,
  need?: Need,
  remoteAddress?: string,
) => Client | undefined | Promise<Client | undefined>;

export interface SecretUses {
  record(clientId: string, secretId: string, now: number): void;
}

export interface Statements {
  /**
   * The claims about the client. Throws software_statement_invalid or
   * software_statement_unapproved.
   */
  verify(statement: string, now: number): Promise<JsonMembers>;
}

export interface HostLimits {
  /** One request to the domain of this address. Where it is not allowed, nothing is taken. */
  take(address: string): Allowance;
}

/**
 * Marks against replay (of a proof, of an assertion): small, and many. Counted by each process for
 * itself, so that none of them costs a second row.
 */
export interface MarkLimits {
  /**
   * Before one is kept. Takes nothing of a client that is known to be who it is. Throws throttled.
   */
  take(client: Client, remoteAddress: string): void;
}

/**
 * Limits how much work runs at once. Nobody waits: without a free place, the work is refused before
 * it begins.
 */
export interface Semaphore {
  /**
   * Does the work and returns its result. Throws `refusal()` if no place is free. `networks` are
   * those of the caller, the narrowest first.
   */
  use<T>(networks: readonly string[], work: () => Promise<T>): Promise<T>;
}

/**
 * Answers at once for a parent that is remembered. `since`: of a client that was enabled again,
 * which has another place since.
 */
export type StatusAssigner = (parent: string, since?: number) => StatusEntry | Promise<StatusEntry>;

export type TokenVerifier = (token: string, keys: KeySet, now: number) => OwnAccessToken;

/** A turn at an account is told by the buckets that it was taken from. */
export type PasswordTurns = Turns<readonly Bucket[]>;

export interface OwnAccessToken {
  readonly iss: string;
  /** The person as the client knows them, or the client itself. */
  readonly sub: string;
  readonly aud: string;
  readonly client_id: string;
  readonly iat: number;
  readonly exp: number;
  readonly jti: string;
  readonly scope: string;
  readonly auth_time?: number;
  readonly acr?: string;
  readonly amr?: readonly string[];
  readonly act?: Readonly<Record<string, unknown>>;
  /** Who may act for the subject (RFC 8693 §4.4). */
  readonly may_act?: unknown;
  /** Claims that the client asked for one by one, to be had at userinfo. */
  readonly userinfo_claims?: readonly string[];
  readonly cnf?: Confirmation;
  readonly authorization_details?: readonly AuthorizationDetail[];
}

export interface ApiDirectory {
  readonly all: readonly Api[];
  find(identifier: string): Api | undefined;
  /** The one API that a scope belongs to. */
  ofScope(scope: string): Api | undefined;
  describe(scope: string): ApiScope | undefined;
}

export type ApiLoader = () => ApiDirectory | Promise<ApiDirectory>;

/** An issuer whose JWT assertions clients may use as grants (RFC 7523 §2.1). */
export interface AssertionIssuer {
  /** Its `iss`, exactly. */
  readonly issuer: string;
  /** Its public keys, here or at an https address. */
  readonly jwks?: { readonly keys: readonly Jwk[] };
  readonly jwksUri?: string;
  /** What its `sub` is: the verified address, or the id, of an account. */
  readonly subjects: 'account_email' | 'account_id';
  /** APIs that its assertions open; all that the client may call when left out. */
  readonly audiences?: readonly string[];
}

export interface ClientDocuments {
  /**
   * The client that the document at this address describes; undefined when there is none to be had:
   * why stands in the log. `isKept`: somebody has agreed to it, so it does not stand in line with
   * ids that anybody may have made up. `remoteAddress`: where it is asked for.
   */
  load(
    clientId: string,
    remoteAddress: string,
    isKept?: boolean,
  ): Client | undefined | Promise<Client | undefined>;
}
