/**
 * What a client says in its registration beyond what every client has: each member belongs to one extension, and is absent where it was
 * not said. In the store as JSON. Names are those of the IANA registry of client metadata, in camel case.
 */
import type { SigningAlgorithm } from '@keywright/jwt';
import type { ResponseMode, ResponseType } from '@keywright/wire';
/** How something is encrypted for the client: key management and content (RFC 7518 §4.1, §5.1). */
export interface EncryptionChoice {
  readonly alg: string;
  readonly enc: string;
}

export interface ClientSettings {
  /** Held to this profile, where it is stricter than the server's. */
  readonly profile?: ProfileName;
  readonly responseTypes?: readonly ResponseType[];
  readonly responseModes?: readonly ResponseMode[];

  // Its keys (RFC 7591 §2), and how it proves who it is (RFC 7523, RFC 8705 §2).
  readonly jwks?: { readonly keys: readonly Readonly<Record<string, unknown>>[] };
  readonly jwksUri?: string;
  readonly tokenEndpointAuthSigningAlg?: string;
  /** One name in its certificate, for `tls_client_auth` (RFC 8705 §2.1.2). */
  readonly tlsClientAuth?: {
    readonly kind: 'subject_dn' | 'san_dns' | 'san_uri' | 'san_ip' | 'san_email';
    readonly value: string;
  };

  // What its tokens are bound to.
  readonly dpopBoundAccessTokens?: boolean;
  readonly certificateBoundAccessTokens?: boolean;

  // Its requests (RFC 9101, RFC 9126).
  readonly requirePushedRequests?: boolean;
  readonly requireSignedRequestObject?: boolean;
  readonly requestObjectSigningAlg?: string;
  readonly requestObjectEncryption?: EncryptionChoice;
  readonly requestUris?: readonly string[];
  readonly defaultMaxAge?: number;
  readonly requireAuthTime?: boolean;
  readonly defaultAcrValues?: readonly string[];
  readonly authorizationDetailsTypes?: readonly string[];
  /** It may leave PKCE out, where the profile lets it. */
  readonly requirePkce?: false;
  /** It asks for passwords itself, at the authorization challenge endpoint. */
  readonly firstPartyChallenge?: true;

  // Its refresh tokens, where they are not as its tier has them.
  readonly refreshAbsoluteSeconds?: 'never';
  readonly refreshRetrySeconds?: 'until_used';

  // What it is answered.
  readonly authorizationSignedResponseAlg?: SigningAlgorithm;
  readonly authorizationEncryption?: EncryptionChoice;
  readonly idTokenEncryption?: EncryptionChoice;
  /** Its ID tokens hold the claims of its scopes, beside those that were asked for one by one. */
  readonly idTokenClaims?: 'from_scopes';
  readonly userinfoSignedResponseAlg?: SigningAlgorithm;
  readonly userinfoEncryption?: EncryptionChoice;
  readonly introspectionSignedResponseAlg?: SigningAlgorithm;
  readonly introspectionEncryption?: EncryptionChoice;
  readonly subjectType?: 'public' | 'pairwise';
  readonly sectorIdentifierUri?: string;

  // Signing out (OpenID Connect RP-Initiated, Back-Channel and Front-Channel Logout).
  readonly postLogoutRedirectUris?: readonly string[];
  readonly backchannelLogoutUri?: string;
  readonly backchannelLogoutSessionRequired?: boolean;
  readonly frontchannelLogoutUri?: string;
  readonly frontchannelLogoutSessionRequired?: boolean;

  // CIBA §4.
  readonly backchannelTokenDeliveryMode?: 'poll' | 'ping';
  readonly backchannelClientNotificationEndpoint?: string;
  readonly backchannelAuthenticationRequestSigningAlg?: string;
  readonly backchannelUserCodeParameter?: boolean;

  // Token exchange: whom it may stand for, and at which APIs (RFC 8693).
  readonly tokenExchange?: {
    readonly impersonation: boolean;
    readonly delegation: boolean;
    readonly audiences: readonly string[];
  };
  /** Whose assertions it may bring as grants (RFC 7523 §2.1). */
  readonly assertionIssuers?: readonly string[];

  // Told to people, and by people.
  readonly logoUri?: string;
  readonly policyUri?: string;
  readonly tosUri?: string;
  readonly initiateLoginUri?: string;
  readonly contacts?: readonly string[];
  readonly softwareId?: string;
  readonly softwareVersion?: string;
  /** As it came (RFC 7591 §2.3). */
  readonly softwareStatement?: string;

  /** Of a client that registered itself (RFC 7592): the digest of the token by which it is managed. */
  readonly registrationTokenDigest?: string;
}

export const profileNames = [
  'default',
  'oauth-2.1',
  'oidc-certification',
  'fapi-1-advanced',
  'fapi-2',
  'fapi-2-message-signing',
  'mcp',
] as const;

export type ProfileName = (typeof profileNames)[number];
