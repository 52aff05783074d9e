/**
 * What a sign-in, an agreement or an authorization carries in addition to accounts, scopes and
 * audiences. Each member belongs to one extension. Most authorizations have none of them.
 */

/**
 * One object of `authorization_details` (RFC 9396 §2). Members other than `type` are not checked
 * by this type.
 */
export type AuthorizationDetail = Readonly<Record<string, unknown>> & { readonly type: string };

/** The claims that a client asked for one by one (OpenID Connect Core §5.5), checked. */
export interface ClaimsRequest {
  readonly userinfo?: Readonly<Record<string, ClaimRequest | null>>;
  readonly id_token?: Readonly<Record<string, ClaimRequest | null>>;
}

/** What a client asks for in one claim (OpenID Connect Core §5.5.1). */
export interface ClaimRequest {
  readonly essential?: boolean;
  readonly value?: unknown;
  readonly values?: readonly unknown[];
}

/**
 * What a token is bound to (RFC 7800 §3.1): a DPoP key (RFC 9449 §6.1) or a client certificate
 * (RFC 8705 §3.1).
 */
export type Confirmation = { readonly jkt: string } | { readonly 'x5t#S256': string };

/** How the user was authenticated (OpenID Connect Core §2). */
export interface SessionTerms {
  /** The name of the strength. Absent in a session whose strength follows from its methods. */
  readonly acr?: string;
  /** The methods (RFC 8176 §2). Absent if it was the password alone. */
  readonly amr?: readonly string[];
}

/**
 * The names of what is stronger than a password: two factors, and two factors of which one cannot
 * be relayed by a page that imitates this server.
 */
export const strongerAcrs = [
  'urn:keywright:acr:two-factor',
  'urn:keywright:acr:phishing-resistant',
] as const;

/**
 * What the user agreed to in addition to scopes. In a consent, a code and a family, each resource
 * has its own authorization detail (`kernel/authorization-details/parts.ts`).
 */
export interface ConsentTerms {
  readonly authorizationDetails?: readonly AuthorizationDetail[];
  /**
   * Of a consent: what the user declined. It is not asked for again, unless the client asks for
   * something else with it.
   */
  readonly declinedDetails?: readonly AuthorizationDetail[];
  /**
   * Of a consent for a client whose id is an address: a digest of what its document said at that
   * time (`kernel/clients/document-agreement.ts`).
   */
  readonly described?: string;
}

/**
 * What a code passes on to its family, and a family to its tokens, in addition to scopes and
 * audiences.
 */
export interface AuthorizationTerms extends SessionTerms, ConsentTerms {
  readonly claims?: ClaimsRequest;
  /** Of a code: the client must prove this key when it redeems the code (RFC 9449 §10). */
  readonly dpopThumbprint?: string;
  /** Of a family: what its refresh tokens are bound to. */
  readonly confirmation?: Confirmation;
  /** Who acts for the subject (RFC 8693 §4.1). */
  readonly act?: Readonly<Record<string, unknown>>;
}

/**
 * The authorization details of a request, each as the client sent it, and how they are divided
 * into resources.
 */
export interface RequestedDetails {
  readonly asked: readonly AuthorizationDetail[];
  /** By type: the member whose values are resources. */
  readonly members: Readonly<Record<string, string>>;
  /** Types that the user is asked about each time. */
  readonly everyTime?: readonly string[];
  /**
   * By type, if a detail of it names no resource, so that the user picks: how many resources the
   * user may pick. Such a detail itself is never granted.
   */
  readonly choices?: Readonly<Record<string, number>>;
}

/** How a client wants the user to be authenticated (OpenID Connect Core §5.5.1.1). */
export interface AcrWish {
  /** In order of preference. Empty: any. */
  readonly values: readonly string[];
  /** Another one will not do (§5.5.1.1). */
  readonly essential: boolean;
}

/** The members of a JSON object, not checked. */
export type JsonMembers = Readonly<Record<string, unknown>>;
