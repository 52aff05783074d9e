/** The grant type of device authorization (RFC 8628 §3.4). */
export const deviceCodeGrant = 'urn:ietf:params:oauth:grant-type:device_code';
/** The grant type of backchannel requests (CIBA §10.1). */
export const cibaGrant = 'urn:openid:params:grant-type:ciba';
/** The grant type of token exchange (RFC 8693 §2.1). */
export const tokenExchangeGrant = 'urn:ietf:params:oauth:grant-type:token-exchange';
/** The grant type of JWT assertions (RFC 7523 §2.1). */
export const jwtBearerGrant = 'urn:ietf:params:oauth:grant-type:jwt-bearer';

/**
 * Response types (RFC 6749 §3.1.1; OpenID Connect Core §3; Multiple Response Types §5). Several
 * values in one type have the order that the discovery document uses.
 */
export const responseTypes = [
  'code',
  'token',
  'id_token',
  'id_token token',
  'code id_token',
  'code token',
  'code id_token token',
] as const;
/** A response type: one of `responseTypes`. */
export type ResponseType = (typeof responseTypes)[number];

/** Response modes (Multiple Response Types §2.1; Form Post Response Mode §2; JARM §2.3). */
export const responseModes = [
  'query',
  'fragment',
  'form_post',
  'jwt',
  'query.jwt',
  'fragment.jwt',
  'form_post.jwt',
] as const;
/** A response mode: one of `responseModes`. */
export type ResponseMode = (typeof responseModes)[number];

/** Prompt values (OpenID Connect Core §3.1.2.1). */
export const promptValues = ['none', 'login', 'consent', 'select_account'] as const;
/** A value of `prompt`: one of `promptValues`. */
export type PromptValue = (typeof promptValues)[number];

/** How a client authenticates at the token endpoint (RFC 7591 §2, `token_endpoint_auth_method`). */
export const clientAuthenticationMethods = [
  'none',
  'client_secret_basic',
  'client_secret_post',
  'client_secret_jwt',
  'private_key_jwt',
  'tls_client_auth',
  'self_signed_tls_client_auth',
] as const;
/** A method of client authentication: one of `clientAuthenticationMethods`. */
export type ClientAuthenticationMethod = (typeof clientAuthenticationMethods)[number];
