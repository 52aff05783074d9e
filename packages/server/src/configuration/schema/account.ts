/** An account that the configuration creates. */
import * as z from 'zod';
import { webAddressOf } from './pages.ts';
import { text } from './words.ts';

export const breachedPasswords = z.strictObject({
  file: text(
    'A sorted file of SHA-1 hashes, as the downloader of Have I Been Pwned writes it.',
  ).optional(),
  range_url: z
    .string()
    .refine(
      (address) => webAddressOf(address)?.pathname.endsWith('/'),
      'must be an https address that ends with a slash',
    )
    .optional()
    .describe(
      'The address of a look-up that learns only the first five digits of a hash, for example https://api.pwnedpasswords.com/range/.',
    ),
});

export const proofOfWork = z.strictObject({
  difficulty: z
    .int()
    .min(0)
    .max(100)
    .default(2)
    .describe(
      'About how many half seconds a usual computer needs. With 0, there is none, and users wait.',
    ),
});

export const accountSchema = z.strictObject({
  email: text('Two spellings of one address are one account.'),
  name: text('The user sees it, and so do applications with `profile`.'),
  password: z
    .string()
    .optional()
    .describe('Used only when the account is created. A later change is kept.'),
  password_hash: z.string().optional().describe('Instead of `password`: argon2id as a PHC string.'),
  email_verified: z.boolean().default(false).describe('Whether the address was verified.'),
  claims: z
    .record(z.string(), z.unknown())
    .optional()
    .describe(
      'Further claims of the user, by the names of OpenID Connect Core §5.1: `given_name`, `locale`, `address`, `phone_number`. Each start applies the values of the file.',
    ),
});
