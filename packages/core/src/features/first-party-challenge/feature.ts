/** The authorization challenge endpoint (OAuth 2.0 for First-Party Applications). */
import type { Feature } from '../../kernel/routing/feature.ts';
import { challengeMetadata, challengeRoutes } from './routes.ts';

export const firstPartyChallenge: Feature = {
  routes: challengeRoutes,
  metadata: challengeMetadata,
};
