/**
 * What an authorization server caches for seconds, or counts. Only interfaces, so that what every
 * endpoint gets (core.ts) does not depend on how each is made.
 */
import type { BoundedMap, Jwk, KeySet, VerificationKey } from '@keywright/jwt';
import type { Client, Api, ApiScope } from './entities.ts';
import type { AuthorizationDetail, Confirmation, JsonMembers } from './terms.ts';
import type { StatusEntry } from './status-ports.ts';
import type { Bucket } from './ports.ts';
import type { Allowance, Turns } from './limit-ports.ts';
import type { NamedResource } from './resource-ports.ts';

/** An issuer whose keys the operator declared, or where they are published. */
export interface DeclaredIssuer {
  readonly issuer: string;
  readonly jwks?: { readonly keys: readonly Jwk[] } | undefined;
  readonly jwksUri?: string | undefined;
}

/** Finds the keys of issuers that the operator declared. */
export interface IssuerKeys {
  /**
   * @throws JwtError `keys_unavailable` (or rejects with it) when the issuer's address cannot be
   * reached
   */
  resolve(
    issuer: Pick<DeclaredIssuer, 'issuer'>,
    kid: string | undefined,
    algorithm: string,
  ): VerificationKey | undefined | Promise<VerificationKey | undefined>;
}

/** Finds the keys of clients, inline or at their addresses. */
export interface ClientKeys {
  /**
   * The client's key of this name and algorithm, or undefined. Without a promise if it is cached.
   * @throws JwtError `keys_unavailable` (or rejects with it) if its address cannot be reached
   */
  resolve(
    client: Client,
    kid: string | undefined,
    algorithm: string,
  ): VerificationKey | undefined | Promise<VerificationKey | undefined>;
  /**
   * The published JWKs of the client; empty if it has none. If none is the one that is sought, its
   * address is fetched again, no more often than for an unknown name. Rejects as `resolve` does.
   */
  jwks(client: Client, isSought?: (jwk: Jwk) => boolean): Promise<readonly Jwk[]>;
}

/**
 * How current a client must be. `stored`: the row of the store, not a cached one. The others
 * differ for a client whose id is an address. `kept`: what a user agreed to last. `current`: its
 * document, if that can be read and the client authenticates with a key, because the document may
 * have withdrawn the key. `described`: only if its document can be read.
 */
export type Need = 'kept' | 'stored' | 'current' | 'described';

/**
 * Loads a client, without a promise if it is cached. `remoteAddress` is the caller: one network
 * may cause only a limited number of fetches at once.
 */
export type ClientLoader = (
  id: string,
  need?: Need,
  remoteAddress?: string,
) => Client | undefined | Promise<Client | undefined>;

/** Records when client secrets are used. */
export interface SecretUses {
  record(clientId: string, secretId: string, now: number): void;
}

/** Verifies software statements (RFC 7591 §2.3). */
export interface Statements {
  /**
   * Returns the claims about the client.
   * @throws OAuthError `software_statement_invalid` or `software_statement_unapproved`
   */
  verify(statement: string, now: number): Promise<JsonMembers>;
}

/** Limits requests to the hosts of clients. */
export interface HostLimits {
  /** Takes one request to the domain of this address. Takes nothing if it is not allowed. */
  take(address: string): Allowance;
}

/** Limits replay markers. Each process counts for itself, so that no marker costs a second row. */
export interface MarkLimits {
  /**
   * Call before a marker is stored. Takes nothing from a client that was authenticated.
   * @throws OAuthError `throttled`
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
 * Assigns an entry in a status list to what ends a token, without a promise if it is cached.
 * `since` is when a client was enabled again: it has another entry from then on.
 */
export type StatusAssigner = (parent: string, since?: number) => StatusEntry | Promise<StatusEntry>;

export type TokenVerifier = (token: string, keys: KeySet, now: number) => OwnAccessToken;

/** Turns at one account. A turn is the buckets that it was taken from. */
export type PasswordTurns = Turns<readonly Bucket[]>;

/** The claims of an access token of this server, verified (RFC 9068 §2.2). */
export interface OwnAccessToken {
  readonly iss: string;
  /** The user as the client knows them, or the client itself. */
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
  /** Claims that the client asked for one by one, for userinfo. */
  readonly userinfo_claims?: readonly string[];
  readonly cnf?: Confirmation;
  readonly authorization_details?: readonly AuthorizationDetail[];
}

/** The APIs of the server, found by identifier or scope. */
export interface ApiDirectory {
  readonly all: readonly Api[];
  find(identifier: string): Api | undefined;
  /** The one API that a scope belongs to. */
  ofScope(scope: string): Api | undefined;
  describe(scope: string): ApiScope | undefined;
}

/** Loads the APIs, without a promise if they are cached. */
export type ApiLoader = () => ApiDirectory | Promise<ApiDirectory>;

/** What APIs said of their resources, for minutes, and what is being asked now. */
export interface ResourceMemory {
  readonly names: BoundedMap<string, RememberedResources>;
  readonly lists: BoundedMap<string, RememberedResources>;
  readonly asking: Map<string, Promise<readonly NamedResource[] | undefined>>;
}

export interface RememberedResources {
  readonly resources: readonly NamedResource[];
  /** Seconds since 1970. */
  readonly until: number;
}

/** What one page shows of the resources, by the type of their authorization details. */
export type Naming = ReadonlyMap<string, TypeNames>;

export interface TypeNames {
  /** By identifier. Undefined if the API could not be asked. */
  readonly named: ReadonlyMap<string, NamedResource> | undefined;
  /** The resources of the user. Undefined if the API was not or could not be asked. */
  readonly own: readonly NamedResource[] | undefined;
}

/** An issuer whose JWT assertions clients may use as grants (RFC 7523 §2.1). */
export interface AssertionIssuer {
  /** Its `iss`, exactly. */
  readonly issuer: string;
  /** Its public keys, here or at an https address. */
  readonly jwks?: { readonly keys: readonly Jwk[] };
  readonly jwksUri?: string;
  /** What its `sub` is: the verified e-mail address or the id of an account. */
  readonly subjects: 'account_email' | 'account_id';
  /** The APIs that its assertions allow. Default: all that the client may use. */
  readonly audiences?: readonly string[];
}

export interface ClientDocuments {
  /**
   * The client that the document at this address describes. Undefined if it cannot be read; the
   * log says why. `isKept`: a user has agreed to it, so it does not wait in line with ids that
   * anyone may invent. `remoteAddress`: the address of the caller.
   */
  load(
    clientId: string,
    remoteAddress: string,
    isKept?: boolean,
  ): Client | undefined | Promise<Client | undefined>;
}
