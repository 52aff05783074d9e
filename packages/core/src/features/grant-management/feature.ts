/** Grant Management for OAuth 2.0. */
import type { Feature } from '../../kernel/routing/feature.ts';
import { grantManagementMetadata } from './endpoint.ts';
import { grantRoutes } from './routes.ts';

export const grantManagement: Feature = { routes: grantRoutes, metadata: grantManagementMetadata };
