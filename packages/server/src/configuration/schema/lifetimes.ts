/** Lifetimes of codes and tokens, and of sign-ins. */
import { tierNames, tiers } from '@keywright/core';
import * as z from 'zod';
import { seconds, secondsOr, text } from './words.ts';

const { first_party_app: usual, unverified_app: unverified } = tiers;

function inDays(name: 'refreshIdleSeconds' | 'refreshAbsoluteSeconds'): string {
  const [days, unverifiedDays] = [usual, unverified].map(
    (tier) => Number(tier.lifetimes[name]) / 86_400,
  );
  return `Default ${days} days, for unverified applications ${unverifiedDays}.`;
}

const lifetimes = z
  .strictObject({
    code_seconds: seconds(
      `The lifetime of an authorization code, at most 60. Default ${usual.lifetimes.codeSeconds}.`,
    ).optional(),
    access_token_seconds: seconds(
      `The lifetime of an access token. It cannot be revoked, so keep it short. Default ${usual.lifetimes.accessTokenSeconds}.`,
    ).optional(),
    id_token_seconds: seconds(
      `The lifetime of an ID token. Default ${usual.lifetimes.idTokenSeconds}.`,
    ).optional(),
    refresh_idle_seconds: seconds(
      `The lifetime of an unused refresh token. Each use starts it again. ${inDays('refreshIdleSeconds')}`,
    ).optional(),
    refresh_absolute_seconds: secondsOr(
      'never',
      `The absolute lifetime of refresh tokens, however often they are used. At most five years. With \`never\`, a user who keeps using the service never signs in again. ASVS 10.4.8 requires an end. ${inDays('refreshAbsoluteSeconds')}`,
    ).optional(),
    refresh_retry_seconds: secondsOr(
      'until_used',
      `How long an honest retry of a refresh gets the same successor, at most 3600. With \`until_used\`, it gets the successor until the successor is used. The client must authenticate, or must bind the token to a key. Default ${usual.lifetimes.refreshRetrySeconds}.`,
    ).optional(),
  })
  .describe('A setting that is left out keeps the default of its tier.');

export const lifetimesByTier = z
  .strictObject(
    Object.fromEntries(tierNames.map((name) => [name, lifetimes.optional()])) as Record<
      (typeof tierNames)[number],
      z.ZodOptional<typeof lifetimes>
    >,
  )
  .describe('Lifetimes by trust tier.');

export const sessions = z.strictObject({
  idle_seconds: seconds(
    'How long a sign-in at the pages lasts without use. Default 7 days.',
  ).optional(),
  absolute_seconds: seconds(
    'The absolute lifetime of a sign-in at the pages. Default 30 days.',
  ).optional(),
  password_acr: text(
    'The `acr` value of a sign-in with a password. Default `urn:keywright:acr:password`.',
  ).optional(),
});
