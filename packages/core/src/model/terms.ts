/**
 * What a sign-in, an agreement or an authorization carries beyond accounts, scopes and audiences.
 * Each member belongs to one extension; most authorizations have none, and then there is no object
 * either.
 */
export type AuthorizationDetail = Readonly<Record<string, unknown>> & { readonly type: string };

/** The claims that a client asked for one by one (OpenID Connect Core §5.5), checked. */
export interface ClaimsRequest {
  readonly userinfo?: Readonly<Record<string, ClaimRequest | null>>;
  readonly id_token?: Readonly<Record<string, ClaimRequest | null>>;
}

export interface ClaimRequest {
  readonly essential?: boolean;
  readonly value?: unknown;
  readonly values?: readonly unknown[];
}

/**
 * What a token is bound to (RFC 7800 §3.1): a DPoP key (RFC 9449 §6.1) or a client certificate (RFC
 * 8705 §3.1).
 */
export type Confirmation = { readonly jkt: string } | { readonly 'x5t#S256': string };

/** How the person proved who they are. */
export interface SessionTerms {
  readonly acr?: string;
  readonly amr?: readonly string[];
}

/**
 * What the person agreed to beyond scopes. In a grant, a code and a family each resource stands in
 * a detail of its own (`kernel/authorization-details/parts.ts`).
 */
export interface GrantTerms {
  readonly authorizationDetails?: readonly AuthorizationDetail[];
  /**
   * Of a grant: what they left out, and are not asked for again while the client asks for something
   * else beside it.
   */
  readonly declinedDetails?: readonly AuthorizationDetail[];
  /**
   * Of a grant to a client whose id is an address: what its document said of it then, as a digest
   * (`kernel/clients/document-agreement.ts`).
   */
  readonly described?: string;
}

/** What a code carries to its family, and a family to its tokens. */
export interface AuthorizationTerms extends SessionTerms, GrantTerms {
  readonly claims?: ClaimsRequest;
  /** Of a code: its redeemer must prove this key (RFC 9449 §10). */
  readonly dpopThumbprint?: string;
  /** Of a family: what its refresh tokens are bound to. */
  readonly confirmation?: Confirmation;
  /** Who acts for the subject (RFC 8693 §4.1). */
  readonly act?: Readonly<Record<string, unknown>>;
}

/**
 * Carried sealed, so each stands as it was asked for, and with it the member by which it is taken
 * apart.
 */
export interface RequestedDetails {
  readonly asked: readonly AuthorizationDetail[];
  /** By type: the member whose values are single resources. */
  readonly members: Readonly<Record<string, string>>;
  /** Types that the person is asked about each time. */
  readonly everyTime?: readonly string[];
}

export interface AcrWish {
  /** In order of preference; none: whichever holds. */
  readonly values: readonly string[];
  /** Another one will not do (§5.5.1.1). */
  readonly essential: boolean;
}

export type JsonMembers = Readonly<Record<string, unknown>>;
