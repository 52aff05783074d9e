/** The port of the server, TLS, client certificates, and the port of the metrics. */
import * as z from 'zod';
import { text } from './words.ts';

const tls = z.strictObject({
  certificate: text(
    'A PEM file: the certificate of the server, and those between it and its authority.',
  ),
  key: text('A PEM file: the private key of it.'),
  client_certificates: z
    .enum(['off', 'request'])
    .default('off')
    .describe('With `request` clients may show a certificate of their own (RFC 8705).'),
  client_ca: text(
    'A PEM file: the authorities whose client certificates count as verified, for `tls_client_auth`.',
  ).optional(),
});

export const clientCertificateHeader = z.strictObject({
  name: text('The header. The proxy must remove it from what comes from outside.').default(
    'Client-Cert',
  ),
  encoding: z
    .enum(['rfc9440', 'escaped-pem'])
    .default('rfc9440')
    .describe(
      'As RFC 9440 has it, or PEM with percent-encoding, as `$ssl_client_escaped_cert` of nginx.',
    ),
  verified_by_proxy: z
    .boolean()
    .default(false)
    .describe(
      'The proxy hands on only certificates that chain to an authority of yours: they count as verified, for `tls_client_auth`.',
    ),
});

export const listen = z.strictObject({
  host: text('Address to listen on. `0.0.0.0` or `::` for all.').default('127.0.0.1'),
  port: z.int().min(0).max(65_535).default(4000).describe('0 takes a free one.'),
  tls: tls
    .optional()
    .describe(
      'https at the server itself. The files are read again within a minute of their change.',
    ),
  connections: z
    .int()
    .min(100)
    .max(1_000_000)
    .default(10_000)
    .describe('At most so many at once: for a new one, one is closed on which nothing happens.'),
  workers: z
    .union(
      [z.literal('auto'), z.int().min(1).max(64)],
      'must be `auto` or a whole number from 1 to 64',
    )
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

export const metrics = z.strictObject({
  host: text(
    'Address to listen on. Whoever can reach it can read the metrics: no secret, but what goes on.',
  ).default('127.0.0.1'),
  port: z.int().min(0).max(65_535).describe('Not the one of `listen`; 0 takes a free one.'),
});
