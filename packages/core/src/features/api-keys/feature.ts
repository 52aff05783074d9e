/** API keys (docs/api-keys.md): the manifest for APIs, their usage, leaks. */
import type { Feature } from '../../kernel/routing/feature.ts';
import { apiKeyRoutes } from './routes.ts';

export const apiKeys: Feature<'base'> = { name: 'base', routes: apiKeyRoutes };
