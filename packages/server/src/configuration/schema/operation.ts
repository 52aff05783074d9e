/** Settings of a running server: keys, limits, policies, log and audit. */
import { defaultKeyAlgorithms, keyAlgorithms } from '@keywright/core';
import * as z from 'zod';
import { limit, text } from './words.ts';

export const keys = z.strictObject({
  algorithms: z
    .array(z.enum(keyAlgorithms))
    .default([...defaultKeyAlgorithms])
    .describe(
      'There is a signing key of each. ES256 is always among them; ML-DSA-65 withstands quantum computers, at 3.3 KB a signature.',
    ),
  folder: text(
    'Private keys lie here, sealed, in place of the database. All nodes need the same folder; backups of the database do not hold it.',
  ).optional(),
  rotate_days: z
    .int()
    .min(0)
    .max(3650)
    .default(90)
    .describe(
      'A signing key that is so old gets a successor by itself. With 0 only by `keywright keys rotate`.',
    ),
});

export const limits = z.strictObject({
  client: limit.describe(
    'For each client, once it is authenticated: tokens, introspection, revocation. A client without a secret has one for each network.',
  ),
  network: limit.describe(
    'For each network (an IPv4 address, a /64 of IPv6): pages, and requests whose authentication failed.',
  ),
});

const count = (most: number) => z.int().min(1).max(most).optional();

export const backchannelRequests = z.strictObject({
  waiting_of_client: count(100).describe(
    'Requests of one client that may wait for one user at once. Default 2.',
  ),
  waiting_of_account: count(100).describe(
    'Requests of all clients that may wait for one user at once. Default 6.',
  ),
  burst: count(1000).describe(
    'How often one client may ask one user in a row; after that once a minute. Default 10.',
  ),
});

export const permissions = z.strictObject({
  policies: text(
    'A file of Cedar policies, which permit beyond stored permissions or forbid against them.',
  ).optional(),
  inline_policies: text('The policies themselves, in place of a file.').optional(),
});

const logLevels = ['debug', 'info', 'warn', 'error', 'silent'] as const;

export const log = z.strictObject({
  level: z.enum(logLevels).default('info').describe('The least that is written.'),
  file: text('Written to, created 0600; without it the log goes to standard output.').optional(),
  requests: z
    .boolean()
    .default(false)
    .describe(
      'A line for each request: method, route, status, time, client, network. Never the query.',
    ),
});

export const audit = z.strictObject({
  retention_days: z
    .int()
    .min(0)
    .max(36_500)
    .default(400)
    .describe('How long events are kept. With 0 nothing is written; what is there stays.'),
});
