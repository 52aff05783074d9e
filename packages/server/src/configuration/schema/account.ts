/** An account that the configuration creates. */
import * as z from 'zod';
import { text } from './words.ts';

export const accountSchema = z.strictObject({
  email: text('Two spellings of one address are one account.'),
  name: text('Shown to the person, and to applications with `profile`.'),
  password: z
    .string()
    .optional()
    .describe('Used when the account is made, and never again: a later change is kept.'),
  password_hash: z
    .string()
    .optional()
    .describe('In place of `password`: argon2id as a PHC string.'),
  email_verified: z
    .boolean()
    .default(false)
    .describe('Whether somebody checked that the address is theirs.'),
  claims: z
    .record(z.string(), z.unknown())
    .optional()
    .describe(
      'What else is said of the person, by the names of OpenID Connect Core §5.1: `given_name`, `locale`, `address`, `phone_number`. Follows the file at each start.',
    ),
});
