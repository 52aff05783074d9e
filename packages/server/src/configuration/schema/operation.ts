/** Settings of a running server: keys, limits, policies, log and audit. */
import { defaultKeyAlgorithms, keyAlgorithms } from '@keywright/core';
import * as z from 'zod';
import { limit, text } from './words.ts';

export const keys = z.strictObject({
  algorithms: z
    .array(z.enum(keyAlgorithms))
    .default([...defaultKeyAlgorithms])
    .describe(
      'The server has a signing key for each. ES256 is always included. ML-DSA-65 resists quantum computers, but its signatures have 3.3 KB.',
    ),
  folder: text(
    'The folder of the sealed private keys, instead of the database. All nodes need the same folder. Backups of the database do not contain it.',
  ).optional(),
  rotate_days: z
    .int()
    .min(0)
    .max(3650)
    .default(90)
    .describe(
      'A signing key of this age is replaced automatically. With 0, only `keywright keys rotate` replaces keys.',
    ),
});

export const limits = z.strictObject({
  client: limit.describe(
    'For each authenticated client: tokens, introspection, revocation. A client without a secret has one limit for each network.',
  ),
  network: limit.describe(
    'For each network (an IPv4 address, a /64 of IPv6): pages, and requests whose authentication failed.',
  ),
});

const count = (most: number) => z.int().min(1).max(most).optional();

export const backchannelRequests = z.strictObject({
  waiting_of_client: count(100).describe(
    'How many requests of one client may wait for one user at once. Default 2.',
  ),
  waiting_of_account: count(100).describe(
    'How many requests of all clients may wait for one user at once. Default 6.',
  ),
  burst: count(1000).describe(
    'How many requests one client may send to one user in a row. After that, one in a minute. Default 10.',
  ),
});

export const permissions = z.strictObject({
  policies: text(
    'A file of Cedar policies. They permit or forbid in addition to the stored permissions.',
  ).optional(),
  inline_policies: text('The policies themselves, instead of a file.').optional(),
});

const logLevels = ['debug', 'info', 'warn', 'error', 'silent'] as const;

export const log = z.strictObject({
  level: z.enum(logLevels).default('info').describe('The lowest level that is written.'),
  file: text(
    'The log file, created with mode 0600. Without it, the log goes to standard output.',
  ).optional(),
  requests: z
    .boolean()
    .default(false)
    .describe(
      'Writes a line for each request: method, route, status, time, client, network. The query is never written.',
    ),
});

export const audit = z.strictObject({
  retention_days: z
    .int()
    .min(0)
    .max(36_500)
    .default(400)
    .describe('How long events are kept. With 0, nothing is written, and existing events stay.'),
});
