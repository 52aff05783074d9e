import type { SigningAlgorithm } from '@keywright/jwt';
import type { DecryptionAlgorithm } from '@keywright/jwt/encryption';
import type { ClientAuthenticationMethod } from '@keywright/wire';
import type { ApiSettings } from './api-settings.ts';
import type { ClientKind, ClientTrust } from './client-kind.ts';
import type { ClientSettings } from './client-settings.ts';
import type { GrantType } from './features.ts';
import type { AuthorizationTerms, ConsentTerms, SessionTerms } from './terms.ts';

export { type ClientKind, clientKinds, type ClientTrust, clientTrusts } from './client-kind.ts';

/**
 * A client secret. The store has its digest only. Two secrets may be valid while one replaces the
 * other.
 */
export interface ClientSecret {
  readonly id: string;
  readonly digest: string;
  /** The sealed secret itself, only for clients that sign with it (`client_secret_jwt`). */
  readonly sealed?: string;
  readonly createdAt: number;
  readonly expiresAt?: number;
}

/**
 * A client as the store keeps it. Most members are client metadata (RFC 7591 §2). Times are in
 * seconds since 1970.
 */
export interface Client {
  readonly id: string;
  readonly kind: ClientKind;
  readonly trust: ClientTrust;
  readonly name: string;
  readonly publisher?: string;
  readonly homepage?: string;
  /**
   * Compared as strings, as registered, except the port of loopback addresses of native clients.
   */
  readonly redirectUris: readonly string[];
  /** The grant types that the client uses, a part of those that its tier allows. */
  readonly grantTypes: readonly GrantType[];
  /** The ceiling: no grant ever carries a scope outside of it. */
  readonly scopes: readonly string[];
  /**
   * The scopes that the user may decline at consent. A scope counts only while it is in `scopes`.
   */
  readonly optionalScopes: readonly string[];
  /** A client with a secret that named no method may use both secret methods. */
  readonly authenticationMethods: readonly ClientAuthenticationMethod[];
  readonly secrets: readonly ClientSecret[];
  /** Algorithm of its ID tokens. */
  readonly idTokenAlgorithm: SigningAlgorithm;
  /** Other metadata; absent if there is none. */
  readonly settings?: ClientSettings;
  readonly status: 'active' | 'disabled';
  /**
   * The provenance of the client. `config`: each start writes it again as the configuration says.
   * `registration`: it registered itself (RFC 7591). `document`: its id is the address of its
   * metadata, and the row is what a user agreed to last.
   */
  readonly origin: 'config' | 'command' | 'registration' | 'document';
  readonly createdAt: number;
  /** When the client was enabled again. Tokens from before that time stay ended. */
  readonly tokensEndedAt?: number;
}

/** A scope of an API. */
export interface ApiScope {
  readonly name: string;
  /** In plain words, from the user's side: "See the buildings you own". */
  readonly description: string;
}

/**
 * A resource server. Its identifier is the audience of the tokens that are issued for it (RFC
 * 8707).
 */
export interface Api {
  readonly identifier: string;
  readonly name: string;
  readonly scopes: readonly ApiScope[];
  /** Ids of service clients that may introspect tokens of this audience (RFC 7662 §2.1). */
  readonly introspectors: readonly string[];
  /**
   * Whether its tokens have an entry in a published status list, so that the API learns within
   * seconds that a token has ended.
   */
  readonly tokenStatus: boolean;
  readonly settings?: ApiSettings;
  readonly origin: 'config' | 'command' | 'built-in';
}

/** An account of a user. */
export interface Account {
  readonly id: string;
  readonly email: string;
  /** The key that the address is found by. It is the same for two spellings of one address. */
  readonly emailKey: string;
  readonly emailVerified: boolean;
  readonly name: string;
  readonly passwordHash: string;
  /** Other claims, by their names in OpenID Connect Core §5.1: `given_name`, `address`. */
  readonly claims?: Readonly<Record<string, unknown>>;
  /** The version of the terms that the user accepted, and when. */
  readonly accepted?: { readonly terms: string; readonly at: number };
  readonly status: 'active' | 'disabled';
  readonly createdAt: number;
}

/**
 * A sign-in at the pages of the authorization server. The cookie is a secret, and the store has
 * its digest.
 */
export interface Session {
  readonly id: string;
  readonly digest: string;
  readonly accountId: string;
  /** When the user was last authenticated. */
  readonly authenticatedAt: number;
  readonly lastSeenAt: number;
  /** Absolute end. */
  readonly expiresAt: number;
  readonly terms?: SessionTerms;
  /** The network of the last use. Absent in a session from before version 15 of the schema. */
  readonly network?: string;
  /** The User-Agent header of the sign-in as it came, cut. */
  readonly userAgent?: string;
}

/** A session in place of the one that the browser had. */
export interface SessionInPlace {
  readonly session: Session;
  /** The digest of the secret of the former one. */
  readonly formerDigest: string;
}

/**
 * The session that there is after a change of a credential. Nothing changes if it lacks a second
 * factor that the account has.
 *
 * - `renewed`: a sign-in goes on with a new id and secret. Nothing changes if the former session is
 *   not one of this account, or has ended meanwhile.
 * - `started`: a sign-in begins. The browser may have had no session, or one of another account.
 */
export type NextSession =
  | { readonly renewed: SessionInPlace }
  | { readonly started: SessionInPlace };

/** A session that has not ended, with its account. */
export interface SignedIn {
  readonly session: Session;
  readonly account: Account;
}

/**
 * A consent: what one user agreed that one client may do. There is one for each account and
 * client.
 */
export interface Consent {
  readonly id: string;
  readonly accountId: string;
  readonly clientId: string;
  readonly scopes: readonly string[];
  /**
   * Optional scopes that the user declined. They are asked for again only with `prompt=consent`.
   */
  readonly declinedScopes: readonly string[];
  readonly audiences: readonly string[];
  readonly createdAt: number;
  readonly lastUsedAt: number;
  readonly terms?: ConsentTerms;
}

/** An authorization code as the store keeps it, by its digest. */
export interface Code {
  readonly digest: string;
  readonly grantId: string;
  /** The family that the code will start. It is known now, so that a second use can end it. */
  readonly familyId: string;
  readonly accountId: string;
  readonly clientId: string;
  readonly redirectUri: string;
  /**
   * Whether the authorization request contained it. Then the token request must contain it too
   * (RFC 6749 §4.1.3).
   */
  readonly redirectUriSent: boolean;
  /** Empty if a confidential client left PKCE out and its policy allows it. */
  readonly codeChallenge: string;
  readonly scopes: readonly string[];
  readonly audiences: readonly string[];
  readonly nonce?: string;
  readonly authenticatedAt: number;
  /** The sign-in that it came from. */
  readonly sessionId?: string;
  readonly terms?: AuthorizationTerms;
  readonly expiresAt: number;
}

/**
 * A refresh token family: the refresh tokens that follow from one authorization. It is one row:
 * the digest of the current refresh token, the digest of the one before with its sealed successor,
 * and both expiry times.
 */
export interface Family {
  readonly id: string;
  readonly grantId: string;
  readonly accountId: string;
  readonly clientId: string;
  readonly scopes: readonly string[];
  readonly audiences: readonly string[];
  readonly authenticatedAt: number;
  /**
   * The session that it came from. The family ends with the session unless it has
   * `offline_access`. Absent if there was no session.
   */
  readonly sessionId?: string;
  readonly terms?: AuthorizationTerms;
  /** The digest of the current refresh token; absent if the client gets none. */
  readonly currentDigest?: string;
  /** Digest of the refresh token spent last. */
  readonly previousDigest?: string;
  /** The current token, sealed with the digest of the one before, for an honest retry. */
  readonly sealedSuccessor?: string;
  readonly rotatedAt?: number;
  readonly createdAt: number;
  /** Moves forward at each use, up to `absoluteExpiresAt`. */
  readonly expiresAt: number;
  readonly absoluteExpiresAt: number;
  readonly endedAt?: number;
}

/**
 * A key of the server in the store. The private half is sealed with a key that is not in the
 * store, or is kept outside of the store.
 */
export interface StoredKey {
  readonly kid: string;
  /** Its algorithm says whether it is for signing or for decryption. */
  readonly algorithm: SigningAlgorithm | DecryptionAlgorithm;
  readonly publicJwk: Readonly<Record<string, unknown>>;
  /**
   * What its keeper finds the private half by: that half itself, sealed, where the store is the
   * keeper.
   */
  readonly sealedPrivateKey: string;
  readonly createdAt: number;
  /**
   * Signs from here on, if no newer key of its algorithm does; it is published from `createdAt`.
   */
  readonly activeAt: number;
  /** Published until here; absent while it has no successor. */
  readonly retiredAt?: number;
}

/**
 * An API key of one client, for one API, in one environment. The store has its digest only. It
 * never allows more than its client may do now.
 */
export interface ApiKey {
  /** 16 characters of base62. It is a part of the key, and no secret. */
  readonly id: string;
  readonly clientId: string;
  /** Where it is used: `live`, `test`; 1 to 16 lower-case letters and digits. */
  readonly environment: string;
  /** For people: "night job on the meter host". */
  readonly name: string;
  /** The one API that it is for. */
  readonly audience: string;
  readonly scopes: readonly string[];
  /** Networks that it may be used from, as CIDR; from anywhere when there are none. */
  readonly networks: readonly string[];
  readonly digest: string;
  readonly createdAt: number;
  /** Never, when absent. */
  readonly expiresAt?: number;
  /** As it was reported. It may be late by some minutes. */
  readonly lastUsedAt?: number;
  readonly revokedAt?: number;
  readonly revokedBecause?: string;
  /** The key that this one was made for in its place. */
  readonly replaces?: string;
}
