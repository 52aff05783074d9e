/** Lifetimes of codes and tokens, and of sign-ins. */
import { tierNames, tiers } from '@keywright/core';
import * as z from 'zod';
import { seconds, secondsOr, text } from './words.ts';

const { first_party_app: usual, unverified_app: unverified } = tiers;

function inDays(name: 'refreshIdleSeconds' | 'refreshAbsoluteSeconds'): string {
  const [days, unverifiedDays] = [usual, unverified].map(
    (tier) => Number(tier.lifetimes[name]) / 86_400,
  );
  return `Default ${days} days, of unverified applications ${unverifiedDays}.`;
}

const lifetimes = z
  .strictObject({
    code_seconds: seconds(
      `An authorization code, at most 60. Default ${usual.lifetimes.codeSeconds}.`,
    ).optional(),
    access_token_seconds: seconds(
      `An access token. It cannot be revoked: keep it short. Default ${usual.lifetimes.accessTokenSeconds}.`,
    ).optional(),
    id_token_seconds: seconds(`An ID token. Default ${usual.lifetimes.idTokenSeconds}.`).optional(),
    refresh_idle_seconds: seconds(
      `A refresh token that is not used. Each use starts it anew. ${inDays('refreshIdleSeconds')}`,
    ).optional(),
    refresh_absolute_seconds: secondsOr(
      'never',
      `The end that no use of a refresh token moves, at most five years. With \`never\` who keeps using the service never signs in again; ASVS 10.4.8 asks for an end. ${inDays('refreshAbsoluteSeconds')}`,
    ).optional(),
    refresh_retry_seconds: secondsOr(
      'until_used',
      `How long an honest retry of a refresh gets the same successor, at most 3600. With \`until_used\` until that is used, where the client authenticates or has bound the token to a key. Default ${usual.lifetimes.refreshRetrySeconds}.`,
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
  idle_seconds: seconds('A sign-in at the pages, without use. Default 7 days.').optional(),
  absolute_seconds: seconds('A sign-in at the pages, at most. Default 30 days.').optional(),
  password_acr: text(
    'What a sign-in by password is called in `acr`. Default `urn:keywright:acr:password`.',
  ).optional(),
});
