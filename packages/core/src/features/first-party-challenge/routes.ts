import type { Core } from '../../kernel/core.ts';
import { handleChallenge } from './endpoint.ts';

const path = '/authorize-challenge';

/**
 * The authorization challenge endpoint, while it is on. Applications on devices call it, and no
 * page of another origin.
 */
export function challengeRoutes({ options }: Core) {
  if (!options.features.challengeEndpoint) return {};
  return { [path]: { methods: { POST: handleChallenge }, channel: 'json', cors: false } } as const;
}

export function challengeMetadata({ options }: Core): Readonly<Record<string, unknown>> {
  return options.features.challengeEndpoint
    ? { authorization_challenge_endpoint: `${options.issuer}${path}` }
    : {};
}
