/** How long things live, and how long a person stays signed in. */
import { tierNames } from '@keywright/core';
import * as z from 'zod';
import { seconds, text } from './words.ts';

const lifetimes = z
  .strictObject({
    code_seconds: seconds('An authorization code, at most 60.').optional(),
    access_token_seconds: seconds('An access token. It cannot be revoked: keep it short.').optional(),
    id_token_seconds: seconds('An ID token.').optional(),
    refresh_idle_seconds: seconds('A refresh token that is not used. Each use starts it anew.').optional(),
    refresh_absolute_seconds: seconds('The end that no use of a refresh token moves.').optional(),
    refresh_retry_seconds: seconds(
      'How long an honest retry of a refresh gets the same successor.',
    ).optional(),
  })
  .describe('Each that is left out keeps the default of its tier.');

export const lifetimesByTier = z
  .strictObject(
    Object.fromEntries(tierNames.map((name) => [name, lifetimes.optional()])) as Record<
      (typeof tierNames)[number],
      z.ZodOptional<typeof lifetimes>
    >,
  )
  .describe('Lifetimes by trust tier.');

export const sessions = z.strictObject({
  idle_seconds: seconds('A sign-in at the pages, without use.').optional(),
  absolute_seconds: seconds('A sign-in at the pages, at most.').optional(),
  password_acr: text(
    'What a sign-in by password is called in `acr`. Default `urn:keywright:acr:password`.',
  ).optional(),
});
