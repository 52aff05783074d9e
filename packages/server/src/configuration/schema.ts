/**
 * The schema of the configuration file: names, types, defaults, and the texts of
 * docs/reference/configuration.md. Unknown keys are faults. Settings of clients have the names of
 * RFC 7591.
 */
import { profileNames } from '@keywright/core';
import * as z from 'zod';
import { accountSchema } from './schema/account.ts';
import { apiSchema } from './schema/api.ts';
import { clientSchema } from './schema/client.ts';
import { features } from './schema/features.ts';
import { lifetimesByTier, sessions } from './schema/lifetimes.ts';
import { clientCertificateHeader, listen, metrics } from './schema/listen.ts';
import { assertionIssuer, registration } from './schema/newcomers.ts';
import { audit, backchannelRequests, keys, limits, log, permissions } from './schema/operation.ts';
import { privacyUrl, supportContact } from './schema/pages.ts';
import { seconds, text } from './schema/words.ts';

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
  other_sealing_key: z
    .string()
    .optional()
    .describe(
      'While the sealing key is replaced: the next key, or the former one. Opens what it sealed, and seals nothing.',
    ),
  other_sealing_key_file: text('A file of mode 0600 that holds it.').optional(),
  profile: z
    .enum(profileNames)
    .optional()
    .describe('A published profile: sets and locks all that it demands.'),
  features: features.optional().describe('Extensions, on or off.'),
  dpop_nonce: z
    .enum(['off', 'required'])
    .optional()
    .describe(
      'Whether DPoP proofs must hold a nonce of this server, good for a minute or two. Default off.',
    ),
  registration: registration.optional().describe('Clients that come by themselves.'),
  service_name: z
    .string()
    .min(1)
    .max(80)
    .default('Keywright')
    .describe('The name at the head of the pages.'),
  support_contact: supportContact.optional(),
  privacy_url: privacyUrl.optional(),
  trusted_proxies: z
    .array(z.string())
    .default([])
    .describe('Addresses or CIDR blocks of the proxies whose X-Forwarded-For is believed.'),
  client_certificate_header: clientCertificateHeader
    .optional()
    .describe('Where a trusted proxy says which certificate a client showed (RFC 9440).'),
  mutual_tls_origin: z
    .string()
    .optional()
    .describe(
      'Another host by which the server is reached with client certificates, as https://mtls.login.example.com: announced as `mtls_endpoint_aliases` (RFC 8705 §5).',
    ),
  limits: limits
    .optional()
    .describe(
      'How often may be asked, counted by each process for itself. Without it nothing is counted.',
    ),
  backchannel_requests: backchannelRequests
    .optional()
    .describe(
      'How much may be asked of one user who is elsewhere (CIBA). More teaches people to allow without reading.',
    ),
  lifetimes: lifetimesByTier.optional(),
  sessions: sessions.optional().describe('Sign-ins at the pages.'),
  interaction_seconds: seconds(
    'How long a person may take to sign in and to agree. Default 1800.',
  ).optional(),
  cache_seconds: seconds(
    'How long clients, APIs and keys are remembered before the database is asked, at most 5. Default 5.',
  ).optional(),
  keys: keys.prefault({}).describe('Signing keys.'),
  assertion_issuers: z
    .array(assertionIssuer)
    .optional()
    .describe(
      'Issuers whose assertions services may bring as grants (RFC 7523 §2.1), each by its own `assertion_issuers`.',
    ),
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
  danger_outbound_to_private_networks: z
    .array(z.string())
    .default([])
    .describe(
      'Networks, as CIDR, that addresses of clients may lead into (key sets, documents, notifications). For test benches: anybody who can name an address could look around there.',
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

/** The settings that environment variables can set, and their paths in the file. */
export const environmentVariables = {
  KEYWRIGHT_ISSUER: ['issuer'],
  KEYWRIGHT_HOST: ['listen', 'host'],
  KEYWRIGHT_PORT: ['listen', 'port'],
  KEYWRIGHT_DATABASE: ['database'],
  KEYWRIGHT_SEALING_KEY: ['sealing_key'],
  KEYWRIGHT_SEALING_KEY_FILE: ['sealing_key_file'],
  KEYWRIGHT_OTHER_SEALING_KEY: ['other_sealing_key'],
  KEYWRIGHT_OTHER_SEALING_KEY_FILE: ['other_sealing_key_file'],
  KEYWRIGHT_SERVICE_NAME: ['service_name'],
  KEYWRIGHT_TRUSTED_PROXIES: ['trusted_proxies'],
  KEYWRIGHT_LOG_LEVEL: ['log', 'level'],
  KEYWRIGHT_LOG_FILE: ['log', 'file'],
} as const satisfies Record<string, readonly string[]>;
