/** The authorization challenge endpoint (OAuth 2.0 for First-Party Applications). */
import type { Feature } from '../../kernel/routing/feature.ts';
import { handleChallenge } from './endpoint.ts';

const path = '/authorize-challenge';

export const firstPartyChallenge: Feature<'challengeEndpoint'> = {
  name: 'challengeEndpoint',
  // Applications on devices call it, and no page of another origin.
  routes: () => ({ [path]: { methods: { POST: handleChallenge }, channel: 'json', cors: false } }),
  metadata: ({ options }) => ({ authorization_challenge_endpoint: `${options.issuer}${path}` }),
};
