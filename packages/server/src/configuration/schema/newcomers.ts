/** Settings for dynamic clients, and for issuers of assertions and software statements. */
import * as z from 'zod';
import { jwkSet, limit, text } from './words.ts';

export const assertionIssuer = z.strictObject({
  issuer: text('Its `iss`, exactly.'),
  jwks: jwkSet.optional().describe('Its public keys, as a JWK set.'),
  jwks_uri: z
    .string()
    .optional()
    .describe('Where they are published, in place of `jwks`: an https address that is public.'),
  subjects: z
    .enum(['account_email', 'account_id'])
    .describe('What its `sub` is: the verified address of an account, or its id.'),
  audiences: z
    .array(z.string())
    .optional()
    .describe('APIs that its assertions open. Default: all that the client may call.'),
});

const statementIssuer = z.strictObject({
  issuer: text('Its `iss`.'),
  jwks: jwkSet.optional().describe('Its public keys, as a JWK set.'),
  jwks_uri: text('Where it publishes them, in place of `jwks`.').optional(),
});

export const registration = z.strictObject({
  trust: z
    .enum(['unverified', 'third-party'])
    .default('unverified')
    .describe(
      'Of those that register themselves (RFC 7591). `third-party` is for test benches: then no page warns of them.',
    ),
  scopes: z
    .array(z.string())
    .optional()
    .describe(
      'All that they may ever have, and those whose id is an address too. Default: `openid profile email offline_access`, for `third-party` every scope of OpenID Connect.',
    ),
  limit: limit.describe(
    'How many one network may register: 100 at once and one in 30 seconds when left out.',
  ),
  unused_days: z
    .int()
    .min(1)
    .max(3650)
    .default(30)
    .describe('One that nobody has agreed to within so many days is forgotten.'),
  most_unused: z
    .int()
    .min(1)
    .max(1_000_000)
    .default(10_000)
    .describe(
      'So many may be there that nobody has agreed to; then the oldest gives way, or nobody can register within its first hour.',
    ),
  reserved_names: z
    .array(z.string().min(1).max(80))
    .optional()
    .describe(
      'Names that none of them may have in its own, nor letters that look so. `service_name` is reserved in any case. Default: its first word.',
    ),
  software_statement_issuers: z
    .array(statementIssuer)
    .optional()
    .describe(
      'Whose software statements are believed (RFC 7591 §2.3). What they say wins over what the client says.',
    ),
});
