/**
 * The one schema of the configuration file: names, types, defaults and the texts of the reference page
 * (docs/reference/configuration.md is made from it). Unknown keys are faults. Names of clients are those of RFC 7591.
 */
import { clientKinds, clientTrusts, profileNames, tierNames } from '@keywright/core';
import { clientAuthenticationMethods, grantTypes } from '@keywright/wire';
import * as z from 'zod';

const seconds = (text: string) => z.int('must be a whole number of seconds').min(0).describe(text);
const text = (description: string) => z.string().min(1, 'must not be empty').describe(description);

const lifetimes = z
  .strictObject({
    code_seconds: seconds('An authorization code, at most 60.').optional(),
    access_token_seconds: seconds('An access token. It cannot be revoked: keep it short.').optional(),
    id_token_seconds: seconds('An ID token.').optional(),
    refresh_idle_seconds: seconds('A refresh token that is not used. Each use starts it anew.').optional(),
    refresh_absolute_seconds: seconds('The end that no use of a refresh token moves.').optional(),
    refresh_retry_seconds: seconds(
      'How long an honest retry of a refresh gets the same successor.',
    ).optional(),
  })
  .describe('Each that is left out keeps the default of its tier.');

const lifetimesByTier = z
  .strictObject(
    Object.fromEntries(tierNames.map((name) => [name, lifetimes.optional()])) as Record<
      (typeof tierNames)[number],
      z.ZodOptional<typeof lifetimes>
    >,
  )
  .describe('Lifetimes by trust tier.');

export const apiSchema = z.strictObject({
  identifier: text('The audience of its tokens and the value of `resource` (RFC 8707): an absolute URI.'),
  name: text('Shown at consent.'),
  scopes: z
    .array(
      z.strictObject({
        name: text('As it stands in `scope`. Each scope belongs to one API.'),
        description: text('In plain words, from the side of the person who is asked.'),
      }),
    )
    .describe('What can be done there.'),
  introspectors: z
    .array(z.string())
    .optional()
    .describe('Ids of the service clients that may introspect its tokens.'),
  token_status: z
    .boolean()
    .default(false)
    .describe(
      'Its tokens have a place in a published list, by which its guard learns within seconds that one has ended.',
    ),
});

const limit = z
  .strictObject({
    per_second: z
      .number('must be a number')
      .min(0.001)
      .max(1_000_000)
      .describe('So many requests a second, on the average. May be less than one.'),
    burst: z.int().min(1).max(1_000_000).describe('So many at once, after a pause.'),
  })
  .optional();

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
  id_token_signed_response_alg: z.enum(['ES256', 'RS256']).optional().describe('Algorithm of its ID tokens.'),
  profile: z
    .enum(profileNames)
    .optional()
    .describe('Held to this one, where it is stricter than the server’s.'),
  limit: limit.describe('Its own, in place of `limits.client`.'),
});

export const accountSchema = z.strictObject({
  email: text('Two spellings of one address are one account.'),
  name: text('Shown to the person, and to applications with `profile`.'),
  password: z
    .string()
    .optional()
    .describe('Used when the account is made, and never again: a later change is kept.'),
  password_hash: z.string().optional().describe('In place of `password`: argon2id as a PHC string.'),
  email_verified: z.boolean().default(false).describe('Whether somebody checked that the address is theirs.'),
});

const listen = z.strictObject({
  host: text('Address to listen on. `0.0.0.0` or `::` for all.').default('127.0.0.1'),
  port: z.int().min(0).max(65_535).default(4000).describe('0 takes a free one.'),
  connections: z
    .int()
    .min(100)
    .max(1_000_000)
    .default(10_000)
    .describe('At most so many at once: for a new one, one is closed on which nothing happens.'),
  workers: z
    .union([z.literal('auto'), z.int().min(1).max(64)], 'must be `auto` or a whole number from 1 to 64')
    .optional()
    .describe(
      'So many processes serve on this port, with one that supervises them; `auto`: as many as there are cores. Left out: one process alone.',
    ),
  drain_seconds: z
    .int()
    .min(0)
    .max(600)
    .default(0)
    .describe(
      'So long after SIGTERM it still takes connections, while `/health/ready` says 503 already: the time in which balancers notice.',
    ),
});

const keys = z.strictObject({
  rotate_days: z
    .int()
    .min(0)
    .max(3650)
    .default(90)
    .describe(
      'A signing key that is so old gets a successor by itself. With 0 only by `keywright keys rotate`.',
    ),
});

const limits = z.strictObject({
  client: limit.describe(
    'For each client, once it is authenticated: tokens, introspection, revocation. A client without a secret has one for each network.',
  ),
  network: limit.describe(
    'For each network (an IPv4 address, a /64 of IPv6): pages, and requests whose authentication failed.',
  ),
});

const sessions = z.strictObject({
  idle_seconds: seconds('A sign-in at the pages, without use.').optional(),
  absolute_seconds: seconds('A sign-in at the pages, at most.').optional(),
});

const permissions = z.strictObject({
  policies: text(
    'A file of Cedar policies, which permit beyond stored permissions or forbid against them.',
  ).optional(),
  inline_policies: text('The policies themselves, in place of a file.').optional(),
});

const metrics = z.strictObject({
  host: text(
    'Address to listen on. Whoever can reach it can read the metrics: no secret, but what goes on.',
  ).default('127.0.0.1'),
  port: z.int().min(0).max(65_535).describe('Not the one of `listen`; 0 takes a free one.'),
});

export const logLevels = ['debug', 'info', 'warn', 'error', 'silent'] as const;

const log = z.strictObject({
  level: z.enum(logLevels).default('info').describe('The least that is written.'),
  file: text('Written to, created 0600; without it the log goes to standard output.').optional(),
  requests: z
    .boolean()
    .default(false)
    .describe('A line for each request: method, route, status, time, client, network. Never the query.'),
});

const audit = z.strictObject({
  retention_days: z
    .int()
    .min(0)
    .max(36_500)
    .default(400)
    .describe('How long events are kept. With 0 nothing is written; what is there stays.'),
});

const onOff = (text: string) => z.boolean().optional().describe(text);

/** Core's `Features`, each member under its name there in snake case. */
const features = z.strictObject({
  pushed_requests: onOff('Pushed authorization requests (RFC 9126). On by default.'),
  request_objects: onOff('Signed request objects (RFC 9101). On by default.'),
  claims_parameter: onOff('The parameter `claims` (OpenID Connect Core §5.5). On by default.'),
  secured_responses: onOff('Signed authorization responses (JARM). On by default.'),
  hybrid: onOff('Response types with `code` and `id_token` together, and `id_token` alone.'),
  dpop: onOff('Tokens bound to a key of the client (RFC 9449). On by default.'),
  mutual_tls: onOff('Client certificates (RFC 8705): needs TLS here, or a proxy that forwards them.'),
  device_authorization: onOff('Signing in on another device (RFC 8628).'),
  backchannel_authentication: onOff('Requests that the person answers elsewhere (CIBA).'),
  token_exchange: onOff('Exchanging a token for another one (RFC 8693).'),
  jwt_assertions: onOff('Assertions of other issuers as grants (RFC 7523 §2.1).'),
  registration: z
    .enum(['off', 'initial-token', 'open'])
    .optional()
    .describe('Clients that register themselves (RFC 7591): nobody, with a token of yours, or everybody.'),
  client_id_documents: onOff('A client id that is the address of its metadata (CIMD).'),
  logout: onOff('RP-initiated, back-channel and front-channel logout. On by default.'),
  grant_management: onOff('Grant Management for OAuth 2.0.'),
  global_token_revocation: onOff('Global Token Revocation.'),
  challenge_endpoint: onOff('The authorization challenge endpoint for first-party applications.'),
});

export const configurationSchema = z.strictObject({
  issuer: text(
    'The public address of the server, without a trailing slash. https, or http on a loopback host.',
  ),
  listen: listen.prefault({}).describe('Where the server listens.'),
  database: text(
    'A SQLite file, or `postgres://user@host/name`, best as `${NAME}` of the environment. Tables are made and migrated by themselves.',
  ).default('keywright.db'),
  migrate: z
    .enum(['automatic', 'command'])
    .default('automatic')
    .describe(
      'Who brings the tables up to date: each start, or `keywright migrate` alone. With `command`, nothing starts on a database that lacks a migration.',
    ),
  sealing_key: z
    .string()
    .optional()
    .describe('32 random bytes in base64 or hex, best as `${NAME}` of the environment.'),
  sealing_key_file: text(
    'A file of mode 0600 that holds it. Made at the first start if it does not exist.',
  ).optional(),
  profile: z
    .enum(profileNames)
    .optional()
    .describe('A published profile: sets and locks all that it demands.'),
  features: features.optional().describe('Extensions, on or off.'),
  service_name: z.string().min(1).max(80).default('Keywright').describe('The name at the head of the pages.'),
  trusted_proxies: z
    .array(z.string())
    .default([])
    .describe('Addresses or CIDR blocks of the proxies whose X-Forwarded-For is believed.'),
  limits: limits
    .optional()
    .describe('How often may be asked, counted by each process for itself. Without it nothing is counted.'),
  lifetimes: lifetimesByTier.optional(),
  sessions: sessions.optional().describe('Sign-ins at the pages.'),
  interaction_seconds: seconds('How long a person may take to sign in and to agree.').optional(),
  cache_seconds: seconds(
    'How long clients, APIs and keys are remembered before the database is asked, at most 5.',
  ).optional(),
  keys: keys.prefault({}).describe('Signing keys.'),
  apis: z.array(apiSchema).default([]).describe('The APIs that tokens are issued for.'),
  clients: z
    .array(clientSchema)
    .default([])
    .describe('Applications. One that is taken out of the file is disabled.'),
  accounts: z.array(accountSchema).default([]).describe('Accounts to make if they do not exist.'),
  permissions: permissions.optional().describe('Decisions about single resources.'),
  audit: audit.prefault({}).describe('What happened, for auditors: chained and signed.'),
  log: log.prefault({}).describe('One JSON object a line, without secrets.'),
  metrics: metrics
    .optional()
    .describe(
      'Metrics for Prometheus, and the health, on an address of their own. Left out: nothing is measured.',
    ),
  danger_send_secrets_over_unencrypted_http: z
    .boolean()
    .default(false)
    .describe(
      'Allows an http issuer that is not on a loopback host. Everyone on the way can read passwords and tokens.',
    ),
});

export type DeclaredConfiguration = z.output<typeof configurationSchema>;
export type DeclaredAccount = z.output<typeof accountSchema>;

/** What can be set by the environment, and where it stands in the file. */
export const environmentVariables = {
  KEYWRIGHT_ISSUER: ['issuer'],
  KEYWRIGHT_HOST: ['listen', 'host'],
  KEYWRIGHT_PORT: ['listen', 'port'],
  KEYWRIGHT_DATABASE: ['database'],
  KEYWRIGHT_SEALING_KEY: ['sealing_key'],
  KEYWRIGHT_SEALING_KEY_FILE: ['sealing_key_file'],
  KEYWRIGHT_SERVICE_NAME: ['service_name'],
  KEYWRIGHT_TRUSTED_PROXIES: ['trusted_proxies'],
  KEYWRIGHT_LOG_LEVEL: ['log', 'level'],
  KEYWRIGHT_LOG_FILE: ['log', 'file'],
} as const satisfies Record<string, readonly string[]>;
