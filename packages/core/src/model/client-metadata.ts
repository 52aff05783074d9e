/**
 * The one table of client metadata. Types, what a registration may hold, the schema of the
 * configuration file, what is stored, how it is shown, and the reference pages follow from it. What
 * a value must be beyond its type is checked in kernel/clients/metadata. The order is that of the
 * reference pages.
 */
import { signingAlgorithms } from '@keywright/jwt';
import { clientAuthenticationMethods, responseModes } from '@keywright/wire';
import { clientKinds, clientTrusts, profileNames } from './client-kind.ts';
import { grantTypes } from './features.ts';
import {
  address,
  addresses,
  certificateName,
  encryption,
  everybody,
  flag,
  notInFile,
  number,
  object,
  of,
  onlyFalse,
  onlyTrue,
  operator,
  picture,
  storeColour,
  storeDetailTypes,
  storeExchange,
  storeResponseTypes,
  text,
  texts,
} from './client-member.ts';

/** A name of our own. */
const ours = '';

export const clientMembers = {
  ...of('RFC 7591 §3.2.1', operator, {
    client_id: text('You choose it. It must not change.', { property: 'id', isFilled: true }),
    client_secret: text(
      'At least 256 bits of randomness, best written as `${NAME}` from the environment.',
      {
        property: 'secrets',
      },
    ),
  }),
  ...of(ours, operator, {
    kind: text('The form of the application.', {
      property: 'kind',
      values: clientKinds,
      isRequired: true,
    }),
    trust: text('How far you trust it. Kind and trust select its tier.', {
      property: 'trust',
      values: clientTrusts,
      isRequired: true,
    }),
  }),
  ...of('RFC 7591 §2', everybody, {
    client_name: text('Shown on the consent page.', {
      property: 'name',
      isRequired: true,
      isFilled: true,
    }),
  }),
  ...of(ours, operator, {
    publisher: text('The person or company that publishes it. Shown on the consent page.', {
      property: 'publisher',
      isFilled: true,
    }),
  }),
  ...of('RFC 7591 §2', everybody, {
    client_uri: address('Its home page.', { property: 'homepage' }),
    redirect_uris: texts(
      'The addresses to which answers may go. They are compared as exact strings.',
      {
        property: 'redirectUris',
      },
    ),
    grant_types: texts('Default: the grants that its tier has by default.', {
      property: 'grantTypes',
      values: grantTypes,
    }),
    scope: text('The scopes that it may have, separated by spaces.', { property: 'scopes' }),
  }),
  ...of(ours, operator, {
    optional_scope: text('The scopes in `scope` that the user may decline.', {
      property: 'optionalScopes',
    }),
  }),
  ...of('RFC 7591 §2', everybody, {
    token_endpoint_auth_method: text('How it authenticates.', {
      property: 'authenticationMethods',
      values: clientAuthenticationMethods,
    }),
  }),
  ...of('OpenID Connect Registration §2', everybody, {
    token_endpoint_auth_signing_alg: text(
      'The only algorithm with which it signs its assertions. Default: any algorithm of its keys.',
    ),
  }),
  ...of('RFC 7591 §2', everybody, {
    jwks: object('Its public keys, as a JWK set (RFC 7517).'),
    jwks_uri: address('The address of its public keys, instead of `jwks`: a public https address.'),
  }),
  ...of('RFC 8705 §2.1.2', everybody, {
    tls_client_auth_subject_dn: certificateName(
      'subject_dn',
      'For `tls_client_auth`, give one of five settings. This one is the subject of its certificate, as RFC 4514 writes it.',
    ),
    tls_client_auth_san_dns: certificateName('san_dns', 'A host name in its certificate.'),
    tls_client_auth_san_uri: certificateName('san_uri', 'A URI in its certificate.'),
    tls_client_auth_san_ip: certificateName('san_ip', 'An IP address in its certificate.'),
    tls_client_auth_san_email: certificateName(
      'san_email',
      'An e-mail address in its certificate.',
    ),
  }),
  ...of('RFC 8705 §3.4', everybody, {
    tls_client_certificate_bound_access_tokens: flag(
      'Its tokens are bound to its client certificate (RFC 8705 §3). Needs `mutual_tls`.',
      { setting: 'certificateBoundAccessTokens', store: onlyTrue },
    ),
  }),
  ...of('RFC 7591 §2', everybody, {
    response_types: texts(
      'The response types that it uses at `/authorize`. Default: those of its grants. `code` with other values needs `hybrid`.',
      { store: storeResponseTypes },
    ),
  }),
  ...of(ours, everybody, {
    response_modes: texts('The response modes that it may use. Default: all.', {
      values: responseModes,
    }),
  }),
  ...of('RFC 9126 §6', everybody, {
    require_pushed_authorization_requests: flag(
      'It must push its requests (RFC 9126). Other authorization requests are refused.',
      { setting: 'requirePushedRequests' },
    ),
  }),
  ...of('RFC 9101 §10.5', everybody, {
    require_signed_request_object: flag('It must sign its requests (RFC 9101).'),
  }),
  ...of('OpenID Connect Registration §2', everybody, {
    request_object_signing_alg: text(
      'The only algorithm with which it signs requests. Default: any that the server accepts.',
    ),
    ...encryption(
      'request_object_encryption',
      'requestObjectEncryption',
      'The key management algorithm of the requests that it encrypts for this server.',
    ),
    request_uris: addresses('The https addresses from which its request objects are fetched.'),
  }),
  ...of('JARM §3', everybody, {
    authorization_signed_response_alg: text(
      'The algorithm of its signed answers (JARM), one of `keys.algorithms`. Default RS256.',
      { values: signingAlgorithms },
    ),
    ...encryption(
      'authorization_encrypted_response',
      'authorizationEncryption',
      'Encrypts its signed answers for one of its keys, with this key management algorithm.',
    ),
  }),
  ...of('OpenID Connect Registration §2', everybody, {
    id_token_signed_response_alg: text(
      'The algorithm of its ID tokens, one of `keys.algorithms`. Default RS256, or ES256 if the server has no RS256 key.',
      { property: 'idTokenAlgorithm', values: signingAlgorithms },
    ),
    ...encryption(
      'id_token_encrypted_response',
      'idTokenEncryption',
      'Encrypts its ID tokens for one of its keys, with this key management algorithm.',
    ),
  }),
  ...of(ours, operator, {
    id_token_claims: text(
      'With `from_scopes`, its ID tokens also contain the claims of `profile`, `email`, `address` and `phone`. Use this for an application that does not call userinfo. Default: only userinfo returns them.',
      { values: ['from_scopes'], isHidden: true },
    ),
  }),
  ...of('OpenID Connect Registration §2', everybody, {
    userinfo_signed_response_alg: text(
      'The algorithm that signs its userinfo answers, one of `keys.algorithms`. Default: plain JSON.',
      { values: signingAlgorithms },
    ),
    ...encryption(
      'userinfo_encrypted_response',
      'userinfoEncryption',
      'Encrypts its userinfo answers for one of its keys, with this key management algorithm.',
    ),
    subject_type: text(
      'With `pairwise`, it knows users by subjects that no other sector knows. Default public.',
      { values: ['public', 'pairwise'] },
    ),
    sector_identifier_uri: address(
      'An https address. Its host is the sector, instead of the host of the redirect URIs.',
    ),
    default_max_age: number('The largest age of a sign-in if the request has no `max_age`.'),
    require_auth_time: flag(
      'Has no effect, because every ID token contains the time of the sign-in.',
    ),
    default_acr_values: texts(
      'The kinds of sign-in, in order of preference, if the request names none.',
    ),
  }),
  ...of('RFC 9449 §5.2', everybody, {
    dpop_bound_access_tokens: flag(
      'It gets tokens only with a DPoP proof. The tokens are bound to its key (RFC 9449).',
      { store: onlyTrue },
    ),
  }),
  ...of('RFC 9701 §6', everybody, {
    introspection_signed_response_alg: text(
      'The algorithm of signed introspection answers (RFC 9701), one of `keys.algorithms`. Default RS256.',
      { values: signingAlgorithms },
    ),
    ...encryption(
      'introspection_encrypted_response',
      'introspectionEncryption',
      'Encrypts signed introspection answers for one of its keys, with this key management algorithm.',
    ),
  }),
  ...of('OpenID Connect RP-Initiated Logout §3.1', everybody, {
    post_logout_redirect_uris: texts(
      'The addresses to which a user may return after signing out. They are compared as exact strings.',
    ),
  }),
  ...of('OpenID Connect Back-Channel Logout §2.2', everybody, {
    backchannel_logout_uri: address(
      'The server posts a logout token to this address when a session has ended.',
    ),
    backchannel_logout_session_required: flag(
      'Whether the logout token must contain `sid`. It always does.',
    ),
  }),
  ...of('OpenID Connect Front-Channel Logout §2', everybody, {
    frontchannel_logout_uri: address(
      'An address that the signed-out page loads in a frame. It needs the scheme, host and port of a redirect URI.',
    ),
    frontchannel_logout_session_required: flag(
      'Whether the address must get `iss` and `sid`. It always does.',
    ),
  }),
  ...of(ours, operator, {
    token_exchange: object('Rules for a service that exchanges tokens (RFC 8693).', {
      store: storeExchange,
      isHidden: true,
    }),
    assertion_issuers: texts(
      'For a service that uses assertions as grants: the issuers, from `assertion_issuers`.',
      { isHidden: true },
    ),
  }),
  ...of('CIBA §4', everybody, {
    backchannel_token_delivery_mode: text(
      'How it learns that a user answered its backchannel request (CIBA §4). Default poll.',
      { values: ['poll', 'ping'] },
    ),
    backchannel_client_notification_endpoint: address(
      'The https address that the server notifies.',
    ),
    backchannel_authentication_request_signing_alg: text(
      'The algorithm with which it signs its backchannel requests. Unsigned requests are then refused.',
    ),
    backchannel_user_code_parameter: flag('Must be false: there are no user codes of CIBA here.', {
      by: notInFile,
      store: onlyTrue,
    }),
  }),
  ...of('RFC 9396 §10', operator, {
    authorization_details_types: texts(
      'The types of authorization details that it may ask for (RFC 9396). Default: none.',
      { store: storeDetailTypes },
    ),
  }),
  ...of(ours, operator, {
    first_party_challenge: flag(
      'It asks for passwords itself, at the authorization challenge endpoint. Only for first-party native and web clients.',
      { store: onlyTrue },
    ),
    refresh_absolute_seconds: text(
      'Its refresh tokens have no absolute end, whatever its tier says. Not for unverified clients.',
      { values: ['never'], isHidden: true },
    ),
    refresh_retry_seconds: text(
      'A spent refresh token gets the same successor until the successor is used. The client must authenticate, or must bind the token to a key. Not for unverified clients, and not with the FAPI profiles.',
      { values: ['until_used'], isHidden: true },
    ),
    require_pkce: flag(
      'Default: true. `false` is for an application that is older than PKCE and cannot be changed. Only for `web` clients, and not with `oauth-2.1`, `fapi-2` and `mcp`.',
      { store: onlyFalse, isHidden: true },
    ),
    profile: text('The profile of this client, if it is stricter than the profile of the server.', {
      values: profileNames,
      isHidden: true,
    }),
  }),
  ...of(ours, operator, {
    brand_name: text(
      'The name at the top of the sign-in pages that users reach from it, with the name of the service beside it. Only for first-party clients with users.',
      { isHidden: true },
    ),
    brand_accent: text(
      'The colour of buttons and links on these pages, for example `#0d5c4a`. Only for first-party clients with users.',
      { store: storeColour, isHidden: true },
    ),
    brand_logo: picture(
      'The logo on these pages: PNG, JPEG or WebP, at most 24 KB, 16 to 1000 pixels high and wide. In the configuration file a file name, otherwise a `data` address. Needs `brand_name`.',
      { isHidden: true },
    ),
  }),
  ...of('RFC 7591 §2', notInFile, {
    logo_uri: address('Stored and shown to administrators. No page loads it.'),
    policy_uri: address('Its privacy policy. Shown on the consent page as text.'),
    tos_uri: address('Its terms of service. Shown on the consent page as text.'),
    contacts: texts('Who is responsible for it: addresses of people or pages.'),
    software_id: text('The same for every installation of one program.'),
    software_version: text('Of that program.'),
  }),
  ...of('OpenID Connect Registration §2', notInFile, {
    initiate_login_uri: address(
      'The address at which a sign-in at the client can start (OpenID Connect Core §4).',
    ),
  }),
};
