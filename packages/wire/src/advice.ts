/**
 * What to do about each refusal. docs/errors.md, docs/401-or-403.md and `keywright why` show it. A
 * reason without advice does not compile. The file has its own entry (`@keywright/wire/advice`), so
 * that the package of the guard does not contain these texts.
 */
import type { RefusalReason } from './refusals.ts';

/** What to do about refusals, by reason. */
export type Advice = Partial<Record<RefusalReason, string>>;

const request = {
  parameter_missing: 'Send the parameter that the description names.',
  parameter_repeated: 'Send each parameter once. Only `resource` may be repeated.',
  parameter_malformed:
    'Check the length and the percent-encoding of the value. It must not contain NUL.',
  parameter_unsupported: 'Use a value that the metadata lists.',
  content_type_wrong: 'Send the parameters as a form, with this Content-Type.',
  body_malformed:
    'Send `Content-Type: application/json`, and the members that the description names.',
  object_unknown: 'List the objects, and use one of their ids.',
  object_exists: 'Choose another id, or read the existing object and decide again.',
  precondition_required: 'Read the object first, and send its `ETag` in `If-Match`.',
  precondition_failed: 'Read the object again, and decide whether the change is still right.',
  hierarchy_refused:
    'Check which resources contain these two already. The description names the limit.',
  credentials_in_query:
    'Move every parameter into the body. Replace the credentials that were in the address, because they may be in logs now.',
  body_too_large: 'Send at most 64 KiB.',
  path_unknown: 'Take addresses from the metadata. At an API: this resource does not exist.',
  method_not_allowed: 'Use one of the methods in `Allow`.',
} as const satisfies Advice;

const client = {
  client_authentication_missing:
    'Use the method for which the client is registered. `client_id` alone is for a public client, or for a client with a certificate.',
  client_authentication_failed:
    'Check the id, the secret and the method with `keywright explain`. The answer is the same for unknown and disabled clients.',
  client_authentication_twice:
    'Use one method: the Authorization header, a secret in the body, or an assertion.',
  certificate_missing:
    'Send the certificate in the TLS handshake of this request. A proxy in front of the server must forward it.',
  client_not_permitted:
    'See `keywright explain`. Either the tier forbids the grant, or the client’s `grant_types` do not contain it.',
  client_unknown:
    'The server shows this to the user and does not redirect. Check `client_id`, and check that the client is not disabled.',
  client_document_refused:
    'The server shows this to the user and does not redirect. The log line `client_document.refused` of the same time says what is wrong with the document.',
  client_metadata_invalid: 'Correct the members that the description names, and register again.',
  client_redirect_uri_invalid:
    'Register https addresses. A native app may use loopback addresses and its own scheme.',
  software_statement_invalid:
    'Get a new statement from its issuer. A key that is published now must have signed it.',
  software_statement_unapproved:
    'Ask the operator to add the issuer to `registration.software_statement_issuers`.',
  registration_token_invalid:
    'Ask the operator for a new initial access token, or register the client again.',
  registration_full:
    'Wait as `Retry-After` says, or ask the operator. Unused clients are removed after some days.',
  redirect_uri_mismatch:
    'The server shows this to the user and does not redirect. Compare the URI with the registered one, character by character. The log contains the URI that was sent.',
} as const satisfies Advice;

const authorization = {
  response_type_unsupported: 'Use `code`, or another type from `response_types_supported`.',
  request_object_unsupported:
    'Send plain parameters, without `request`. Request objects are off at this server.',
  request_uri_unsupported:
    'Send plain parameters, without `request_uri`. It is off at this server.',
  request_object_invalid:
    'Check the object. A registered key and algorithm must sign it. `iss` and `client_id` are the client, `aud` is the issuer, and `exp`, if present, is in the future. The log says what is wrong.',
  signed_request_invalid:
    'Check the JWT. A registered key and the registered algorithm must sign it. `iss` is the client and `aud` is the issuer. It has `iat`, `nbf`, an `exp` at most one hour after `nbf`, and an unused `jti`. The log says what is wrong.',
  request_object_required: 'Send a signed `request`. The client or the profile requires it.',
  request_uri_invalid:
    'Push the request again, and use its `request_uri` once, within 60 seconds, with the same `client_id`. For an object at an address of yours, register the address.',
  pushed_request_required: 'Push the request to the `pushed_authorization_request_endpoint` first.',
  client_keys_unusable:
    'Register a key for the encryption that the client chose. The key needs the right type, and `use` is `enc` or absent. If the keys are at an address, the address must answer.',
  registration_unsupported: 'Register the client first, and leave `registration` out.',
  code_challenge_missing:
    'Use PKCE. It is required, except for clients that the operator excepted (`require_pkce`).',
  user_denied:
    'The request has no error. Continue without the access, and let the user start again.',
  login_required: 'Send the user to `/authorize` again, without `prompt=none`.',
  second_factor_missing:
    'Send the user to `/authorize` again, without `prompt=none`. The user adds an authenticator app or a passkey there.',
  terms_missing:
    'Send the user to `/authorize` again, without `prompt=none`. The user accepts the terms there.',
  authentication_unmet:
    'Ask for a value from `acr_values_supported` in the metadata, or do not make `acr` essential. The user can add what is missing at `/account/security`.',
  consent_required: 'Send the user to `/authorize` again, without `prompt=none`.',
} as const satisfies Advice;

const token = {
  grant_type_unsupported: 'Use a grant type from `grant_types_supported` in the metadata.',
  code_invalid: 'Start a new authorization. A code works once, within 60 seconds.',
  code_redirect_uri_mismatch: 'Send exactly the `redirect_uri` of the authorization request.',
  code_verifier_wrong: 'Send the verifier from which the challenge of this request was made.',
  refresh_token_invalid: 'Delete the tokens, and start a new authorization with the user.',
  refresh_token_reused:
    'Delete the tokens, and start a new authorization with the user. Then find the cause: two processes that share one token, or a thief. The log of the server has a warning.',
  authorization_pending: 'This is not an error. Wait for the interval, and ask again.',
  polled_too_soon: 'Ask less often. Each time, five seconds are added to the interval.',
  deferred_expired: 'Start a new request if the user still wants it.',
  deferred_denied: 'Continue without the access, and let the user start again.',
  deferred_invalid:
    'Start a new request. Each request gives one answer, and only to the client that sent it.',
  second_factor_required:
    'Move the client to the authorization code grant. The password grant has no second question.',
  terms_required:
    'Let the user sign in once in a browser, with the authorization code grant or at `/sign-in`. The terms are accepted there.',
  credentials_wrong: 'Let the user type the name and the password again.',
  dpop_proof_invalid:
    'Make a new proof for exactly this request, with its method, its address and the time. Sign the proof with the key that it contains.',
  dpop_proof_missing:
    'Send a proof in the header `DPoP`, or register the client without `dpop_bound_access_tokens`.',
  dpop_proof_replayed: 'Make a new proof for each request.',
  dpop_nonce_missing: 'Make a new proof that contains the value of `DPoP-Nonce`.',
  sender_constraint_missing:
    'Send a proof in the header `DPoP`, or use the client certificate that was registered.',
  grant_binding_wrong:
    'Use the key that `dpop_jkt` named, or the key for which the refresh token was issued. If the key is lost, start a new authorization with the user.',
  scope_invalid:
    'Ask for scopes that the client is registered for. They must belong to the API that `resource` names.',
  target_invalid: 'Send the identifier of one API that was granted.',
  token_type_unsupported: 'Revoke the refresh token.',
  details_invalid:
    'The description names the member. Check `authorization_details_types_supported`, and the types that the client is registered for.',
  grant_id_invalid:
    'Use the `grant_id` of the last token answer for this user, or send no `grant_id`.',
  grant_foreign: 'Send a token of the user to whom the grant belongs.',
  challenge_incomplete: 'Ask the user for the missing values, and send them with `auth_session`.',
  challenge_wrong:
    'Let the user type the name and the password again, and send them with `auth_session`.',
  challenge_code_wrong:
    'Let the user type a new code of the app, or a recovery code. Send it as `otp`, with `auth_session`.',
  challenge_session_invalid: 'Start again without `auth_session`.',
  challenge_to_web:
    'Open the browser with an authorization request. Use `request_uri` if the answer has one.',
  subject_token_invalid:
    'Exchange an active access token. It must be issued to this client, or for an API that this client may introspect.',
  actor_token_invalid:
    'Send an active access token of the acting party. If the subject token has `may_act`, that claim says who may act.',
  assertion_invalid:
    'Check `iss`, `aud`, `exp`, `jti` and `sub`, the keys of the issuer, and whether the client may send assertions of this issuer. The log says what is wrong.',
  subject_unknown:
    'Check the identifier. `iss_sub` and `opaque` contain the id of the account. `email` contains its address.',
} as const satisfies Advice;

const pages = {
  sign_in_wrong: 'Try again. The page does not say whether the address has an account.',
  second_factor_wrong:
    'Type the code that the app shows now. Wait for the next one if you used it. Check the clock of the device.',
  sign_in_expired:
    'Sign in again. Finish one sign-in before you start another one in this browser.',
  second_factor_expired: 'Open the page again, and type a new code.',
  password_wrong: 'Type the current password again. It is the password with which you sign in.',
  password_unfit: 'Choose another password. The page says what is wrong with this one.',
  email_unfit: 'Type the whole address, for example `ada@example.com`.',
  sign_up_refused:
    'Use an address of a domain that is allowed, or ask for an invitation. The setting `sign_up` says who may create an account.',
  invitation_void: 'Ask for a new invitation. An invitation is for one account.',
  account_exists: 'Sign in. If the password is forgotten, reset it at `/recover`.',
  account_unfit: 'The page says what is wrong. Correct it, and send the page again.',
  undo_expired:
    'Check whether the address was restored. After seven days, ask an administrator for help.',
  code_wrong: 'Type the code of the newest mail. Only the browser that asked for it can use it.',
  code_expired:
    'Ask for a new code. A code is valid for ten minutes and five tries, in the browser that asked.',
  passkey_refused:
    'Try again. If it is refused again, sign in another way, and remove the passkey on the security page of the account. The log has the cause in `note`.',
  passkey_expired: 'Try again on the page that is shown now. A page is valid for ten minutes.',
  passkey_unfit:
    'Use an authenticator that verifies its user, by a PIN or a fingerprint. The log has the cause in `note`.',
  passkeys_full: 'Remove a passkey that is not used any more.',
  passkey_last: 'Add another passkey first, or set a password.',
  user_code_unknown:
    'Type the code that the device shows now. After ten minutes it shows a new one.',
  deferred_not_pending:
    'Start again on the device or in the application, and answer with one account.',
  request_expired:
    'Go back to the application and start again. Half an hour has passed, or the page was sent before.',
  id_token_hint_invalid:
    'Send an ID token that this server issued to the client. If the key of the ID token is not published any more, send no `id_token_hint`.',
  post_logout_redirect_uri_mismatch:
    'The server shows this to the user and does not redirect. Register exactly this address in `post_logout_redirect_uris`, and send `client_id` or `id_token_hint` with it.',
  form_foreign:
    'Reload the page and send it again. Allow cookies. A form of another site is refused.',
} as const satisfies Advice;

const backchannel = {
  user_unknown:
    'Ask the user for the e-mail address of the account, or send an ID token of the user.',
  binding_message_invalid:
    'Send a short message of letters and digits. Show the same message in your application.',
} as const satisfies Advice;

const load = {
  throttled: 'Wait as `Retry-After` says.',
  overloaded: 'Wait as `Retry-After` says, and send the request again.',
  fault:
    'The server has a bug, or its store has a fault. The line in the log of the server has the cause.',
} as const satisfies Advice;

const bearer = {
  token_missing: 'Send `Authorization: Bearer`.',
  token_twice: 'Send the token once, in one place.',
  token_in_query: 'Send the token in the Authorization header.',
  token_malformed: 'Send the access token exactly as you received it.',
  token_type_wrong: 'Send the access token, not the ID token.',
  token_signature_wrong:
    'Get a new token. If the new token fails too, the API trusts another issuer or has old keys.',
  token_issuer_wrong: 'Get a token from the issuer that this API trusts.',
  token_audience_wrong: 'Get a token for this API. Name the API with `resource`.',
  token_expired: 'Refresh the token, and try again.',
  token_not_yet_valid: 'Check the clocks of both servers.',
  token_ended: 'The access was revoked. Start a new authorization with the user.',
  scope_insufficient: 'Ask the user for the scope that the challenge names, if you need it.',
  resource_forbidden: 'Do not repeat the request. This caller may not do this with any token.',
  token_inactive:
    'Refresh the token, and try again. If this fails, start a new authorization with the user.',
  token_binding_wrong:
    'Send a proof of the key, or the certificate, for which this token was issued.',
  proof_invalid:
    'Make a new proof for exactly this request, with its method, its address, the time and the hash of the token.',
  proof_replayed: 'Make a new proof for each request.',
  proof_nonce_missing: 'Make a new proof that contains the value of `DPoP-Nonce`.',
  authentication_insufficient:
    'Start a new authorization with the `acr_values` or `max_age` of the challenge.',
  detail_insufficient: 'Ask the user for this resource in `authorization_details`.',
  status_unavailable:
    'Wait as `Retry-After` says. The operator of the API checks the connection to the issuer.',
  introspection_unavailable:
    'Wait as `Retry-After` says. The operator of the API checks the connection to the issuer.',
  decision_unavailable:
    'Wait as `Retry-After` says. The operator of the API checks the connection to the decision point.',
  keys_unavailable:
    'Wait as `Retry-After` says. The operator of the API checks the connection to the issuer.',
} as const satisfies Advice;

const apiKey = {
  api_key_malformed:
    'Check the prefix, the length and the checksum of the key. A sealed key has five parts.',
  api_key_invalid: 'Get a key for this API.',
  api_key_expired: 'Get a new key. During a rotation, the old key and the new key both work.',
  api_key_plain: 'Seal the key as docs/api-keys.md describes, or use `@keywright/client`.',
  sealed_key_invalid: 'Fetch the encryption key of the API again, and seal the API key again.',
  sealed_key_misplaced:
    'Seal the key for the request that carries it, with its audience, method and address.',
  sealed_key_expired: 'Seal the key again for each request, and check the clocks.',
  sealed_key_replayed: 'Seal the key again for each request.',
  api_key_network_forbidden: 'Call from a network that the key allows.',
  api_keys_unavailable:
    'Wait as `Retry-After` says. The operator of the API checks the connection to the issuer.',
} as const satisfies Advice;

/**
 * What to do about each refusal.
 * @example
 * ```ts
 * import { advice } from '@keywright/wire/advice';
 *
 * console.log(advice.token_expired);
 * ```
 */
export const advice: Readonly<Record<RefusalReason, string>> = {
  ...request,
  ...client,
  ...authorization,
  ...token,
  ...backchannel,
  ...pages,
  ...load,
  ...bearer,
  ...apiKey,
};

/** Advice about the refusals of one part of the server or of an API. */
export interface AdviceGroup {
  readonly title: string;
  readonly where: string;
  readonly advice: Advice;
}

/** The groups in the order of the page docs/errors.md. */
export const adviceGroups: readonly AdviceGroup[] = [
  { title: 'The request', where: 'At every address.', advice: request },
  {
    title: 'The client',
    where: 'Authentication, permission and registration of the client.',
    advice: client,
  },
  {
    title: 'The authorization endpoint',
    where: 'At `/authorize`. Most are sent to the redirect URI.',
    advice: authorization,
  },
  {
    title: 'Tokens',
    where: 'At `/token` and `/revoke`. Scope and target also at `/authorize`.',
    advice: token,
  },
  { title: 'Backchannel authentication (CIBA)', where: 'At `/bc-authorize`.', advice: backchannel },
  { title: 'The pages', where: 'On the pages that the user sees.', advice: pages },
  { title: 'Load and faults', where: 'At every address.', advice: load },
  {
    title: 'A bearer token',
    where: 'At APIs behind the guard, and at `/userinfo`.',
    advice: bearer,
  },
  { title: 'An API key', where: 'At APIs behind the guard that accept API keys.', advice: apiKey },
];
