/**
 * The schema of the configuration of a contract check. It says which address is checked, with which
 * tokens, and where the tokens come from. An unknown key is a fault. Only the address is required.
 * A check that needs a missing setting is reported as skipped.
 */
import * as z from 'zod';

const text = (description: string) => z.string().min(1, 'must not be empty').describe(description);
const bounded = (least: number, most: number, description: string) =>
  z.int('must be a whole number').min(least).max(most).describe(description);

const tokens = z
  .strictObject({
    valid: text('A valid access token for the address.').optional(),
    lesser_scope: text('A token for the same API without the scope.').optional(),
    other_audience: text('A token of the same issuer for another API.').optional(),
    other_issuer: text(
      'A token of another issuer. If it is missing and the tokens are JWTs, the check makes one.',
    ).optional(),
    expired: text('A token that was valid and has expired.').optional(),
    id_token: text('An ID token of the same issuer.').optional(),
  })
  .describe('Tokens that you have. Best written as `${NAME}`, from the environment.');

const authorizationServer = z
  .strictObject({
    issuer: text('The issuer. Its metadata has the other addresses.').optional(),
    token_endpoint: text('Replaces the address in the metadata.').optional(),
    jwks_uri: text(
      'Replaces the address in the metadata. Used by the checks that take the public key as a secret.',
    ).optional(),
    client_id: text('A client that may use client credentials.').optional(),
    client_secret: text('Its secret.').optional(),
    auth_method: z
      .enum(['client_secret_basic', 'client_secret_post'])
      .default('client_secret_basic')
      .describe('How the client authenticates.'),
    resource: text('The API (RFC 8707), if the server requires it.').optional(),
    lesser_scope: text('A scope of the same API that does not allow the address.').optional(),
    other_resource: text('Another API of the same server.').optional(),
    other_scope: text('A scope of the other API.').optional(),
  })
  .describe('Gets tokens by client credentials (RFC 6749 §4.4).');

const forbidden = z
  .strictObject({
    url: text('A resource that belongs to another user. The valid token is sent there.').optional(),
    token: text('A valid token of a user who may not see the address.').optional(),
    hidden: z
      .boolean()
      .default(false)
      .describe('Whether the resource is hidden: then 404 is expected instead of 403.'),
  })
  .describe('A resource of another user. Give either `url` or `token`.');

const limits = z.strictObject({
  timeout_seconds: bounded(1, 120, 'The time limit for one answer.').default(10),
  max_body_bytes: bounded(1024, 1_048_576, 'The largest part of an answer that is read.').default(
    65_536,
  ),
  pause_milliseconds: bounded(0, 60_000, 'The pause between two requests.').default(0),
});

export const contractSchema = z.strictObject({
  url: text('The address that is checked. The command line overrides it.').optional(),
  method: z
    .string()
    .regex(/^[A-Z]{1,20}$/, 'must be a method in capitals: GET')
    .default('GET')
    .describe('The method of the request.'),
  headers: z.record(z.string(), z.string()).default({}).describe('Sent with every request.'),
  body: z.string().optional().describe('Sent with every request.'),
  allowed_status: bounded(200, 399, 'The status of the allowed call. Default: any 2xx.').optional(),
  scope: text('The scopes that the address needs, separated by spaces.').optional(),
  tokens: tokens.prefault({}),
  authorization_server: authorizationServer.optional(),
  forbidden: forbidden.optional(),
  missing_url: text('The address of a resource that does not exist.').optional(),
  query_token: z
    .boolean()
    .default(false)
    .describe('Whether the API accepts tokens in the address (RFC 6750 §2.3).'),
  wait_for_expiry: z
    .boolean()
    .default(false)
    .describe('Waits until the valid token has expired, and sends it again.'),
  wait_seconds: bounded(1, 86_400, 'The longest wait.').default(900),
  clock_tolerance_seconds: bounded(
    0,
    600,
    'How long the API may accept a token after it has expired.',
  ).default(60),
  skip: z
    .array(z.string())
    .default([])
    .describe('Checks that are left out. The table says which ones.'),
  limits: limits.prefault({}),
});

export type ContractSettings = z.output<typeof contractSchema>;
