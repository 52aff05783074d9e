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
    valid: text('A good access token for the address.').optional(),
    lesser_scope: text('One for the same API that lacks the scope.').optional(),
    other_audience: text('One of the same issuer for another API.').optional(),
    other_issuer: text(
      'One of another issuer. Made by the check when there is none and tokens are JWTs.',
    ).optional(),
    expired: text('One that was good and has expired.').optional(),
    id_token: text('An ID token of the same issuer.').optional(),
  })
  .describe('Tokens at hand, best as `${NAME}` of the environment.');

const authorizationServer = z
  .strictObject({
    issuer: text('Its issuer; its metadata says where the rest is.').optional(),
    token_endpoint: text('In place of metadata.').optional(),
    jwks_uri: text(
      'In place of metadata: for the checks that use the public key as a secret.',
    ).optional(),
    client_id: text('A client that may use client credentials.').optional(),
    client_secret: text('Its secret.').optional(),
    auth_method: z
      .enum(['client_secret_basic', 'client_secret_post'])
      .default('client_secret_basic')
      .describe('How the client authenticates.'),
    resource: text('The API (RFC 8707), where the server wants it named.').optional(),
    lesser_scope: text('A scope of the same API that does not open the address.').optional(),
    other_resource: text('Another API of the same server.').optional(),
    other_scope: text('A scope of that other API.').optional(),
  })
  .describe('Where tokens come from, by client credentials (RFC 6749 §4.4).');

const forbidden = z
  .strictObject({
    url: text('A resource that is not the token’s: the good token is sent there.').optional(),
    token: text('A good token of somebody who may not see the address.').optional(),
    hidden: z.boolean().default(false).describe('Whether it is hidden: 404 in place of 403.'),
  })
  .describe('The resource of somebody else: one of `url` and `token`.');

const limits = z.strictObject({
  timeout_seconds: bounded(1, 120, 'For one answer.').default(10),
  max_body_bytes: bounded(1024, 1_048_576, 'How much of an answer is read.').default(65_536),
  pause_milliseconds: bounded(0, 60_000, 'Between two requests.').default(0),
});

export const contractSchema = z.strictObject({
  url: text('What is asked. The command line’s wins.').optional(),
  method: z
    .string()
    .regex(/^[A-Z]{1,20}$/, 'must be a method in capitals: GET')
    .default('GET')
    .describe('How it is asked.'),
  headers: z.record(z.string(), z.string()).default({}).describe('Sent with every request.'),
  body: z.string().optional().describe('Sent with every request.'),
  allowed_status: bounded(
    200,
    399,
    'What the allowed call is answered; any 2xx by default.',
  ).optional(),
  scope: text('What the address needs, parted by spaces.').optional(),
  tokens: tokens.prefault({}),
  authorization_server: authorizationServer.optional(),
  forbidden: forbidden.optional(),
  missing_url: text('A resource that does not exist.').optional(),
  query_token: z
    .boolean()
    .default(false)
    .describe('Whether the API takes tokens from the address (RFC 6750 §2.3).'),
  wait_for_expiry: z
    .boolean()
    .default(false)
    .describe('Waits until the good token has expired, and asks with it.'),
  wait_seconds: bounded(1, 86_400, 'The longest that is waited.').default(900),
  clock_tolerance_seconds: bounded(
    0,
    600,
    'How long after its end the API may still take a token.',
  ).default(60),
  skip: z.array(z.string()).default([]).describe('Checks that are left out. The table says so.'),
  limits: limits.prefault({}),
});

export type ContractSettings = z.output<typeof contractSchema>;
