/**
 * What a sign-in, an agreement or an authorization carries beyond accounts, scopes and audiences. Each member belongs to one
 * extension; most authorizations have none, and then there is no object either.
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

/** What a token is bound to (RFC 7800 §3.1): a DPoP key (RFC 9449 §6.1) or a client certificate (RFC 8705 §3.1). */
export type Confirmation = { readonly jkt: string } | { readonly 'x5t#S256': string };

/** How the person proved who they are. */
export interface SessionTerms {
  readonly acr?: string;
  readonly amr?: readonly string[];
}

/** What the person agreed to beyond scopes. */
export interface GrantTerms {
  readonly authorizationDetails?: readonly AuthorizationDetail[];
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
