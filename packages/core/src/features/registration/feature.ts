/** Dynamic client registration (RFC 7591, RFC 7592). */
import type { Feature } from '../../kernel/routing/feature.ts';
import { registrationMetadata, registrationRoutes } from './routes.ts';

export const registration: Feature = {
  routes: registrationRoutes,
  metadata: registrationMetadata,
};
