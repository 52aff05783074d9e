/** The port of the server, TLS, client certificates, and the port of the metrics. */
import * as z from 'zod';
import { text } from './words.ts';

const tls = z.strictObject({
  certificate: text(
    'A PEM file: the certificate of the server, and its intermediate certificates.',
  ),
  key: text('A PEM file: its private key.'),
  client_certificates: z
    .enum(['off', 'request'])
    .default('off')
    .describe('With `request`, clients may present their own certificate (RFC 8705).'),
  client_ca: text(
    'A PEM file: the authorities of verified client certificates, for `tls_client_auth`.',
  ).optional(),
});

export const clientCertificateHeader = z.strictObject({
  name: text(
    'The name of the header. The proxy must remove this header from incoming requests.',
  ).default('Client-Cert'),
  encoding: z
    .enum(['rfc9440', 'escaped-pem'])
    .default('rfc9440')
    .describe(
      'The format of RFC 9440, or PEM with percent-encoding, as in `$ssl_client_escaped_cert` of nginx.',
    ),
  verified_by_proxy: z
    .boolean()
    .default(false)
    .describe(
      'The proxy forwards only certificates from an authority of yours. They count as verified, for `tls_client_auth`.',
    ),
});

export const listen = z.strictObject({
  host: text('The address to listen on. `0.0.0.0` or `::` for all.').default('127.0.0.1'),
  port: z.int().min(0).max(65_535).default(4000).describe('0 selects a free port.'),
  tls: tls
    .optional()
    .describe('https at the server itself. Changed files are read again within a minute.'),
  connections: z
    .int()
    .min(100)
    .max(1_000_000)
    .default(10_000)
    .describe('The largest number of connections. When a new one arrives, an idle one is closed.'),
  workers: z
    .union(
      [z.literal('auto'), z.int().min(1).max(64)],
      'must be `auto` or a whole number from 1 to 64',
    )
    .optional()
    .describe(
      'The number of processes that serve this port, with one more that supervises them. `auto`: one for each core. Without this setting there is a single process.',
    ),
  drain_seconds: z
    .int()
    .min(0)
    .max(600)
    .default(0)
    .describe(
      'How long the server accepts connections after SIGTERM. `/health/ready` answers 503 already, so that load balancers notice.',
    ),
});

export const metrics = z.strictObject({
  host: text(
    'The address to listen on. Everybody who can reach it can read the metrics. They contain no secrets, but they show the activity.',
  ).default('127.0.0.1'),
  port: z
    .int()
    .min(0)
    .max(65_535)
    .describe('Another port than that of `listen`. 0 selects a free port.'),
});
