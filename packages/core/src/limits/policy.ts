/** What callers are told of a limit: the RateLimit header fields (draft-ietf-httpapi-ratelimit-headers-11). */

export interface QuotaPolicy {
  /** Letters and dashes. */
  readonly name: string;
  /** How many requests may come within the window. */
  readonly quota: number;
  readonly windowSeconds: number;
}

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
