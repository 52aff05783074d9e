/**
 * The extensions of the server, each with one name. An extension that is off has no route and is
 * not in the metadata. Tier and profile decide which clients may use one that is on.
 */
export interface Features {
  /** PAR (RFC 9126). */
  readonly pushedRequests: boolean;
  /** JAR (RFC 9101): `request`, and `request_uri` where a client registered addresses. */
  readonly requestObjects: boolean;
  /** The parameter `claims` (OpenID Connect Core §5.5). */
  readonly claimsParameter: boolean;
  /** JARM: the response modes that end in `jwt`. */
  readonly securedResponses: boolean;
  /**
   * Response types with `code` and tokens together (OpenID Connect Core §3.3), and `id_token` alone
   * without the implicit grant.
   */
  readonly hybrid: boolean;
  /** RFC 9449. */
  readonly dpop: boolean;
  /** RFC 8705: needs an HTTP layer that provides certificates. */
  readonly mutualTls: boolean;
  /** RFC 8628. */
  readonly deviceAuthorization: boolean;
  /** CIBA. */
  readonly backchannelAuthentication: boolean;
  /** RFC 8693. */
  readonly tokenExchange: boolean;
  /** The grant of RFC 7523 §2.1. */
  readonly jwtAssertions: boolean;
  /** RFC 7591 and 7592: nobody, holders of an initial access token, or everybody. */
  readonly registration: 'off' | 'initial-token' | 'open';
  /** A client's id may be the https address of its metadata (Client ID Metadata Documents). */
  readonly clientIdDocuments: boolean;
  /** RP-initiated, back-channel and front-channel logout. */
  readonly logout: boolean;
  /** Grant Management for OAuth 2.0. */
  readonly grantManagement: boolean;
  /** Global Token Revocation. */
  readonly globalTokenRevocation: boolean;
  /** The authorization challenge endpoint (OAuth 2.0 for First-Party Applications). */
  readonly challengeEndpoint: boolean;
}

export const defaultFeatures: Features = {
  pushedRequests: true,
  requestObjects: true,
  claimsParameter: true,
  securedResponses: true,
  hybrid: false,
  dpop: true,
  mutualTls: false,
  deviceAuthorization: false,
  backchannelAuthentication: false,
  tokenExchange: false,
  jwtAssertions: false,
  registration: 'off',
  clientIdDocuments: false,
  logout: true,
  grantManagement: false,
  globalTokenRevocation: false,
  challengeEndpoint: false,
};

export type FeatureName = keyof Features;
export const featureNames = Object.keys(defaultFeatures) as readonly FeatureName[];
