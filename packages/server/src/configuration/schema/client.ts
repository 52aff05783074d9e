/** An application, by the names of its metadata (RFC 7591 §2 and the specifications that add to it). */
import { clientKinds, clientTrusts, keyAlgorithms, profileNames } from '@keywright/core';
import { clientAuthenticationMethods, grantTypes, responseModes } from '@keywright/wire';
import * as z from 'zod';
import { jwkSet, limit, seconds, text } from './words.ts';

const tokenExchange = z.strictObject({
  impersonation: z
    .boolean()
    .optional()
    .describe('For the subject, without a word of who acts. Off by default.'),
  delegation: z
    .boolean()
    .optional()
    .describe('With an actor, who stands in the token as `act`. Off by default.'),
  audiences: z.array(z.string()).describe('The APIs that it may get tokens for: their identifiers.'),
});

export const clientSchema = z.strictObject({
  client_id: text('Chosen by you, stable.'),
  client_secret: z
    .string()
    .optional()
    .describe('At least 256 bits of randomness, best as `${NAME}` of the environment.'),
  kind: z.enum(clientKinds).describe('What the application is.'),
  trust: z.enum(clientTrusts).describe('How far it is trusted. Kind and trust select its tier.'),
  client_name: text('Shown at consent.'),
  publisher: text('Who stands behind it; shown at consent.').optional(),
  client_uri: z.string().optional().describe('Its home page.'),
  redirect_uris: z.array(z.string()).optional().describe('Where answers may go, compared as exact strings.'),
  grant_types: z.array(z.enum(grantTypes)).optional().describe('Default: those that are on in its tier.'),
  scope: z.string().optional().describe('The ceiling, parted by spaces.'),
  optional_scope: z.string().optional().describe('Those of `scope` that the user may untick.'),
  token_endpoint_auth_method: z
    .enum(clientAuthenticationMethods)
    .optional()
    .describe('How it authenticates.'),
  token_endpoint_auth_signing_alg: z
    .string()
    .optional()
    .describe('What it signs its assertions with, and nothing else; left out: whatever its keys are for.'),
  jwks: jwkSet.optional().describe('Its public keys, as a JWK set (RFC 7517).'),
  jwks_uri: z.string().optional().describe('Where they are published, in place of `jwks`: an https address.'),
  tls_client_auth_subject_dn: z
    .string()
    .optional()
    .describe('For `tls_client_auth`, one of five: the subject of its certificate, as RFC 4514 writes it.'),
  tls_client_auth_san_dns: z.string().optional().describe('A host name in its certificate.'),
  tls_client_auth_san_uri: z.string().optional().describe('A URI in its certificate.'),
  tls_client_auth_san_ip: z.string().optional().describe('An IP address in its certificate.'),
  tls_client_auth_san_email: z.string().optional().describe('An e-mail address in its certificate.'),
  tls_client_certificate_bound_access_tokens: z
    .boolean()
    .optional()
    .describe('Its tokens are bound to the certificate that it shows (RFC 8705 §3). Needs `mutual_tls`.'),
  response_types: z
    .array(z.string())
    .optional()
    .describe(
      'What it asks for at `/authorize`. Default: what its grants are for. With `code` and more only by `hybrid`.',
    ),
  response_modes: z
    .array(z.enum(responseModes))
    .optional()
    .describe('How its answers may travel. Default: every way that there is.'),
  require_pushed_authorization_requests: z
    .boolean()
    .optional()
    .describe('It must push its requests (RFC 9126); in the open they are refused.'),
  require_signed_request_object: z.boolean().optional().describe('It must sign its requests (RFC 9101).'),
  request_object_signing_alg: z
    .string()
    .optional()
    .describe('The one algorithm that it signs requests with. Default: any that is taken here.'),
  request_object_encryption_alg: z
    .string()
    .optional()
    .describe('Key management of the requests that it encrypts for this server.'),
  request_object_encryption_enc: z
    .string()
    .optional()
    .describe('Content encryption beside it. Default A128CBC-HS256.'),
  request_uris: z
    .array(z.string())
    .optional()
    .describe('https addresses that its request objects are fetched from.'),
  authorization_signed_response_alg: z
    .enum(keyAlgorithms)
    .optional()
    .describe('Algorithm of its signed answers (JARM), one of `keys.algorithms`. Default RS256.'),
  authorization_encrypted_response_alg: z
    .string()
    .optional()
    .describe('Its signed answers are encrypted for one of its keys, by this key management.'),
  authorization_encrypted_response_enc: z
    .string()
    .optional()
    .describe('Content encryption beside it. Default A128CBC-HS256.'),
  id_token_signed_response_alg: z
    .enum(keyAlgorithms)
    .optional()
    .describe(
      'Algorithm of its ID tokens, one of `keys.algorithms`. Default RS256; ES256 where there is no key of it.',
    ),
  id_token_encrypted_response_alg: z
    .string()
    .optional()
    .describe('Its ID tokens are encrypted for one of its keys, by this key management.'),
  id_token_encrypted_response_enc: z
    .string()
    .optional()
    .describe('Content encryption beside it. Default A128CBC-HS256.'),
  id_token_claims: z
    .literal('from_scopes')
    .optional()
    .describe(
      '`from_scopes`: the claims of `profile`, `email`, `address` and `phone` stand in its ID tokens too, for an application that does not ask userinfo. Left out: at userinfo alone.',
    ),
  userinfo_signed_response_alg: z
    .enum(keyAlgorithms)
    .optional()
    .describe('Userinfo is signed for it by this algorithm, one of `keys.algorithms`. Left out: plain JSON.'),
  userinfo_encrypted_response_alg: z
    .string()
    .optional()
    .describe('Userinfo is encrypted for one of its keys, by this key management.'),
  userinfo_encrypted_response_enc: z
    .string()
    .optional()
    .describe('Content encryption beside it. Default A128CBC-HS256.'),
  subject_type: z
    .enum(['public', 'pairwise'])
    .optional()
    .describe('With `pairwise` it knows people by subjects that no other sector knows. Default public.'),
  sector_identifier_uri: z
    .string()
    .optional()
    .describe('Its host is the sector, in place of the host of the redirect URIs: an https address.'),
  default_max_age: seconds('Where its request says nothing: the oldest sign-in that will do.').optional(),
  require_auth_time: z
    .boolean()
    .optional()
    .describe('Changes nothing: every ID token says when the sign-in was.'),
  default_acr_values: z
    .array(z.string())
    .optional()
    .describe('Where its request says nothing: how the sign-in shall be, in order of preference.'),
  dpop_bound_access_tokens: z
    .boolean()
    .optional()
    .describe('Its tokens are given only with a DPoP proof, and bound to its key (RFC 9449).'),
  introspection_signed_response_alg: z
    .enum(keyAlgorithms)
    .optional()
    .describe(
      'Algorithm of signed introspection answers (RFC 9701), one of `keys.algorithms`. Default RS256.',
    ),
  introspection_encrypted_response_alg: z
    .string()
    .optional()
    .describe('Signed introspection answers are encrypted for one of its keys, by this key management.'),
  introspection_encrypted_response_enc: z
    .string()
    .optional()
    .describe('Content encryption beside it. Default A128CBC-HS256.'),
  post_logout_redirect_uris: z
    .array(z.string())
    .optional()
    .describe('Where a person may be sent after signing out, compared as exact strings.'),
  backchannel_logout_uri: z
    .string()
    .optional()
    .describe('The server posts a logout token there when a session has ended.'),
  backchannel_logout_session_required: z
    .boolean()
    .optional()
    .describe('Whether the logout token must hold `sid`. It always does.'),
  frontchannel_logout_uri: z
    .string()
    .optional()
    .describe('Loaded in a frame of the signed-out page. On the scheme, host and port of a redirect URI.'),
  frontchannel_logout_session_required: z
    .boolean()
    .optional()
    .describe('Whether `iss` and `sid` must be added to it. They always are.'),
  token_exchange: tokenExchange.optional().describe('A service that exchanges tokens (RFC 8693).'),
  assertion_issuers: z
    .array(z.string())
    .optional()
    .describe('A service that brings assertions as grants: of which of the issuers in `assertion_issuers`.'),
  backchannel_token_delivery_mode: z
    .enum(['poll', 'ping'])
    .optional()
    .describe('How it learns that somebody answered its backchannel request (CIBA §4). Default poll.'),
  backchannel_client_notification_endpoint: z
    .string()
    .optional()
    .describe('Where it is pinged: an https address.'),
  backchannel_authentication_request_signing_alg: z
    .string()
    .optional()
    .describe('It signs its backchannel requests by this algorithm, and none is taken unsigned.'),
  authorization_details_types: z
    .array(z.string())
    .optional()
    .describe('Types of authorization details that it may ask for (RFC 9396). Default: none.'),
  first_party_challenge: z
    .boolean()
    .optional()
    .describe(
      'It asks for passwords itself, at the authorization challenge endpoint. Open to first-party native and web clients alone.',
    ),
  refresh_absolute_seconds: z
    .literal('never')
    .optional()
    .describe(
      'Its refresh tokens have no absolute end, whatever its tier says. Not open to unverified clients.',
    ),
  refresh_retry_seconds: z
    .literal('until_used')
    .optional()
    .describe(
      'A spent refresh token gets the same successor until that is used, where the client authenticates or has bound the token to a key. Not open to unverified clients, nor under the FAPI profiles.',
    ),
  require_pkce: z
    .boolean()
    .optional()
    .describe(
      'Default: true. `false` is for an application that is older than PKCE and cannot be changed: open to `web` clients alone, and not under `oauth-2.1`, `fapi-2` and `mcp`.',
    ),
  profile: z
    .enum(profileNames)
    .optional()
    .describe('Held to this one, where it is stricter than the server’s.'),
  adopt: z
    .boolean()
    .optional()
    .describe(
      'Takes over the client of this id that was added by command, or registered itself, with what users gave it. Without `client_secret` it keeps its secrets, and `keywright clients secret` makes new ones. Default: false.',
    ),
  limit: limit.describe('Its own, in place of `limits.client`.'),
});
