/**
 * What to do about each refusal, for docs/errors.md, docs/401-or-403.md and `keywright why`. A reason without its line here does not
 * compile. It has an entry of its own (`@keywright/wire/advice`), so that the guard does not carry these texts.
 */
import type { RefusalReason } from './refusals.ts';

export type Advice = Partial<Record<RefusalReason, string>>;

const request = {
  parameter_missing: 'Send the parameter that the description names.',
  parameter_repeated: 'Send each parameter once. Only `resource` may be repeated.',
  parameter_malformed: 'Look at the value’s form: its length, its percent-encoding, no NUL.',
  parameter_unsupported: 'Use one of the values that the metadata lists.',
  content_type_wrong: 'Send the parameters as a form, with that Content-Type.',
  body_malformed: 'Send `Content-Type: application/json`, and the members that the description names.',
  hierarchy_refused: 'Look at what the two lie in already. The description names which bound it is.',
  credentials_in_query:
    'Move every parameter into the body. Replace what stood in the address: it may be in logs now.',
  body_too_large: 'Send less: 64 KiB is the most.',
  path_unknown: 'Take addresses from the metadata. At an API: there is no such resource.',
  method_not_allowed: 'Use one of the methods in `Allow`.',
} as const satisfies Advice;

const client = {
  client_authentication_missing:
    'Send the client’s id and secret, or `client_id` alone for a client without a secret.',
  client_authentication_failed:
    'Check id, secret and method with `keywright explain`. The answer is the same for unknown and disabled clients.',
  client_authentication_twice: 'Use the Authorization header or the body, not both.',
  client_not_permitted:
    'See `keywright explain`: the tier forbids it, or the client’s `grant_types` do not name it.',
  client_unknown:
    'Shown to the user, never sent back. Check `client_id`, and that the client is not disabled.',
  redirect_uri_mismatch:
    'Shown to the user, never sent back. Compare with the registered URI, letter by letter.',
} as const satisfies Advice;

const authorization = {
  response_type_unsupported: 'Use `code`.',
  request_object_unsupported: 'Send plain parameters, without `request`.',
  request_uri_unsupported: 'Send plain parameters, without `request_uri`.',
  registration_unsupported: 'Register the client first, and leave `registration` out.',
  code_challenge_missing: 'Use PKCE: every client must.',
  user_denied: 'Respect it, and let the user start again.',
  login_required: 'Send the user again without `prompt=none`.',
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
  credentials_wrong: 'Let the user type again.',
  scope_invalid: 'Ask for scopes that the client is registered for, of the API that `resource` names.',
  target_invalid: 'Name one API that was granted, by its identifier.',
  token_type_unsupported: 'Revoke the refresh token.',
} as const satisfies Advice;

const pages = {
  sign_in_wrong: 'Try again. Whether the address has an account is not told.',
  request_expired:
    'Go back to the application and start again: half an hour has passed, or the page was sent before.',
  form_foreign: 'Reload the page and send it again. Cookies must be allowed; another site’s form is refused.',
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
  token_signature_wrong: 'Get a new token. If that fails too, the API trusts another issuer or has old keys.',
  token_issuer_wrong: 'Get a token of the issuer that this API trusts.',
  token_audience_wrong: 'Get a token for this API: name it by `resource`.',
  token_expired: 'Refresh, and try once more.',
  token_not_yet_valid: 'Look at the clocks.',
  token_ended: 'Access was taken back. Send the user through authorization again.',
  scope_insufficient: 'Ask the user for the scope that the challenge names, if you need it.',
  resource_forbidden: 'Do not repeat it. This caller may not do this, with whatever token.',
  token_inactive: 'Refresh, and try once more. If that fails, send the user through authorization again.',
  token_binding_wrong: 'Send the proof or the certificate that this token was issued for.',
  proof_invalid: 'Make a new proof for this very request: method, address, time, and the hash of the token.',
  proof_replayed: 'Make a new proof for each request.',
  proof_nonce_missing: 'Make the proof again with the value of `DPoP-Nonce` in it.',
  authentication_insufficient:
    'Send the user through authorization again with the `acr_values` or `max_age` of the challenge.',
  detail_insufficient: 'Ask the user for this resource in `authorization_details`.',
  status_unavailable: 'Wait as `Retry-After` says. The API’s operator looks at its way to the issuer.',
  introspection_unavailable: 'Wait as `Retry-After` says. The API’s operator looks at its way to the issuer.',
  decision_unavailable:
    'Wait as `Retry-After` says. The API’s operator looks at its way to the decision point.',
  keys_unavailable: 'Wait as `Retry-After` says. The API’s operator looks at its way to the issuer.',
} as const satisfies Advice;

const apiKey = {
  api_key_malformed:
    'Look at what was sent: prefix, length and checksum of a key, five parts of a sealed one.',
  api_key_invalid: 'Get a key for this API.',
  api_key_expired: 'Get a new key. Rotation lets two live side by side.',
  api_key_plain: 'Seal the key, as docs/api-keys.md says, or with `@keywright/client`.',
  sealed_key_invalid: 'Fetch the API’s encryption key again, and seal anew.',
  sealed_key_misplaced: 'Seal the key for the request that it is sent with: audience, method and address.',
  sealed_key_expired: 'Seal the key anew for each request, and look at the clocks.',
  sealed_key_replayed: 'Seal the key anew for each request.',
  api_key_network_forbidden: 'Call from an address that the key is open to.',
  api_keys_unavailable: 'Wait as `Retry-After` says. The API’s operator looks at its way to the issuer.',
} as const satisfies Advice;

export const advice: Readonly<Record<RefusalReason, string>> = {
  ...request,
  ...client,
  ...authorization,
  ...token,
  ...pages,
  ...load,
  ...bearer,
  ...apiKey,
};

export interface AdviceGroup {
  readonly title: string;
  readonly where: string;
  readonly advice: Advice;
}

/** In the order of the page. */
export const adviceGroups: readonly AdviceGroup[] = [
  { title: 'The request', where: 'At every address.', advice: request },
  { title: 'The client', where: 'Who calls, and whether it may.', advice: client },
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
  { title: 'The pages', where: 'Shown to the user.', advice: pages },
  { title: 'Load and faults', where: 'At every address.', advice: load },
  { title: 'A bearer token', where: 'At APIs behind the guard, and at `/userinfo`.', advice: bearer },
  { title: 'An API key', where: 'At APIs behind the guard that take them.', advice: apiKey },
];
