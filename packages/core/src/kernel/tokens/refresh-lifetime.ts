/** When a refresh token family ends, and how long an honest retry is answered. Each is asked at the moment of use. */
import { isPublic } from '../sender-constraint/index.ts';
import { type TierLifetimes, usualRetrySeconds } from '../policy/tiers.ts';
import type { Client, Family } from '../../model/entities.ts';

/** 9999-12-31T23:59:59Z. A date, so that what shows or compares ends needs no case of its own. */
export const noEnd = 253_402_300_799;

/** The end that no use moves, of a family that started then. */
export function absoluteEndOf(
  { refreshAbsoluteSeconds }: Pick<TierLifetimes, 'refreshAbsoluteSeconds'>,
  startedAt: number,
): number {
  return refreshAbsoluteSeconds === 'never' ? noEnd : startedAt + refreshAbsoluteSeconds;
}

/**
 * The new end of a family that is used now. One that started without an absolute end has the end of today's setting. One that started
 * with an end keeps it: the person was told of it when they agreed.
 */
export function endAfterUse(
  { createdAt, absoluteExpiresAt }: Pick<Family, 'createdAt' | 'absoluteExpiresAt'>,
  lifetimes: TierLifetimes,
  now: number,
): number {
  const absolute = absoluteExpiresAt === noEnd ? absoluteEndOf(lifetimes, createdAt) : absoluteExpiresAt;
  return Math.min(now + lifetimes.refreshIdleSeconds, absolute);
}

/**
 * RFC 9700 §4.14.2: of a public client whose token is not bound to a key, only the reuse of a spent token shows a theft. With a window that
 * stays open, a thief who follows one step behind would never be seen; so it stays open for the others alone.
 */
export function retryWindowOf(
  { refreshRetrySeconds }: Pick<TierLifetimes, 'refreshRetrySeconds'>,
  client: Client,
  { terms }: Pick<Family, 'terms'>,
): number | 'until_used' {
  const isBound = !isPublic(client) || terms?.confirmation !== undefined;
  return refreshRetrySeconds === 'until_used' && !isBound ? usualRetrySeconds : refreshRetrySeconds;
}
