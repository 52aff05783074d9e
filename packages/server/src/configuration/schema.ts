/**
 * The schema of the configuration file: names, types, defaults, and the texts of
 * docs/reference/configuration.md. Unknown keys are faults. Settings of clients have the names of
 * RFC 7591.
 */
import { profileNames, signUps } from '@keywright/core';
import * as z from 'zod';
import { brand } from './schema/brand.ts';
import { accountSchema, breachedPasswords, proofOfWork } from './schema/account.ts';
import { apiSchema } from './schema/api.ts';
import { clientSchema } from './schema/client.ts';
import { features } from './schema/features.ts';
import { lifetimesByTier, sessions } from './schema/lifetimes.ts';
import { clientCertificateHeader, listen, metrics } from './schema/listen.ts';
import { assertionIssuer, registration } from './schema/registration.ts';
import { mail } from './schema/mail.ts';
import { audit, backchannelRequests, keys, limits, log, permissions } from './schema/operation.ts';
import { passkeys } from './schema/passkeys.ts';
import { secondFactor } from './schema/second-factor.ts';
import { privacyUrl, supportContact, terms } from './schema/pages.ts';
import { seconds, text } from './schema/words.ts';

export const configurationSchema = z.strictObject({
  issuer: text(
    'The public address of the server, without a trailing slash. https, or http on a loopback host.',
  ),
  listen: listen.prefault({}).describe('The address and port of the server.'),
  database: text(
    'A SQLite file, or `postgres://user@host/name`, best written as `${NAME}` from the environment. Tables are created and migrated automatically.',
  ).default('keywright.db'),
  migrate: z
    .enum(['automatic', 'command'])
    .default('automatic')
    .describe(
      'What updates the tables: every start, or only the command `keywright migrate`. With `command`, the server does not start if the database lacks a migration.',
    ),
  sealing_key: z
    .string()
    .optional()
    .describe('32 random bytes in base64 or hex, best written as `${NAME}` from the environment.'),
  sealing_key_file: text(
    'A file of mode 0600 that contains the sealing key. The first start creates it.',
  ).optional(),
  other_sealing_key: z
    .string()
    .optional()
    .describe(
      'Used while the sealing key is replaced: the next key, or the former one. It only opens. It seals nothing.',
    ),
  other_sealing_key_file: text('A file of mode 0600 that contains it.').optional(),
  profile: z
    .enum(profileNames)
    .optional()
    .describe('A published profile. It sets and locks all settings that it requires.'),
  features: features.optional().describe('Switches extensions on or off.'),
  dpop_nonce: z
    .enum(['off', 'required'])
    .optional()
    .describe(
      'Whether DPoP proofs must contain a nonce of this server, which is valid for one or two minutes. Default off.',
    ),
  registration: registration
    .optional()
    .describe('Clients that register themselves, and clients whose id is an address.'),
  service_name: z
    .string()
    .min(1)
    .max(80)
    .default('Keywright')
    .describe('The name at the top of the pages.'),
  brand: brand.optional().describe('Pictures and colours on pages and in mails.'),
  support_contact: supportContact.optional(),
  privacy_url: privacyUrl.optional(),
  mail: mail
    .optional()
    .describe(
      'The mail server for mails to people. Left out: no mail is sent, and nothing that needs one is offered.',
    ),
  sign_up: z
    .enum(signUps)
    .default('closed')
    .describe(
      'Who may create an account: nobody, who was invited, who has an address of one of `sign_up_domains`, or everybody. Needs `mail`.',
    ),
  sign_up_domains: z
    .array(z.string())
    .default([])
    .describe('With `sign_up: domains`: the domains, in lower case. Subdomains are not included.'),
  terms: terms
    .optional()
    .describe('The terms of use that a user accepts with a new account. Left out: none.'),
  breached_passwords: breachedPasswords
    .prefault({})
    .describe(
      'Lists of passwords that were stolen elsewhere. No new password may be one of them. Common passwords are refused without any setting.',
    ),
  proof_of_work: proofOfWork
    .prefault({})
    .describe(
      'What a browser computes for further attempts, where the limits of sign-ins or codes are used up.',
    ),
  second_factor: secondFactor
    .optional()
    .describe(
      'Where users must sign in with two factors: a password and a code, or a passkey. A user who has neither adds one during the sign-in. Needs the feature `totp` or `passkeys`. Left out: nowhere.',
    ),
  passkeys: passkeys
    .optional()
    .describe('Which passkeys there are. The feature `passkeys` switches them on.'),
  trusted_proxies: z
    .array(z.string())
    .default([])
    .describe('Addresses or CIDR blocks of the proxies whose X-Forwarded-For header is trusted.'),
  client_certificate_header: clientCertificateHeader
    .optional()
    .describe('The header in which a trusted proxy forwards the client certificate (RFC 9440).'),
  mutual_tls_origin: z
    .string()
    .optional()
    .describe(
      'Another host that clients use with client certificates, for example https://mtls.login.example.com. The metadata announce it as `mtls_endpoint_aliases` (RFC 8705 §5).',
    ),
  limits: limits
    .optional()
    .describe(
      'Rate limits. Each process counts for itself. Without this setting nothing is counted.',
    ),
  backchannel_requests: backchannelRequests
    .optional()
    .describe(
      'Limits for backchannel requests to one user (CIBA). Too many requests teach users to allow without reading.',
    ),
  lifetimes: lifetimesByTier.optional(),
  sessions: sessions.optional().describe('Lifetimes of sign-ins at the pages.'),
  interaction_seconds: seconds(
    'How long a user may take to sign in and to give consent. Default 1800.',
  ).optional(),
  cache_seconds: seconds(
    'How long clients, APIs and keys are cached, at most 5. Default 5.',
  ).optional(),
  keys: keys.prefault({}).describe('Signing keys.'),
  assertion_issuers: z
    .array(assertionIssuer)
    .optional()
    .describe(
      'Issuers whose assertions services may use as grants (RFC 7523 §2.1). Each service names its own in `assertion_issuers`.',
    ),
  apis: z.array(apiSchema).default([]).describe('The APIs for which tokens are issued.'),
  clients: z
    .array(clientSchema)
    .default([])
    .describe('Applications. A client that is removed from the file is disabled.'),
  accounts: z
    .array(accountSchema)
    .default([])
    .describe('Accounts that are created if they do not exist.'),
  permissions: permissions.optional().describe('Decisions about single resources.'),
  audit: audit.prefault({}).describe('The record of events for auditors, chained and signed.'),
  log: log.prefault({}).describe('One JSON object on each line, without secrets.'),
  metrics: metrics
    .optional()
    .describe(
      'Metrics for Prometheus, and the health, on their own address. Without this setting nothing is measured.',
    ),
  danger_outbound_to_private_networks: z
    .array(z.string())
    .default([])
    .describe(
      'Private networks, as CIDR, that addresses of clients may lead to (key sets, documents, notifications). Only for test benches: everybody who can name an address can probe these networks.',
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
