/** Permissions by the admin API, and the decision point (AuthZEN Authorization API 1.0). */
import type { Feature } from '../../kernel/routing/feature.ts';
import { accessRoutes } from './routes.ts';

export const permissions: Feature<'base'> = { name: 'base', routes: accessRoutes };
