/** What the authorization server is told. `options.ts` checks it and completes it. */
import type { ProfileName } from '../../model/client-settings.ts';
import type { KeyAlgorithm } from '../../model/key-ports.ts';
import type { AssertionIssuer } from '../../model/services.ts';
import type { Features } from './features.ts';
import type { RegistrationOptions } from './registration-options.ts';
import type { TierLifetimes, TierName } from './tiers.ts';

export type DpopNonceDemand = 'off' | 'required';

/** How much clients may bring before one person who is elsewhere (CIBA). */
export interface BackchannelRequestLimits {
  /** Requests of one client that wait for one person at once. Default 2, at most 100. */
  readonly waitingOfClient: number;
  /** Requests of all clients that wait for one person at once. Default 6, at most 100. */
  readonly waitingOfAccount: number;
  /**
   * How often one client may ask one person in a row; after that once a minute. Default 10, at most
   * 1000.
   */
  readonly burst: number;
}

export interface AuthorizationServerOptions {
  /**
   * The issuer identifier: an origin, with a path if the server lives below one, without a trailing
   * slash.
   */
  readonly issuer: string;
  /** A published profile: sets and locks all that it demands. Default `default`. */
  readonly profile?: ProfileName;
  /** Extensions to switch on or off. Throws ConfigError against what the profile locks. */
  readonly features?: Partial<Features>;
  /** Algorithms to have signing keys of, ES256 among them. Default ES256 and RS256. */
  readonly keyAlgorithms?: readonly KeyAlgorithm[];
  /** Whether DPoP proofs must hold a nonce of this server (RFC 9449 §8). Default `off`. */
  readonly dpopNonce?: DpopNonceDemand;
  /** What clients that come by themselves may be. */
  readonly registration?: RegistrationOptions;
  /** Issuers whose assertions clients may bring as grants (RFC 7523 §2.1). Default none. */
  readonly assertionIssuers?: readonly AssertionIssuer[];
  /**
   * Where clients come with their certificates, when that is another host: announced as
   * `mtls_endpoint_aliases` (RFC 8705 §5). An https origin.
   */
  readonly mutualTlsOrigin?: string;
  /** Changes to the lifetimes of a tier. */
  readonly lifetimes?: Partial<Record<TierName, Partial<TierLifetimes>>>;
  /**
   * How long clients, APIs and keys may be remembered before the store is asked again. Default 5,
   * at most 5.
   */
  readonly cacheSeconds?: number;
  /** How long a session at the pages lasts without use. Default 7 days. */
  readonly sessionIdleSeconds?: number;
  /** How long a session at the pages lasts at most. Default 30 days. */
  readonly sessionAbsoluteSeconds?: number;
  /**
   * How long a person may take between the application's link and the answer. Default 30 minutes.
   */
  readonly interactionSeconds?: number;
  /**
   * What a sign-in by password is called in `acr` (OpenID Connect Core §2). Default
   * `urn:keywright:acr:password`.
   */
  readonly passwordAcr?: string;
  /** Changes to the bounds of requests that wait for a person (CIBA). */
  readonly backchannelRequests?: Partial<BackchannelRequestLimits>;
}
