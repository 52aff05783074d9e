/** Settings for dynamic clients, and for issuers of assertions and software statements. */
import * as z from 'zod';
import { jwkSet, limit, text } from './words.ts';

export const assertionIssuer = z.strictObject({
  issuer: text('The exact value of `iss`.'),
  jwks: jwkSet.optional().describe('Its public keys, as a JWK set.'),
  jwks_uri: z
    .string()
    .optional()
    .describe('The address of its public keys, instead of `jwks`: a public https address.'),
  subjects: z
    .enum(['account_email', 'account_id'])
    .describe('The meaning of its `sub`: the verified address of an account, or its id.'),
  audiences: z
    .array(z.string())
    .optional()
    .describe(
      'The APIs that its assertions give access to. Default: all that the client may call.',
    ),
});

const statementIssuer = z.strictObject({
  issuer: text('Its `iss`.'),
  jwks: jwkSet.optional().describe('Its public keys, as a JWK set.'),
  jwks_uri: text('The address of its public keys, instead of `jwks`.').optional(),
});

export const registration = z.strictObject({
  trust: z
    .enum(['unverified', 'third-party'])
    .default('unverified')
    .describe(
      'The trust of clients that register themselves (RFC 7591). `third-party` is for test benches, because no page warns of such clients.',
    ),
  scopes: z
    .array(z.string())
    .optional()
    .describe(
      'The scopes that they may have. This also applies to clients whose id is an address. Default: `openid profile email offline_access`, and for `third-party` every scope of OpenID Connect.',
    ),
  limit: limit.describe(
    'How many clients one network may register. Default: 100 at once, then one in 30 seconds.',
  ),
  unused_days: z
    .int()
    .min(1)
    .max(3650)
    .default(30)
    .describe('A client that no user agreed to is removed after this number of days.'),
  most_unused: z
    .int()
    .min(1)
    .max(1_000_000)
    .default(10_000)
    .describe(
      'The largest number of clients that no user agreed to. Above it, the oldest is removed. A client cannot be removed in its first hour, so registration may be refused.',
    ),
  reserved_names: z
    .array(z.string().min(1).max(80))
    .optional()
    .describe(
      'Names that these clients must not use in their own name, also not in similar letters. `service_name` is always reserved. Default: its first word.',
    ),
  software_statement_issuers: z
    .array(statementIssuer)
    .optional()
    .describe(
      'The issuers whose software statements are trusted (RFC 7591 §2.3). A statement overrides the metadata that the client sends.',
    ),
});
