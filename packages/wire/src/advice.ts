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
  parameter_malformed: 'Look at the value’s form: its length, its percent-encoding, no NUL.',
  parameter_unsupported: 'Use one of the values that the metadata lists.',
  content_type_wrong: 'Send the parameters as a form, with that Content-Type.',
  body_malformed:
    'Send `Content-Type: application/json`, and the members that the description names.',
  object_unknown: 'List what there is, and use one of those ids.',
  object_exists: 'Choose another id, or read what is there and decide again.',
  precondition_required: 'Read it first, and send its `ETag` in `If-Match`.',
  precondition_failed: 'Read it again, and decide again whether the change is still right.',
  hierarchy_refused:
    'Look at what the two lie in already. The description names which bound it is.',
  credentials_in_query:
    'Move every parameter into the body. Replace what stood in the address: it may be in logs now.',
  body_too_large: 'Send less: 64 KiB is the most.',
  path_unknown: 'Take addresses from the metadata. At an API: there is no such resource.',
  method_not_allowed: 'Use one of the methods in `Allow`.',
} as const satisfies Advice;

const client = {
  client_authentication_missing:
    'Authenticate as the client is registered to; `client_id` alone is for a public client, or one with a certificate.',
  client_authentication_failed:
    'Check id, secret and method with `keywright explain`. The answer is the same for unknown and disabled clients.',
  client_authentication_twice:
    'Use one method: the Authorization header, a secret in the body, or an assertion.',
  certificate_missing:
    'Show the certificate in the TLS handshake of this request; a proxy between must hand it on.',
  client_not_permitted:
    'See `keywright explain`: the tier forbids it, or the client’s `grant_types` do not name it.',
  client_unknown:
    'Shown to the user, never sent back. Check `client_id`, and that the client is not disabled.',
  client_document_refused:
    'Shown to the user, never sent back. The log line `client_document.refused` of the same moment says what is wrong with the document.',
  client_metadata_invalid: 'Mend the members that the description names, and register again.',
  client_redirect_uri_invalid:
    'Register https addresses; a native app may use loopback addresses and its own scheme.',
  software_statement_invalid:
    'Get a new statement of its issuer, signed by a key that is published now.',
  software_statement_unapproved:
    'Ask the operator to name its issuer in `registration.software_statement_issuers`.',
  registration_token_invalid:
    'Ask the operator for a new initial access token, or register the client again.',
  registration_full:
    'Wait as `Retry-After` says, or ask the operator: those that nobody uses go after some days.',
  redirect_uri_mismatch:
    'Shown to the user, never sent back. Compare with the registered URI, letter by letter. The log says which came.',
} as const satisfies Advice;

const authorization = {
  response_type_unsupported: 'Use `code`, or another one of `response_types_supported`.',
  request_object_unsupported: 'Send plain parameters, without `request`: objects are off here.',
  request_uri_unsupported: 'Send plain parameters, without `request_uri`: it is off here.',
  request_object_invalid:
    'Check the object: signed by a registered key and algorithm, `iss` and `client_id` the client, `aud` the issuer, `exp` (if it has one) ahead. The log says which.',
  signed_request_invalid:
    'Check the JWT: signed by a registered key and the registered algorithm, `iss` the client, `aud` the issuer, with `iat`, `nbf`, `exp` at most an hour after it, and a `jti` that was not used. The log says which.',
  request_object_required: 'Send `request`, signed. The client or the profile demands it.',
  request_uri_invalid:
    'Push the request again, and use its `request_uri` within 60 seconds, once, with the same `client_id`. Or: register the address of the object.',
  pushed_request_required: 'Push the request to the `pushed_authorization_request_endpoint` first.',
  client_keys_unusable:
    'Register a key for the encryption that the client chose: right type, `use` enc or none. If it is at an address: that must answer.',
  registration_unsupported: 'Register the client first, and leave `registration` out.',
  code_challenge_missing:
    'Use PKCE: every client must, but those that the operator excepted (`require_pkce`).',
  user_denied:
    'Nothing is wrong with the request. Go on without the access, and let the user start again.',
  login_required: 'Send the user again without `prompt=none`.',
  authentication_unmet:
    'Ask for one of `acr_values_supported` in the metadata, or let the `acr` not be essential.',
  consent_required: 'Send the user again without `prompt=none`.',
} as const satisfies Advice;

const token = {
  grant_type_unsupported: 'Use one of `grant_types_supported` in the metadata.',
  code_invalid: 'Start a new authorization. A code is for one use, within 60 seconds.',
  code_redirect_uri_mismatch: 'Send the very same `redirect_uri` as in the authorization request.',
  code_verifier_wrong: 'Send the verifier that this request’s challenge was made of.',
  refresh_token_invalid: 'Forget the tokens and send the user through authorization again.',
  refresh_token_reused:
    'The same. Then look for the cause: two processes with one token, or a thief. It is a warning in the server’s log.',
  authorization_pending: 'No fault: wait for the interval, and ask again.',
  polled_too_soon: 'Ask less often: five seconds are added to the interval each time.',
  deferred_expired: 'Begin a new request, if the user still wants it.',
  deferred_denied: 'Go on without the access, and let the user start again.',
  deferred_invalid: 'Begin a new request. Each is good for one answer, to the client that made it.',
  credentials_wrong: 'Let the user type again.',
  dpop_proof_invalid:
    'Make a new proof for this very request: method, address, time, signed with the key in it.',
  dpop_proof_missing:
    'Send a proof in the header `DPoP`, or register the client without `dpop_bound_access_tokens`.',
  dpop_proof_replayed: 'Make a new proof for each request.',
  dpop_nonce_missing: 'Make the proof again with the value of `DPoP-Nonce` in it.',
  sender_constraint_missing:
    'Send a proof in the header `DPoP`, or use the client certificate that was registered.',
  grant_binding_wrong:
    'Use the key that was named by `dpop_jkt`, or that the refresh token was issued for. If it is lost, send the user through authorization again.',
  scope_invalid:
    'Ask for scopes that the client is registered for, of the API that `resource` names.',
  target_invalid: 'Name one API that was granted, by its identifier.',
  token_type_unsupported: 'Revoke the refresh token.',
  details_invalid:
    'The description names the member. See `authorization_details_types_supported`, and the types that the client is registered for.',
  grant_id_invalid: 'Use the `grant_id` of the last token answer of this person, or send none.',
  grant_foreign: 'Ask with a token of the person whose grant it is.',
  challenge_incomplete: 'Ask the user for what is missing, and send it with `auth_session`.',
  challenge_wrong: 'Let the user type again, and send it with `auth_session`.',
  challenge_session_invalid: 'Start again without `auth_session`.',
  challenge_to_web:
    'Open the browser with an authorization request; with `request_uri`, where the answer has one.',
  subject_token_invalid:
    'Exchange a living access token that was issued to this client, or for an API that it is an introspector of.',
  actor_token_invalid:
    'Send a living access token of who acts. Where the subject token has `may_act`, it says who may.',
  assertion_invalid:
    'Look at `iss`, `aud`, `exp`, `jti` and `sub`, at the issuer’s keys, and whether the client may bring its assertions. The log says which.',
  subject_unknown:
    'Look at the identifier: `iss_sub` and `opaque` hold the id of the account, `email` its address.',
} as const satisfies Advice;

const pages = {
  sign_in_wrong: 'Try again. Whether the address has an account is not told.',
  password_wrong: 'Type the current password again; it is the one that you sign in with.',
  password_unfit: 'Choose another one: the page says what is wrong with it.',
  user_code_unknown:
    'Type the code that the device shows now. After ten minutes it shows a new one.',
  deferred_not_pending: 'Begin again where the request came from, and answer it with one account.',
  request_expired:
    'Go back to the application and start again: half an hour has passed, or the page was sent before.',
  id_token_hint_invalid:
    'Send an ID token that this server issued to the client. One whose key is not published any more counts as unknown: leave it out.',
  post_logout_redirect_uri_mismatch:
    'Shown to the user, never sent back. Register the address in `post_logout_redirect_uris`, letter by letter, and send `client_id` or `id_token_hint` with it.',
  form_foreign:
    'Reload the page and send it again. Cookies must be allowed; another site’s form is refused.',
} as const satisfies Advice;

const backchannel = {
  user_unknown:
    'Ask the user for the address of their account here, or send an ID token of theirs.',
  binding_message_invalid:
    'Send a short message, of letters and digits: a reference that you show as well.',
} as const satisfies Advice;

const load = {
  throttled: 'Wait as `Retry-After` says.',
  overloaded: 'Wait as `Retry-After` says, and send it again.',
  fault: 'A bug, or a fault of the store. Its line in the server’s log has the cause.',
} as const satisfies Advice;

const bearer = {
  token_missing: 'Send `Authorization: Bearer`.',
  token_twice: 'Send the token in one way, once.',
  token_in_query: 'Send the token in the Authorization header.',
  token_malformed: 'Send the access token just as it was given.',
  token_type_wrong: 'Send the access token, not the ID token.',
  token_signature_wrong:
    'Get a new token. If that fails too, the API trusts another issuer or has old keys.',
  token_issuer_wrong: 'Get a token of the issuer that this API trusts.',
  token_audience_wrong: 'Get a token for this API: name it by `resource`.',
  token_expired: 'Refresh, and try once more.',
  token_not_yet_valid: 'Look at the clocks.',
  token_ended: 'Access was taken back. Send the user through authorization again.',
  scope_insufficient: 'Ask the user for the scope that the challenge names, if you need it.',
  resource_forbidden: 'Do not repeat it. This caller may not do this, with whatever token.',
  token_inactive:
    'Refresh, and try once more. If that fails, send the user through authorization again.',
  token_binding_wrong: 'Send the proof or the certificate that this token was issued for.',
  proof_invalid:
    'Make a new proof for this very request: method, address, time, and the hash of the token.',
  proof_replayed: 'Make a new proof for each request.',
  proof_nonce_missing: 'Make the proof again with the value of `DPoP-Nonce` in it.',
  authentication_insufficient:
    'Send the user through authorization again with the `acr_values` or `max_age` of the challenge.',
  detail_insufficient: 'Ask the user for this resource in `authorization_details`.',
  status_unavailable:
    'Wait as `Retry-After` says. The API’s operator looks at its way to the issuer.',
  introspection_unavailable:
    'Wait as `Retry-After` says. The API’s operator looks at its way to the issuer.',
  decision_unavailable:
    'Wait as `Retry-After` says. The API’s operator looks at its way to the decision point.',
  keys_unavailable:
    'Wait as `Retry-After` says. The API’s operator looks at its way to the issuer.',
} as const satisfies Advice;

const apiKey = {
  api_key_malformed:
    'Look at what was sent: prefix, length and checksum of a key, five parts of a sealed one.',
  api_key_invalid: 'Get a key for this API.',
  api_key_expired: 'Get a new key. Rotation lets two live side by side.',
  api_key_plain: 'Seal the key, as docs/api-keys.md says, or with `@keywright/client`.',
  sealed_key_invalid: 'Fetch the API’s encryption key again, and seal anew.',
  sealed_key_misplaced:
    'Seal the key for the request that it is sent with: audience, method and address.',
  sealed_key_expired: 'Seal the key anew for each request, and look at the clocks.',
  sealed_key_replayed: 'Seal the key anew for each request.',
  api_key_network_forbidden: 'Call from an address that the key is open to.',
  api_keys_unavailable:
    'Wait as `Retry-After` says. The API’s operator looks at its way to the issuer.',
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
    where: 'Who calls, and whether it may.',
    advice: client,
  },
  {
    title: 'The way to a code',
    where: 'At `/authorize`, sent back to the redirect URI.',
    advice: authorization,
  },
  {
    title: 'Tokens',
    where: 'At `/token` and `/revoke`; scope and target at `/authorize` too.',
    advice: token,
  },
  { title: 'A user who is elsewhere', where: 'At `/bc-authorize`.', advice: backchannel },
  { title: 'The pages', where: 'Shown to the user.', advice: pages },
  { title: 'Load and faults', where: 'At every address.', advice: load },
  {
    title: 'A bearer token',
    where: 'At APIs behind the guard, and at `/userinfo`.',
    advice: bearer,
  },
  { title: 'An API key', where: 'At APIs behind the guard that take them.', advice: apiKey },
];
