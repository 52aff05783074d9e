/**
 * The end of a refresh token family, and the time for an honest retry. Both are computed when a
 * token is used.
 */
import { isPublic } from '../sender-constraint/index.ts';
import { type TierLifetimes, usualRetrySeconds } from '../policy/tiers.ts';
import type { Client, Family } from '../../model/entities.ts';

/** 9999-12-31T23:59:59Z. A date, so that comparisons need no special case. */
export const noEnd = 253_402_300_799;

/** The absolute end of a family that started at this time. */
export function absoluteEndOf(
  { refreshAbsoluteSeconds }: Pick<TierLifetimes, 'refreshAbsoluteSeconds'>,
  startedAt: number,
): number {
  return refreshAbsoluteSeconds === 'never' ? noEnd : startedAt + refreshAbsoluteSeconds;
}

/**
 * The new end of a family that is used now. A family that started without an absolute end gets the
 * end of the current setting. A family that started with an end keeps it, because the user agreed
 * to it.
 */
export function endAfterUse(
  { createdAt, absoluteExpiresAt }: Pick<Family, 'createdAt' | 'absoluteExpiresAt'>,
  lifetimes: TierLifetimes,
  now: number,
): number {
  const absolute =
    absoluteExpiresAt === noEnd ? absoluteEndOf(lifetimes, createdAt) : absoluteExpiresAt;
  return Math.min(now + lifetimes.refreshIdleSeconds, absolute);
}

/**
 * RFC 9700 §4.14.2: for a public client whose token is not bound to a key, only the reuse of a
 * spent token reveals a theft. With an open retry window, a thief would never be noticed. So the
 * window is open only for other clients.
 */
export function retryWindowOf(
  { refreshRetrySeconds }: Pick<TierLifetimes, 'refreshRetrySeconds'>,
  client: Client,
  { terms }: Pick<Family, 'terms'>,
): number | 'until_used' {
  const isBound = !isPublic(client) || terms?.confirmation !== undefined;
  return refreshRetrySeconds === 'until_used' && !isBound ? usualRetrySeconds : refreshRetrySeconds;
}
