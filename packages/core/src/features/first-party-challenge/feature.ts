/** The authorization challenge endpoint (OAuth 2.0 for First-Party Applications). */
import type { Feature } from '../../kernel/routing/feature.ts';
import { handleChallenge } from './endpoint.ts';

export const firstPartyChallenge: Feature<'challengeEndpoint'> = {
  name: 'challengeEndpoint',
  routes: () => ({
    // Applications on devices call it, so no other origin is allowed.
    '/authorize-challenge': {
      methods: { POST: handleChallenge },
      channel: 'json',
      cors: false,
      announced: { as: 'authorization_challenge_endpoint', takesCertificates: false },
    },
  }),
};
