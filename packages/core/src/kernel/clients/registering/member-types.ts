/**
 * The members of a registration as JSON (RFC 7591 §2), each with the one type that it may have. Whoever adds a member to
 * `ClientRegistration` says its type here, or this does not compile.
 */
import type { ClientRegistration } from '../client-registration.ts';

/** `address` is text that must be an https URL. */
export type MemberType =
  | 'text'
  | 'texts'
  | 'flag'
  | 'number'
  | 'address'
  | 'addresses'
  | 'object'
  | 'objects';

/** Not for whoever comes by itself to say: the server chooses them, or an administrator. */
export const ownMemberTypes = {
  client_id: 'text',
  client_secret: 'text',
  kind: 'text',
  trust: 'text',
  publisher: 'text',
  optional_scope: 'text',
  profile: 'text',
  first_party_challenge: 'flag',
  require_pkce: 'flag',
  id_token_claims: 'text',
  refresh_absolute_seconds: 'text',
  refresh_retry_seconds: 'text',
  token_exchange: 'object',
  assertion_issuers: 'texts',
  authorization_details_types: 'texts',
} as const satisfies Partial<Record<keyof ClientRegistration, MemberType>>;

type PublicMember = Exclude<keyof ClientRegistration, keyof typeof ownMemberTypes>;

export const memberTypes: Readonly<Record<PublicMember, MemberType>> = {
  client_name: 'text',
  client_uri: 'address',
  redirect_uris: 'texts',
  grant_types: 'texts',
  scope: 'text',
  token_endpoint_auth_method: 'text',
  token_endpoint_auth_signing_alg: 'text',
  tls_client_auth_subject_dn: 'text',
  tls_client_auth_san_dns: 'text',
  tls_client_auth_san_uri: 'text',
  tls_client_auth_san_ip: 'text',
  tls_client_auth_san_email: 'text',
  tls_client_certificate_bound_access_tokens: 'flag',
  jwks: 'object',
  jwks_uri: 'address',
  response_types: 'texts',
  response_modes: 'texts',
  require_pushed_authorization_requests: 'flag',
  require_signed_request_object: 'flag',
  request_object_signing_alg: 'text',
  request_object_encryption_alg: 'text',
  request_object_encryption_enc: 'text',
  request_uris: 'addresses',
  authorization_signed_response_alg: 'text',
  authorization_encrypted_response_alg: 'text',
  authorization_encrypted_response_enc: 'text',
  dpop_bound_access_tokens: 'flag',
  introspection_signed_response_alg: 'text',
  introspection_encrypted_response_alg: 'text',
  introspection_encrypted_response_enc: 'text',
  post_logout_redirect_uris: 'texts',
  backchannel_logout_uri: 'address',
  backchannel_logout_session_required: 'flag',
  frontchannel_logout_uri: 'address',
  frontchannel_logout_session_required: 'flag',
  backchannel_token_delivery_mode: 'text',
  backchannel_client_notification_endpoint: 'address',
  backchannel_user_code_parameter: 'flag',
  backchannel_authentication_request_signing_alg: 'text',
  id_token_signed_response_alg: 'text',
  id_token_encrypted_response_alg: 'text',
  id_token_encrypted_response_enc: 'text',
  userinfo_signed_response_alg: 'text',
  userinfo_encrypted_response_alg: 'text',
  userinfo_encrypted_response_enc: 'text',
  subject_type: 'text',
  sector_identifier_uri: 'address',
  default_max_age: 'number',
  require_auth_time: 'flag',
  default_acr_values: 'texts',
  logo_uri: 'address',
  policy_uri: 'address',
  tos_uri: 'address',
  initiate_login_uri: 'address',
  contacts: 'texts',
  software_id: 'text',
  software_version: 'text',
};
