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
    client_id: text('Chosen by you, stable.', { property: 'id', isFilled: true }),
    client_secret: text('At least 256 bits of randomness, best as `${NAME}` of the environment.', {
      property: 'secrets',
    }),
  }),
  ...of(ours, operator, {
    kind: text('What the application is.', {
      property: 'kind',
      values: clientKinds,
      isRequired: true,
    }),
    trust: text('How far it is trusted. Kind and trust select its tier.', {
      property: 'trust',
      values: clientTrusts,
      isRequired: true,
    }),
  }),
  ...of('RFC 7591 §2', everybody, {
    client_name: text('Shown at consent.', { property: 'name', isRequired: true, isFilled: true }),
  }),
  ...of(ours, operator, {
    publisher: text('Who stands behind it; shown at consent.', {
      property: 'publisher',
      isFilled: true,
    }),
  }),
  ...of('RFC 7591 §2', everybody, {
    client_uri: address('Its home page.', { property: 'homepage' }),
    redirect_uris: texts('Where answers may go, compared as exact strings.', {
      property: 'redirectUris',
    }),
    grant_types: texts('Default: those that are on in its tier.', {
      property: 'grantTypes',
      values: grantTypes,
    }),
    scope: text('The ceiling, parted by spaces.', { property: 'scopes' }),
  }),
  ...of(ours, operator, {
    optional_scope: text('Those of `scope` that the user may untick.', {
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
      'What it signs its assertions with, and nothing else; left out: whatever its keys are for.',
    ),
  }),
  ...of('RFC 7591 §2', everybody, {
    jwks: object('Its public keys, as a JWK set (RFC 7517).'),
    jwks_uri: address('Where they are published, in place of `jwks`: an https address.'),
  }),
  ...of('RFC 8705 §2.1.2', everybody, {
    tls_client_auth_subject_dn: certificateName(
      'subject_dn',
      'For `tls_client_auth`, one of five: the subject of its certificate, as RFC 4514 writes it.',
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
      'Its tokens are bound to the certificate that it shows (RFC 8705 §3). Needs `mutual_tls`.',
      { setting: 'certificateBoundAccessTokens', store: onlyTrue },
    ),
  }),
  ...of('RFC 7591 §2', everybody, {
    response_types: texts(
      'What it asks for at `/authorize`. Default: what its grants are for. With `code` and more only by `hybrid`.',
      { store: storeResponseTypes },
    ),
  }),
  ...of(ours, everybody, {
    response_modes: texts('How its answers may travel. Default: every way that there is.', {
      values: responseModes,
    }),
  }),
  ...of('RFC 9126 §6', everybody, {
    require_pushed_authorization_requests: flag(
      'It must push its requests (RFC 9126); in the open they are refused.',
      { setting: 'requirePushedRequests' },
    ),
  }),
  ...of('RFC 9101 §10.5', everybody, {
    require_signed_request_object: flag('It must sign its requests (RFC 9101).'),
  }),
  ...of('OpenID Connect Registration §2', everybody, {
    request_object_signing_alg: text(
      'The one algorithm that it signs requests with. Default: any that is taken here.',
    ),
    ...encryption(
      'request_object_encryption',
      'requestObjectEncryption',
      'Key management of the requests that it encrypts for this server.',
    ),
    request_uris: addresses('https addresses that its request objects are fetched from.'),
  }),
  ...of('JARM §3', everybody, {
    authorization_signed_response_alg: text(
      'Algorithm of its signed answers (JARM), one of `keys.algorithms`. Default RS256.',
      { values: signingAlgorithms },
    ),
    ...encryption(
      'authorization_encrypted_response',
      'authorizationEncryption',
      'Its signed answers are encrypted for one of its keys, by this key management.',
    ),
  }),
  ...of('OpenID Connect Registration §2', everybody, {
    id_token_signed_response_alg: text(
      'Algorithm of its ID tokens, one of `keys.algorithms`. Default RS256; ES256 where there is no key of it.',
      { property: 'idTokenAlgorithm', values: signingAlgorithms },
    ),
    ...encryption(
      'id_token_encrypted_response',
      'idTokenEncryption',
      'Its ID tokens are encrypted for one of its keys, by this key management.',
    ),
  }),
  ...of(ours, operator, {
    id_token_claims: text(
      '`from_scopes`: the claims of `profile`, `email`, `address` and `phone` stand in its ID tokens too, for an application that does not ask userinfo. Left out: at userinfo alone.',
      { values: ['from_scopes'], isHidden: true },
    ),
  }),
  ...of('OpenID Connect Registration §2', everybody, {
    userinfo_signed_response_alg: text(
      'Userinfo is signed for it by this algorithm, one of `keys.algorithms`. Left out: plain JSON.',
      { values: signingAlgorithms },
    ),
    ...encryption(
      'userinfo_encrypted_response',
      'userinfoEncryption',
      'Userinfo is encrypted for one of its keys, by this key management.',
    ),
    subject_type: text(
      'With `pairwise` it knows people by subjects that no other sector knows. Default public.',
      { values: ['public', 'pairwise'] },
    ),
    sector_identifier_uri: address(
      'Its host is the sector, in place of the host of the redirect URIs: an https address.',
    ),
    default_max_age: number('Where its request says nothing: the oldest sign-in that will do.'),
    require_auth_time: flag('Changes nothing: every ID token says when the sign-in was.'),
    default_acr_values: texts(
      'Where its request says nothing: how the sign-in shall be, in order of preference.',
    ),
  }),
  ...of('RFC 9449 §5.2', everybody, {
    dpop_bound_access_tokens: flag(
      'Its tokens are given only with a DPoP proof, and bound to its key (RFC 9449).',
      { store: onlyTrue },
    ),
  }),
  ...of('RFC 9701 §6', everybody, {
    introspection_signed_response_alg: text(
      'Algorithm of signed introspection answers (RFC 9701), one of `keys.algorithms`. Default RS256.',
      { values: signingAlgorithms },
    ),
    ...encryption(
      'introspection_encrypted_response',
      'introspectionEncryption',
      'Signed introspection answers are encrypted for one of its keys, by this key management.',
    ),
  }),
  ...of('OpenID Connect RP-Initiated Logout §3.1', everybody, {
    post_logout_redirect_uris: texts(
      'Where a person may be sent after signing out, compared as exact strings.',
    ),
  }),
  ...of('OpenID Connect Back-Channel Logout §2.2', everybody, {
    backchannel_logout_uri: address(
      'The server posts a logout token there when a session has ended.',
    ),
    backchannel_logout_session_required: flag(
      'Whether the logout token must hold `sid`. It always does.',
    ),
  }),
  ...of('OpenID Connect Front-Channel Logout §2', everybody, {
    frontchannel_logout_uri: address(
      'Loaded in a frame of the signed-out page. On the scheme, host and port of a redirect URI.',
    ),
    frontchannel_logout_session_required: flag(
      'Whether `iss` and `sid` must be added to it. They always are.',
    ),
  }),
  ...of(ours, operator, {
    token_exchange: object('A service that exchanges tokens (RFC 8693).', {
      store: storeExchange,
      isHidden: true,
    }),
    assertion_issuers: texts(
      'A service that brings assertions as grants: of which of the issuers in `assertion_issuers`.',
      { isHidden: true },
    ),
  }),
  ...of('CIBA §4', everybody, {
    backchannel_token_delivery_mode: text(
      'How it learns that somebody answered its backchannel request (CIBA §4). Default poll.',
      { values: ['poll', 'ping'] },
    ),
    backchannel_client_notification_endpoint: address('Where it is pinged: an https address.'),
    backchannel_authentication_request_signing_alg: text(
      'It signs its backchannel requests by this algorithm, and none is taken unsigned.',
    ),
    backchannel_user_code_parameter: flag('Must be false: there are no user codes of CIBA here.', {
      by: notInFile,
      store: onlyTrue,
    }),
  }),
  ...of('RFC 9396 §10', operator, {
    authorization_details_types: texts(
      'Types of authorization details that it may ask for (RFC 9396). Default: none.',
      { store: storeDetailTypes },
    ),
  }),
  ...of(ours, operator, {
    first_party_challenge: flag(
      'It asks for passwords itself, at the authorization challenge endpoint. Open to first-party native and web clients alone.',
      { store: onlyTrue },
    ),
    refresh_absolute_seconds: text(
      'Its refresh tokens have no absolute end, whatever its tier says. Not open to unverified clients.',
      { values: ['never'], isHidden: true },
    ),
    refresh_retry_seconds: text(
      'A spent refresh token gets the same successor until that is used, where the client authenticates or has bound the token to a key. Not open to unverified clients, nor under the FAPI profiles.',
      { values: ['until_used'], isHidden: true },
    ),
    require_pkce: flag(
      'Default: true. `false` is for an application that is older than PKCE and cannot be changed: open to `web` clients alone, and not under `oauth-2.1`, `fapi-2` and `mcp`.',
      { store: onlyFalse, isHidden: true },
    ),
    profile: text('Held to this one, where it is stricter than the server’s.', {
      values: profileNames,
      isHidden: true,
    }),
  }),
  ...of('RFC 7591 §2', notInFile, {
    logo_uri: address('Kept and shown to administrators; no page loads it.'),
    policy_uri: address(
      'What it does with what it is told about people. Shown at consent as text.',
    ),
    tos_uri: address('Its terms of service. Shown at consent as text.'),
    contacts: texts('Who is responsible for it: addresses of people or pages.'),
    software_id: text('The same for every installation of one program.'),
    software_version: text('Of that program.'),
  }),
  ...of('OpenID Connect Registration §2', notInFile, {
    initiate_login_uri: address(
      'Where a sign-in at the client may be begun (OpenID Connect Core §4).',
    ),
  }),
};
