/** What is said of a client that is to be: the names of RFC 7591 §2 and of the specifications that add to it, and a few words of our own. */

export interface ClientRegistration {
  readonly client_id?: string | undefined;
  /** At least 32 characters, and random; made here when it is left out. */
  readonly client_secret?: string | undefined;
  readonly kind: string;
  readonly trust: string;
  readonly client_name: string;
  readonly publisher?: string | undefined;
  readonly client_uri?: string | undefined;
  readonly redirect_uris?: readonly string[] | undefined;
  readonly grant_types?: readonly string[] | undefined;
  /** Words with spaces between: the ceiling of what it may ever be granted. */
  readonly scope?: string | undefined;
  /** Those of `scope` that a person may untick. */
  readonly optional_scope?: string | undefined;
  readonly token_endpoint_auth_method?: string | undefined;
  /** Its public keys, here or at an https address. */
  readonly jwks?: { readonly keys: readonly Readonly<Record<string, unknown>>[] } | undefined;
  readonly jwks_uri?: string | undefined;
  readonly token_endpoint_auth_signing_alg?: string | undefined;
  /** One name in its certificate, for `tls_client_auth` (RFC 8705 §2.1.2). */
  readonly tls_client_auth_subject_dn?: string | undefined;
  readonly tls_client_auth_san_dns?: string | undefined;
  readonly tls_client_auth_san_uri?: string | undefined;
  readonly tls_client_auth_san_ip?: string | undefined;
  readonly tls_client_auth_san_email?: string | undefined;
  readonly tls_client_certificate_bound_access_tokens?: boolean | undefined;
  /** Default: those that its grants are for. */
  readonly response_types?: readonly string[] | undefined;
  readonly response_modes?: readonly string[] | undefined;
  readonly require_pushed_authorization_requests?: boolean | undefined;
  readonly require_signed_request_object?: boolean | undefined;
  readonly request_object_signing_alg?: string | undefined;
  readonly request_object_encryption_alg?: string | undefined;
  readonly request_object_encryption_enc?: string | undefined;
  /** Addresses that its request objects may be fetched from. */
  readonly request_uris?: readonly string[] | undefined;
  readonly authorization_signed_response_alg?: string | undefined;
  readonly authorization_encrypted_response_alg?: string | undefined;
  readonly authorization_encrypted_response_enc?: string | undefined;
  readonly id_token_signed_response_alg?: string | undefined;
  readonly id_token_encrypted_response_alg?: string | undefined;
  readonly id_token_encrypted_response_enc?: string | undefined;
  /** `from_scopes`: the claims of its scopes stand in its ID tokens, too. */
  readonly id_token_claims?: string | undefined;
  /** Userinfo as plain JSON, where neither a signature nor encryption is asked for. */
  readonly userinfo_signed_response_alg?: string | undefined;
  readonly userinfo_encrypted_response_alg?: string | undefined;
  readonly userinfo_encrypted_response_enc?: string | undefined;
  /** `public`, or `pairwise`: another subject for each sector. */
  readonly subject_type?: string | undefined;
  readonly sector_identifier_uri?: string | undefined;
  /** Seconds, where a request has no `max_age`. */
  readonly default_max_age?: number | undefined;
  readonly require_auth_time?: boolean | undefined;
  readonly default_acr_values?: readonly string[] | undefined;
  readonly logo_uri?: string | undefined;
  readonly policy_uri?: string | undefined;
  readonly tos_uri?: string | undefined;
  /** Where a sign-in at the client may be begun (OpenID Connect Core §4). */
  readonly initiate_login_uri?: string | undefined;
  readonly contacts?: readonly string[] | undefined;
  readonly software_id?: string | undefined;
  readonly software_version?: string | undefined;
  /** RFC 9449 §5.2: its tokens are never given without a proof. */
  readonly dpop_bound_access_tokens?: boolean | undefined;
  /** RFC 9701 §6. */
  readonly introspection_signed_response_alg?: string | undefined;
  readonly introspection_encrypted_response_alg?: string | undefined;
  readonly introspection_encrypted_response_enc?: string | undefined;
  /** Types of authorization details that it may ask for (RFC 9396 §10). */
  readonly authorization_details_types?: readonly string[] | undefined;
  /** `false`: a confidential client that is older than PKCE (RFC 7636) may leave it out. */
  readonly require_pkce?: boolean | undefined;
  /** `never`: its refresh tokens have no absolute end. */
  readonly refresh_absolute_seconds?: string | undefined;
  /** `until_used`: an honest retry is answered until the successor is used. */
  readonly refresh_retry_seconds?: string | undefined;
  /** Whether it may ask for passwords itself, at the authorization challenge endpoint. */
  readonly first_party_challenge?: boolean | undefined;
  /** Where a person may be sent after signing out, compared as exact strings. */
  readonly post_logout_redirect_uris?: readonly string[] | undefined;
  /** Told by the server when a session has ended. */
  readonly backchannel_logout_uri?: string | undefined;
  readonly backchannel_logout_session_required?: boolean | undefined;
  /** Loaded in the person's browser when their session has ended. */
  readonly frontchannel_logout_uri?: string | undefined;
  readonly frontchannel_logout_session_required?: boolean | undefined;
  /** How a service may exchange tokens (RFC 8693), and for which APIs. */
  readonly token_exchange?: TokenExchangeRegistration | undefined;
  /** Whose assertions a service may bring as grants (RFC 7523 §2.1). */
  readonly assertion_issuers?: readonly string[] | undefined;
  /** CIBA §4. */
  readonly backchannel_token_delivery_mode?: string | undefined;
  readonly backchannel_client_notification_endpoint?: string | undefined;
  readonly backchannel_user_code_parameter?: boolean | undefined;
  readonly backchannel_authentication_request_signing_alg?: string | undefined;
  /** A profile that it is held to beside the server's. */
  readonly profile?: string | undefined;
}

export interface TokenExchangeRegistration {
  /** For the subject itself, without a word of who acts. */
  readonly impersonation?: boolean | undefined;
  /** With an actor, who stands in the token. */
  readonly delegation?: boolean | undefined;
  readonly audiences: readonly string[];
}
