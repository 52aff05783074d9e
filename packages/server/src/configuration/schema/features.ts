/** Switches extensions on or off. */
import * as z from 'zod';
import { onOff } from './words.ts';

/** Core's `Features`. Each member has its name there in snake case. */
export const features = z.strictObject({
  pushed_requests: onOff('Pushed authorization requests (RFC 9126). On by default.'),
  request_objects: onOff('Signed request objects (RFC 9101). On by default.'),
  claims_parameter: onOff('The parameter `claims` (OpenID Connect Core §5.5). On by default.'),
  secured_responses: onOff('Signed authorization responses (JARM). On by default.'),
  hybrid: onOff('Response types with `code` and `id_token` together, and `id_token` alone.'),
  dpop: onOff('Tokens bound to a key of the client (RFC 9449). On by default.'),
  mutual_tls: onOff(
    'Client certificates (RFC 8705): needs TLS here, or a proxy that forwards them.',
  ),
  device_authorization: onOff('Signing in on another device (RFC 8628).'),
  backchannel_authentication: onOff('Requests that the person answers elsewhere (CIBA).'),
  token_exchange: onOff('Exchanging a token for another one (RFC 8693).'),
  jwt_assertions: onOff('Assertions of other issuers as grants (RFC 7523 §2.1).'),
  registration: z
    .enum(['off', 'initial-token', 'open'])
    .optional()
    .describe(
      'Clients that register themselves (RFC 7591): nobody, with a token of yours, or everybody.',
    ),
  client_id_documents: onOff('A client id that is the address of its metadata (CIMD).'),
  logout: onOff('RP-initiated, back-channel and front-channel logout. On by default.'),
  grant_management: onOff('Grant Management for OAuth 2.0.'),
  global_token_revocation: onOff('Global Token Revocation.'),
  challenge_endpoint: onOff('The authorization challenge endpoint for first-party applications.'),
});
