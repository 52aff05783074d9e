/** An account that the configuration creates. */
import * as z from 'zod';
import { text } from './words.ts';

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
