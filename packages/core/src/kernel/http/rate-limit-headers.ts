import type { QuotaPolicy } from '../../model/limit-ports.ts';

export interface RateLimitHeaders {
  readonly ratelimit: string;
  readonly 'ratelimit-policy': string;
}

/**
 * `remaining` requests are left in the next `seconds`. If none is left, `seconds` says when to try
 * again (§4.1.2, §6).
 */
export function rateLimitHeaders(
  policy: QuotaPolicy,
  remaining: number,
  seconds: number,
): RateLimitHeaders {
  const { name, quota, windowSeconds } = policy;
  return {
    ratelimit: `"${name}";r=${remaining};t=${seconds}`,
    'ratelimit-policy': `"${name}";q=${quota};w=${windowSeconds}`,
  };
}
