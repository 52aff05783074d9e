/** The admin API (docs/reference/admin-api.md). */
import type { Feature } from '../../kernel/routing/feature.ts';
import { administrationRoutes } from './routes.ts';

export const admin: Feature<'base'> = { name: 'base', routes: () => administrationRoutes };
