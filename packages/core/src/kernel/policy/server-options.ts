/** The options of the authorization server. `options.ts` checks and completes them. */
import type { ProfileName } from '../../model/client-settings.ts';
import type { KeyAlgorithm } from '../../model/key-ports.ts';
import type { AssertionIssuer } from '../../model/services.ts';
import type { Features } from '../../model/features.ts';
import type { RegistrationOptions } from './registration-options.ts';
import type { TierLifetimes } from './tiers.ts';
import type { TierName } from '../../model/features.ts';

export type DpopNonceDemand = 'off' | 'required';

/** Limits for backchannel requests to one user (CIBA). */
export interface BackchannelRequestLimits {
  /** Requests of one client that may wait for one user at once. Default 2, at most 100. */
  readonly waitingOfClient: number;
  /** Requests of all clients that may wait for one user at once. Default 6, at most 100. */
  readonly waitingOfAccount: number;
  /**
   * How many requests one client may send to one user in a row. After that, one in a minute.
   * Default 10, at most
   * 1000.
   */
  readonly burst: number;
}

/** Who may create an account. */
export const signUps = ['closed', 'invite', 'domains', 'open'] as const;
/** Who may create an account: one of `signUps`. */
export type SignUp = (typeof signUps)[number];

/** Terms that users accept. */
export interface Terms {
  /** An https address. */
  readonly url: string;
  /** For example a date. Change it with the terms. */
  readonly version: string;
  /**
   * From when users who have not accepted this version are asked for it: seconds since 1970.
   * Default: at once.
   */
  readonly requiredFrom?: number;
}

/**
 * Who must sign in with two factors: users of these clients, users of what asks for these scopes,
 * and users in these groups. At least one member is not empty.
 */
export interface SecondFactorDemand {
  /** All clients of these tiers. */
  readonly tiers?: readonly TierName[];
  /** Single clients, by their ids. */
  readonly clients?: readonly string[];
  /** Requests for one of these scopes, whoever sends them. */
  readonly scopes?: readonly string[];
  /**
   * Users in one of these groups of the permissions, at every client: `group:staff`, or
   * `role:administrator`. Without a type, it is `group`.
   */
  readonly groups?: readonly string[];
}

/** Which passkeys there are, and what they are called. */
export interface PasskeyOptions {
  /**
   * The relying party identifier: passkeys are bound to it (Web Authentication §5.1.2). The host of
   * the issuer, or a domain above it. Default: the host.
   */
  readonly rpId?: string;
  /** Other origins that may use it, published at `/.well-known/webauthn` (§5.11.1). */
  readonly origins?: readonly string[];
  /** Names of authenticators by their AAGUIDs, in addition to the names of widespread ones. */
  readonly names?: Readonly<Record<string, string>>;
}

/** The options of an authorization server. Only `issuer` has no default. */
export interface AuthorizationServerOptions {
  /**
   * The issuer identifier: an origin, with a path if the server is below one, without a trailing
   * slash.
   */
  readonly issuer: string;
  /** A published profile. It sets and locks everything that it demands. Default `default`. */
  readonly profile?: ProfileName;
  /** Extensions to switch on or off. Throws ConfigError if the profile locks one. */
  readonly features?: Partial<Features>;
  /** The algorithms of the signing keys, including ES256. Default ES256 and RS256. */
  readonly keyAlgorithms?: readonly KeyAlgorithm[];
  /** Whether DPoP proofs must contain a nonce of this server (RFC 9449 §8). Default `off`. */
  readonly dpopNonce?: DpopNonceDemand;
  /** The access of dynamic clients. */
  readonly registration?: RegistrationOptions;
  /** Issuers whose assertions clients may use as grants (RFC 7523 §2.1). Default none. */
  readonly assertionIssuers?: readonly AssertionIssuer[];
  /**
   * The host for client certificates, if it is another one: announced as `mtls_endpoint_aliases`
   * (RFC 8705 §5). An https origin.
   */
  readonly mutualTlsOrigin?: string;
  /** Changes to the lifetimes of a tier. */
  readonly lifetimes?: Partial<Record<TierName, Partial<TierLifetimes>>>;
  /** How long clients, APIs and keys may be cached. Default 5, at most 5. */
  readonly cacheSeconds?: number;
  /** How long a session at the pages lasts without use. Default 7 days. */
  readonly sessionIdleSeconds?: number;
  /** How long a session at the pages lasts at most. Default 30 days. */
  readonly sessionAbsoluteSeconds?: number;
  /** How long a user may take between the application's link and the answer. Default 30 minutes. */
  readonly interactionSeconds?: number;
  /**
   * The `acr` value of a sign-in with a password (OpenID Connect Core §2). Default
   * `urn:keywright:acr:password`.
   */
  readonly passwordAcr?: string;
  /**
   * Whether mails to people are put into the store (`deliveries`, of the kind `mail`). The product
   * has to send them. Default false.
   */
  readonly sendsMail?: boolean;
  /**
   * Who may create an account: nobody, who was invited, who has an address of one of
   * `signUpDomains`, or everybody. Needs `sendsMail`. Default `closed`.
   */
  readonly signUp?: SignUp;
  /** With `signUp: 'domains'`: `example.com`, in lower case. */
  readonly signUpDomains?: readonly string[];
  /**
   * The terms that a user accepts with a new account, and again if they have another version. The
   * version is stored.
   */
  readonly terms?: Terms;
  /**
   * Where two factors are demanded: a password and a code, or a passkey. A user who has neither
   * adds one during the sign-in. Needs the feature `totp` or `passkeys`. Default: nowhere.
   */
  readonly secondFactor?: SecondFactorDemand;
  /** Default: passkeys of the host of the issuer. */
  readonly passkeys?: PasskeyOptions;
  /** Changes to the limits of backchannel requests (CIBA). */
  readonly backchannelRequests?: Partial<BackchannelRequestLimits>;
}
