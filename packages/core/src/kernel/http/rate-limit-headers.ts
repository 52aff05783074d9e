import type { QuotaPolicy } from '../../model/limit-ports.ts';

export interface RateLimitHeaders {
  readonly ratelimit: string;
  readonly 'ratelimit-policy': string;
}

/** `remaining` requests, and no more within `seconds`: where there are none, when to come again (§4.1.2, §6). */
export function rateLimitHeaders(policy: QuotaPolicy, remaining: number, seconds: number): RateLimitHeaders {
  const { name, quota, windowSeconds } = policy;
  return {
    ratelimit: `"${name}";r=${remaining};t=${seconds}`,
    'ratelimit-policy': `"${name}";q=${quota};w=${windowSeconds}`,
  };
}
