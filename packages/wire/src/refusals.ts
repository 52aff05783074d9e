/**
 * The catalogue of all refusals of the server and the guard.
 *
 * A refusal has a `reason` (the key, which never changes), the `error` code on the wire, an HTTP
 * status, a public text, and the section that requires it. No other file of any package chooses a
 * status or an error code. 401 means that authentication is missing or bad. 403 means that the
 * caller is known but may not do this. Both have no other use.
 */
export interface Refusal {
  /** Error code on the wire. Absent if the request has no credentials (RFC 6750 §3.1). */
  readonly error?: string;
  readonly status: number;
  /** The caller sees it. It never contains a value of the request. */
  readonly text: string;
  readonly section: string;
}

/** Refusals of the request itself, at the server and at an API. */
const requestRefusals = {
  parameter_malformed: {
    error: 'invalid_request',
    status: 400,
    text: 'A parameter has a value that cannot be read.',
    section: 'RFC 6749 §5.2',
  },
  body_too_large: {
    error: 'invalid_request',
    status: 413,
    text: 'The body is too large.',
    section: 'RFC 9110 §15.5.14',
  },
  path_unknown: {
    error: 'not_found',
    status: 404,
    text: 'There is nothing at this address.',
    section: 'RFC 9110 §15.5.5',
  },
  method_not_allowed: {
    error: 'invalid_request',
    status: 405,
    text: 'This address does not support this method.',
    section: 'RFC 9110 §15.5.6',
  },
} as const satisfies Record<string, Refusal>;

/** Refusals that only the authorization server sends. */
const serverRefusals = {
  // The request.
  parameter_missing: {
    error: 'invalid_request',
    status: 400,
    text: 'A required parameter is missing.',
    section: 'RFC 6749 §5.2',
  },
  parameter_repeated: {
    error: 'invalid_request',
    status: 400,
    text: 'A parameter is present more than once.',
    section: 'RFC 6749 §3.1',
  },
  parameter_unsupported: {
    error: 'invalid_request',
    status: 400,
    text: 'A parameter has a value that is not supported.',
    section: 'RFC 6749 §5.2',
  },
  content_type_wrong: {
    error: 'invalid_request',
    status: 400,
    text: 'The body must be application/x-www-form-urlencoded.',
    section: 'RFC 6749 §3.2',
  },
  body_malformed: {
    error: 'invalid_request',
    status: 400,
    text: 'The body is not the JSON that this address accepts.',
    section: 'RFC 8259 §2',
  },
  object_unknown: {
    error: 'not_found',
    status: 404,
    text: 'Nothing with this name exists.',
    section: 'RFC 9110 §15.5.5',
  },
  object_exists: {
    error: 'invalid_request',
    status: 409,
    text: 'This conflicts with something that exists already.',
    section: 'RFC 9110 §15.5.10',
  },
  precondition_required: {
    error: 'invalid_request',
    status: 428,
    text: 'A change needs the header If-Match. Read the object first, and send its ETag.',
    section: 'RFC 6585 §3',
  },
  precondition_failed: {
    error: 'invalid_request',
    status: 412,
    text: 'The object was changed after it was read.',
    section: 'RFC 9110 §15.5.13',
  },
  hierarchy_refused: {
    error: 'invalid_request',
    status: 409,
    text: 'The resource would contain itself, or the hierarchy would be deeper or wider than a decision can follow.',
    section: 'RFC 9110 §15.5.10',
  },
  credentials_in_query: {
    error: 'invalid_request',
    status: 400,
    text: 'Parameters of this endpoint must be in the body, not in the address.',
    section: 'RFC 6749 §2.3.1',
  },
  // The client.
  client_authentication_missing: {
    error: 'invalid_client',
    status: 401,
    text: 'The client did not authenticate.',
    section: 'RFC 6749 §5.2',
  },
  client_authentication_failed: {
    error: 'invalid_client',
    status: 401,
    text: 'The client is unknown or disabled, its secret or assertion is missing or wrong, or it is registered for another method.',
    section: 'RFC 6749 §5.2',
  },
  client_authentication_twice: {
    error: 'invalid_request',
    status: 400,
    text: 'The client used more than one authentication method.',
    section: 'RFC 6749 §2.3',
  },
  certificate_missing: {
    error: 'invalid_request',
    status: 400,
    text: "This client's tokens are bound to its certificate, and the request has no certificate.",
    section: 'RFC 8705 §3',
  },
  client_not_permitted: {
    error: 'unauthorized_client',
    status: 400,
    text: 'This client may not use this grant or response type.',
    section: 'RFC 6749 §5.2',
  },
  client_unknown: {
    error: 'invalid_request',
    status: 400,
    text: 'The application that sent you here is not known.',
    section: 'RFC 6749 §4.1.2.1',
  },
  client_document_refused: {
    error: 'invalid_request',
    status: 400,
    text: 'The document that describes the application that sent you here cannot be read now, or it is not valid.',
    section: 'Client ID Metadata Documents §5.1',
  },
  // Registration of the client.
  client_metadata_invalid: {
    error: 'invalid_client_metadata',
    status: 400,
    text: 'A member of the client metadata is not accepted.',
    section: 'RFC 7591 §3.2.2',
  },
  client_redirect_uri_invalid: {
    error: 'invalid_redirect_uri',
    status: 400,
    text: 'A redirect URI is not accepted.',
    section: 'RFC 7591 §3.2.2',
  },
  software_statement_invalid: {
    error: 'invalid_software_statement',
    status: 400,
    text: 'The software statement is invalid.',
    section: 'RFC 7591 §3.2.2',
  },
  software_statement_unapproved: {
    error: 'unapproved_software_statement',
    status: 400,
    text: 'The issuer of the software statement is not trusted by this server.',
    section: 'RFC 7591 §3.2.2',
  },
  registration_token_invalid: {
    error: 'invalid_token',
    status: 401,
    text: 'The token for this registration is invalid, expired or used up, or its client was removed.',
    section: 'RFC 7592 §2',
  },
  registration_full: {
    error: 'temporarily_unavailable',
    status: 503,
    text: 'Too many registered clients are unused, so no client can register now.',
    section: 'RFC 9110 §15.6.4',
  },
  redirect_uri_mismatch: {
    error: 'invalid_request',
    status: 400,
    text: 'The redirect URI does not belong to the application that sent you here.',
    section: 'RFC 6749 §3.1.2.4',
  },

  // Grants at the token endpoint.
  grant_type_unsupported: {
    error: 'unsupported_grant_type',
    status: 400,
    text: 'The grant type is not supported.',
    section: 'RFC 6749 §5.2',
  },
  code_invalid: {
    error: 'invalid_grant',
    status: 400,
    text: 'The authorization code is invalid, expired, used, or was issued to another client.',
    section: 'RFC 6749 §5.2',
  },
  code_redirect_uri_mismatch: {
    error: 'invalid_grant',
    status: 400,
    text: 'redirect_uri differs from the redirect_uri of the authorization request.',
    section: 'RFC 6749 §4.1.3',
  },
  code_verifier_wrong: {
    error: 'invalid_grant',
    status: 400,
    text: 'code_verifier does not match the code challenge.',
    section: 'RFC 7636 §4.6',
  },
  refresh_token_invalid: {
    error: 'invalid_grant',
    status: 400,
    text: 'The refresh token is invalid, expired, revoked, or was issued to another client.',
    section: 'RFC 6749 §5.2',
  },
  refresh_token_reused: {
    error: 'invalid_grant',
    status: 400,
    text: 'The refresh token was used before. For safety, all tokens of its family have been revoked.',
    section: 'RFC 9700 §4.14.2',
  },
  authorization_pending: {
    error: 'authorization_pending',
    status: 400,
    text: 'The user has not answered yet. Ask again after the interval.',
    section: 'RFC 8628 §3.5',
  },
  polled_too_soon: {
    error: 'slow_down',
    status: 400,
    text: 'The user has not answered yet, and this request came too soon. Add five seconds to the interval.',
    section: 'RFC 8628 §3.5',
  },
  deferred_expired: {
    error: 'expired_token',
    status: 400,
    text: 'The device code or auth_req_id has expired.',
    section: 'RFC 8628 §3.5',
  },
  deferred_denied: {
    error: 'access_denied',
    status: 400,
    text: 'The user did not agree.',
    section: 'RFC 8628 §3.5',
  },
  deferred_invalid: {
    error: 'invalid_grant',
    status: 400,
    text: 'The device code or auth_req_id is unknown, used, revoked, or was issued to another client.',
    section: 'RFC 6749 §5.2',
  },
  second_factor_required: {
    error: 'invalid_grant',
    status: 400,
    text: 'This sign-in needs a second factor. Use the authorization code grant.',
    section: 'RFC 9700 §2.4',
  },
  terms_required: {
    error: 'invalid_grant',
    status: 400,
    text: 'The user must accept the terms of use in a browser first.',
    section: 'RFC 6749 §5.2',
  },
  credentials_wrong: {
    error: 'invalid_grant',
    status: 400,
    text: 'The user name or the password is wrong.',
    section: 'RFC 6749 §4.3.2',
  },
  dpop_proof_invalid: {
    error: 'invalid_dpop_proof',
    status: 400,
    text: 'The DPoP proof is malformed, too old, or was made for another request.',
    section: 'RFC 9449 §5',
  },
  dpop_proof_missing: {
    error: 'invalid_dpop_proof',
    status: 400,
    text: 'The tokens of this client are bound to a key: a DPoP proof is required.',
    section: 'RFC 9449 §5.2',
  },
  dpop_proof_replayed: {
    error: 'invalid_dpop_proof',
    status: 400,
    text: 'The DPoP proof was used before.',
    section: 'RFC 9449 §11.1',
  },
  dpop_nonce_missing: {
    error: 'use_dpop_nonce',
    status: 400,
    text: 'The DPoP proof must contain the nonce that this server gives.',
    section: 'RFC 9449 §8',
  },
  sender_constraint_missing: {
    error: 'invalid_request',
    status: 400,
    text: 'The tokens of this client are bound to a key: a DPoP proof or a client certificate is required.',
    section: 'FAPI 2.0 Security Profile §5.3.2.1',
  },
  grant_binding_wrong: {
    error: 'invalid_grant',
    status: 400,
    text: 'The code or refresh token is bound to a key or certificate, and the request does not prove it.',
    section: 'RFC 9449 §5, §10; RFC 8705 §4',
  },
  scope_invalid: {
    error: 'invalid_scope',
    status: 400,
    text: 'A requested scope is unknown or malformed, or this client may not use it.',
    section: 'RFC 6749 §3.3',
  },
  target_invalid: {
    error: 'invalid_target',
    status: 400,
    text: 'The requested resource is unknown or malformed, or this request may not use it.',
    section: 'RFC 8707 §2',
  },
  details_invalid: {
    error: 'invalid_authorization_details',
    status: 400,
    text: 'The authorization details are malformed, their type is unknown, or this client may not use them.',
    section: 'RFC 9396 §5',
  },
  grant_id_invalid: {
    error: 'invalid_grant_id',
    status: 400,
    text: 'The grant is unknown, has ended, or belongs to another client or user.',
    section: 'Grant Management §5.4',
  },
  grant_foreign: {
    error: 'access_denied',
    status: 403,
    text: 'The grant belongs to another client or user.',
    section: 'Grant Management §6.6',
  },
  token_type_unsupported: {
    error: 'unsupported_token_type',
    status: 400,
    text: 'JWT access tokens cannot be revoked. They expire within minutes. Revoke the refresh token.',
    section: 'RFC 7009 §2.2.1',
  },

  // Token exchange and assertions.
  subject_token_invalid: {
    error: 'invalid_request',
    status: 400,
    text: 'The subject token is invalid, expired or revoked, or this client may not exchange it.',
    section: 'RFC 8693 §2.2.2',
  },
  actor_token_invalid: {
    error: 'invalid_request',
    status: 400,
    text: 'The actor token is invalid, expired, revoked, or may not act for this subject.',
    section: 'RFC 8693 §2.2.2',
  },
  assertion_invalid: {
    error: 'invalid_grant',
    status: 400,
    text: 'The assertion is invalid, expired or used, is for another server, or its subject has no account here.',
    section: 'RFC 7523 §3.1',
  },
  subject_unknown: {
    error: 'not_found',
    status: 404,
    text: 'No account has this subject identifier.',
    section: 'Global Token Revocation §3.4.2',
  },

  // Answers to the application at the authorization endpoint. The status is for the page that is
  // shown when no redirect is possible.
  response_type_unsupported: {
    error: 'unsupported_response_type',
    status: 400,
    text: 'The response type is not supported.',
    section: 'RFC 6749 §4.1.2.1',
  },
  request_object_unsupported: {
    error: 'request_not_supported',
    status: 400,
    text: 'Request objects by value are not supported.',
    section: 'OpenID Connect Core §3.1.2.6',
  },
  request_uri_unsupported: {
    error: 'request_uri_not_supported',
    status: 400,
    text: 'Request objects by reference are not supported.',
    section: 'OpenID Connect Core §3.1.2.6',
  },
  request_object_invalid: {
    error: 'invalid_request_object',
    status: 400,
    text: 'The request object cannot be read, was not signed by this client, or is not for this server.',
    section: 'RFC 9101 §7',
  },
  request_object_required: {
    error: 'invalid_request',
    status: 400,
    text: 'This application must send its request as a signed object.',
    section: 'RFC 9101 §10.5',
  },
  request_uri_invalid: {
    error: 'invalid_request_uri',
    status: 400,
    text: 'The request that the application prepared is unknown, has expired, was answered already, or belongs to another application.',
    section: 'RFC 9126 §4',
  },
  pushed_request_required: {
    error: 'invalid_request',
    status: 400,
    text: 'This application must push its request first.',
    section: 'RFC 9126 §5',
  },
  client_keys_unusable: {
    error: 'invalid_request',
    status: 400,
    text: 'The answer must be encrypted, and no suitable key of this client was found.',
    section: 'OpenID Connect Core §10.2',
  },
  registration_unsupported: {
    error: 'registration_not_supported',
    status: 400,
    text: 'Registration inside the request is not supported.',
    section: 'OpenID Connect Core §3.1.2.6',
  },
  code_challenge_missing: {
    error: 'invalid_request',
    status: 400,
    text: 'code_challenge is required, with code_challenge_method=S256.',
    section: 'RFC 7636 §4.4.1',
  },
  user_denied: {
    error: 'access_denied',
    status: 403,
    text: 'The user did not agree.',
    section: 'RFC 6749 §4.1.2.1',
  },
  login_required: {
    error: 'login_required',
    status: 400,
    text: 'The user must sign in.',
    section: 'OpenID Connect Core §3.1.2.6',
  },
  second_factor_missing: {
    error: 'interaction_required',
    status: 400,
    text: 'The user must add a second factor first.',
    section: 'OpenID Connect Core §3.1.2.6',
  },
  terms_missing: {
    error: 'interaction_required',
    status: 400,
    text: 'The user must accept the terms of use first.',
    section: 'OpenID Connect Core §3.1.2.6',
  },
  authentication_unmet: {
    error: 'unmet_authentication_requirements',
    status: 400,
    text: 'This server or this account does not have the kind of sign-in that the application requires.',
    section: 'OpenID Connect Core Unmet Authentication Requirements §1',
  },
  consent_required: {
    error: 'consent_required',
    status: 400,
    text: 'The user must give consent.',
    section: 'OpenID Connect Core §3.1.2.6',
  },

  // The backchannel authentication endpoint.
  signed_request_invalid: {
    error: 'invalid_request',
    status: 400,
    text: 'The signed request cannot be read, was not signed by this client, is not for this server, or was used before.',
    section: 'CIBA Core §7.1.1, §13',
  },
  user_unknown: {
    error: 'unknown_user_id',
    status: 400,
    text: 'No account matches the hint.',
    section: 'CIBA Core §13',
  },
  binding_message_invalid: {
    error: 'invalid_binding_message',
    status: 400,
    text: 'binding_message must be at most 64 letters, digits and simple punctuation marks, with single spaces.',
    section: 'CIBA Core §13',
  },

  // The sign-in pages.
  sign_in_wrong: {
    error: 'access_denied',
    status: 401,
    text: 'The e-mail address or the password is wrong.',
    section: 'OWASP ASVS 5.0 6.3.8',
  },
  second_factor_wrong: {
    error: 'access_denied',
    status: 401,
    text: 'The code is wrong, or was used before.',
    section: 'RFC 6238 §5.2',
  },
  sign_in_expired: {
    error: 'invalid_request',
    status: 400,
    text: 'This sign-in took too long, or was started for something else. Sign in again.',
    section: 'OWASP ASVS 5.0 7.2.4',
  },
  second_factor_expired: {
    error: 'invalid_request',
    status: 400,
    text: 'This page is too old, or the account was changed meanwhile. Start again.',
    section: 'OWASP ASVS 5.0 6.5.5',
  },
  password_wrong: {
    error: 'access_denied',
    status: 401,
    text: 'The current password is wrong.',
    section: 'OWASP ASVS 5.0 6.2.3',
  },
  password_unfit: {
    error: 'invalid_request',
    status: 400,
    text: 'The new password cannot be used.',
    section: 'NIST SP 800-63B §3.1.1.2',
  },
  email_unfit: {
    error: 'invalid_request',
    status: 400,
    text: 'This is not an e-mail address.',
    section: 'RFC 5321 §4.1.2',
  },
  sign_up_refused: {
    error: 'access_denied',
    status: 403,
    text: 'An account cannot be created with this address here.',
    section: 'NIST SP 800-63A §2.4',
  },
  invitation_void: {
    error: 'invalid_request',
    status: 400,
    text: 'This invitation was used, was withdrawn, or has expired. Ask for a new one.',
    section: 'RFC 9110 §15.5.1',
  },
  account_exists: {
    error: 'invalid_request',
    status: 409,
    text: 'This address has an account. Sign in, or reset its password.',
    section: 'RFC 9110 §15.5.10',
  },
  account_unfit: {
    error: 'invalid_request',
    status: 400,
    text: 'The account cannot be created like this.',
    section: 'NIST SP 800-63B §3.1.1.2',
  },
  undo_expired: {
    error: 'invalid_request',
    status: 400,
    text: 'This change was undone before, or it is too late to undo it.',
    section: 'RFC 9110 §15.5.1',
  },
  code_wrong: {
    error: 'access_denied',
    status: 401,
    text: 'The code is wrong.',
    section: 'NIST SP 800-63B §3.1.3.1',
  },
  code_expired: {
    error: 'invalid_request',
    status: 400,
    text: 'This code has expired, was used, or was typed wrongly too often. Ask for a new one.',
    section: 'NIST SP 800-63B §3.1.3.1',
  },
  passkey_refused: {
    error: 'access_denied',
    status: 401,
    text: 'This passkey was not accepted. Try again, or sign in another way.',
    section: 'Web Authentication §7.2',
  },
  passkey_expired: {
    error: 'invalid_request',
    status: 400,
    text: 'The page was open for too long, or was sent before. Try again.',
    section: 'Web Authentication §13.4.3',
  },
  passkey_unfit: {
    error: 'invalid_request',
    status: 400,
    text: 'This passkey cannot be added.',
    section: 'Web Authentication §7.1',
  },
  passkeys_full: {
    error: 'invalid_request',
    status: 400,
    text: 'The account has as many passkeys as it may have. Remove one first.',
    section: 'Web Authentication §7.1',
  },
  passkey_last: {
    error: 'invalid_request',
    status: 400,
    text: 'Nobody can sign in to the account without this passkey. Say that you understand this.',
    section: 'Web Authentication §13.4.6',
  },
  request_expired: {
    error: 'invalid_request',
    status: 400,
    text: 'This sign-in has expired or was already answered. Go back to the application and start again.',
    section: 'RFC 9700 §4.7',
  },
  id_token_hint_invalid: {
    error: 'invalid_request',
    status: 400,
    text: 'The ID token that the application sent was not issued by this server, or was issued to another application.',
    section: 'OpenID Connect RP-Initiated Logout §2',
  },
  post_logout_redirect_uri_mismatch: {
    error: 'invalid_request',
    status: 400,
    text: 'The return address does not belong to the application that sent you here.',
    section: 'OpenID Connect RP-Initiated Logout §3',
  },
  user_code_unknown: {
    error: 'invalid_request',
    status: 400,
    text: 'No device waits with this code. Look at the device: it may show a new code.',
    section: 'RFC 8628 §5.1',
  },
  deferred_not_pending: {
    error: 'invalid_request',
    status: 400,
    text: 'This request has expired, was answered already, or is for another account. Start again on the device or in the application.',
    section: 'RFC 8628 §3.3',
  },
  challenge_incomplete: {
    error: 'insufficient_authorization',
    status: 400,
    text: 'Ask the user for the missing values, and continue with auth_session.',
    section: 'First-Party Apps §5.2.2',
  },
  challenge_wrong: {
    error: 'insufficient_authorization',
    status: 400,
    text: 'The user name or the password is wrong.',
    section: 'First-Party Apps §5.2.2',
  },
  challenge_code_wrong: {
    error: 'insufficient_authorization',
    status: 400,
    text: 'The code is wrong, or was used before.',
    section: 'First-Party Apps §5.2.2',
  },
  challenge_session_invalid: {
    error: 'invalid_session',
    status: 400,
    text: 'auth_session is unknown, has expired, or belongs to another client or key.',
    section: 'First-Party Apps §5.2.2',
  },
  challenge_to_web: {
    error: 'redirect_to_web',
    status: 400,
    text: 'This needs the browser. Start an authorization code flow in the browser.',
    section: 'First-Party Apps §5.2.2',
  },
  form_foreign: {
    error: 'invalid_request',
    status: 400,
    text: 'This form was not sent from a page of this server. Go back and try again.',
    section: 'RFC 6749 §10.12',
  },
} as const satisfies Record<string, Refusal>;

const otherRefusals = {
  // Load and faults.
  throttled: {
    error: 'slow_down',
    status: 429,
    text: 'Too many attempts. Wait a little and try again.',
    section: 'RFC 6585 §4',
  },
  overloaded: {
    error: 'temporarily_unavailable',
    status: 503,
    text: 'The server is busy. Try again shortly.',
    section: 'RFC 6749 §4.1.2.1',
  },
  fault: {
    error: 'server_error',
    status: 500,
    text: 'The server has a problem.',
    section: 'RFC 6749 §4.1.2.1',
  },

  // A bearer token at a protected resource: an API behind the guard, or userinfo.
  token_missing: {
    status: 401,
    text: 'This resource needs an access token.',
    section: 'RFC 6750 §3.1',
  },
  token_twice: {
    error: 'invalid_request',
    status: 400,
    text: 'The access token was sent in more than one way.',
    section: 'RFC 6750 §2',
  },
  token_in_query: {
    error: 'invalid_request',
    status: 400,
    text: 'This resource does not accept an access token in the address.',
    section: 'RFC 6750 §2.3',
  },
  token_malformed: {
    error: 'invalid_token',
    status: 401,
    text: 'The access token cannot be read.',
    section: 'RFC 6750 §3.1',
  },
  token_type_wrong: {
    error: 'invalid_token',
    status: 401,
    text: 'The token is not an access token.',
    section: 'RFC 9068 §4',
  },
  token_signature_wrong: {
    error: 'invalid_token',
    status: 401,
    text: 'The access token was not signed by a key of its issuer.',
    section: 'RFC 9068 §4',
  },
  token_issuer_wrong: {
    error: 'invalid_token',
    status: 401,
    text: 'The access token was issued by a server that this resource does not trust.',
    section: 'RFC 9068 §4',
  },
  token_audience_wrong: {
    error: 'invalid_token',
    status: 401,
    text: 'The access token is meant for another resource.',
    section: 'RFC 9068 §4',
  },
  token_expired: {
    error: 'invalid_token',
    status: 401,
    text: 'The access token has expired.',
    section: 'RFC 6750 §3.1',
  },
  token_not_yet_valid: {
    error: 'invalid_token',
    status: 401,
    text: 'The access token is not valid yet.',
    section: 'RFC 7519 §4.1.5',
  },
  token_ended: {
    error: 'invalid_token',
    status: 401,
    text: 'The access for which this token was issued has ended.',
    section: 'RFC 6750 §3.1',
  },
  token_inactive: {
    error: 'invalid_token',
    status: 401,
    text: 'The issuer of the access token says that the token is not active.',
    section: 'RFC 7662 §2.2',
  },
  token_binding_wrong: {
    error: 'invalid_token',
    status: 401,
    text: 'The access token is bound to a key or certificate, and the request does not prove it.',
    section: 'RFC 9449 §7.2, RFC 8705 §3',
  },
  proof_invalid: {
    error: 'invalid_dpop_proof',
    status: 401,
    text: 'The DPoP proof is missing, malformed, too old, or was made for another request.',
    section: 'RFC 9449 §7.1',
  },
  proof_replayed: {
    error: 'invalid_dpop_proof',
    status: 401,
    text: 'The DPoP proof was used before.',
    section: 'RFC 9449 §11.1',
  },
  proof_nonce_missing: {
    error: 'use_dpop_nonce',
    status: 401,
    text: 'The DPoP proof must contain the nonce that this resource gives.',
    section: 'RFC 9449 §9',
  },
  authentication_insufficient: {
    error: 'insufficient_user_authentication',
    status: 401,
    text: 'This request needs a stronger or a more recent sign-in.',
    section: 'RFC 9470 §3',
  },
  scope_insufficient: {
    error: 'insufficient_scope',
    status: 403,
    text: 'The access token does not have the scope that this request needs.',
    section: 'RFC 6750 §3.1',
  },
  resource_forbidden: {
    error: 'access_denied',
    status: 403,
    text: 'You may not do this to this resource.',
    section: 'RFC 9110 §15.5.4',
  },
  detail_insufficient: {
    error: 'insufficient_scope',
    status: 403,
    text: 'The authorization details that the user agreed to do not cover this request.',
    section: 'RFC 9396 §9',
  },
  status_unavailable: {
    error: 'temporarily_unavailable',
    status: 503,
    text: 'The status of the access token cannot be read now.',
    section: 'RFC 9110 §15.6.4',
  },
  introspection_unavailable: {
    error: 'temporarily_unavailable',
    status: 503,
    text: 'The server that checks access tokens cannot be reached.',
    section: 'RFC 9110 §15.6.4',
  },
  decision_unavailable: {
    error: 'temporarily_unavailable',
    status: 503,
    text: 'The server that decides about this request cannot be reached.',
    section: 'RFC 9110 §15.6.4',
  },

  // An API key at a protected resource. `docs/api-keys.md` is the specification of its wire format.
  api_key_malformed: {
    error: 'invalid_api_key',
    status: 401,
    text: 'The API key cannot be read.',
    section: 'Keywright API keys §2',
  },
  api_key_invalid: {
    error: 'invalid_api_key',
    status: 401,
    text: 'The API key is unknown, revoked, or for another resource.',
    section: 'Keywright API keys §5',
  },
  api_key_expired: {
    error: 'invalid_api_key',
    status: 401,
    text: 'The API key has expired.',
    section: 'Keywright API keys §5',
  },
  api_key_plain: {
    error: 'invalid_api_key',
    status: 401,
    text: 'This resource accepts only sealed API keys.',
    section: 'Keywright API keys §3',
  },
  sealed_key_invalid: {
    error: 'invalid_api_key',
    status: 401,
    text: 'The sealed API key was not sealed for this resource, or was changed.',
    section: 'Keywright API keys §4',
  },
  sealed_key_misplaced: {
    error: 'invalid_api_key',
    status: 401,
    text: 'The sealed API key was made for another request.',
    section: 'Keywright API keys §4',
  },
  sealed_key_expired: {
    error: 'invalid_api_key',
    status: 401,
    text: 'The sealed API key was made too long ago, or the clock of the sender is ahead.',
    section: 'Keywright API keys §4',
  },
  sealed_key_replayed: {
    error: 'invalid_api_key',
    status: 401,
    text: 'The sealed API key was used before.',
    section: 'Keywright API keys §4',
  },
  api_key_network_forbidden: {
    error: 'access_denied',
    status: 403,
    text: 'The API key may not be used from this network.',
    section: 'Keywright API keys §5',
  },
  api_keys_unavailable: {
    error: 'temporarily_unavailable',
    status: 503,
    text: 'The data for checking API keys cannot be read now.',
    section: 'RFC 9110 §15.6.4',
  },
  keys_unavailable: {
    error: 'temporarily_unavailable',
    status: 503,
    text: 'The keys that verify access tokens cannot be reached.',
    section: 'RFC 9110 §15.6.4',
  },
} as const satisfies Record<string, Refusal>;

/**
 * Refusals that a protected resource may answer. They are separate, so that the guard contains only
 * these: it becomes part of other people's bundles.
 */
const resourceRefusals = { ...requestRefusals, ...otherRefusals };
/** The reason of a refusal that a protected resource may answer. */
export type ResourceReason = keyof typeof resourceRefusals;

/** Returns the refusal of a protected resource that has this reason. */
export function resourceRefusal(reason: ResourceReason): Refusal {
  return resourceRefusals[reason];
}

// Marked pure for bundlers: where only resource refusals are used, the others are left out.
/** All refusals of the server and the guard, by their reasons. */
export const refusals = /* @__PURE__ */ Object.assign({}, serverRefusals, resourceRefusals);
/** The reason of a refusal: a key of `refusals`. */
export type RefusalReason = keyof typeof refusals;

/**
 * Returns the refusal that has this reason.
 * @example
 * ```ts
 * import { refusal } from '@keywright/wire';
 *
 * const { status, error, text, section } = refusal('token_expired');
 * console.log(status, error, `${text} (${section})`);
 * ```
 */
export function refusal(reason: RefusalReason): Refusal {
  return refusals[reason];
}
