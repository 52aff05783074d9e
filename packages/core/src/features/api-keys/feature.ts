/** API keys (docs/api-keys.md): the manifest for APIs, their usage, leaks. */
import type { Feature } from '../../kernel/routing/feature.ts';
import { apiKeyRoutes } from './routes.ts';

export const apiKeys: Feature<'base'> = {
  name: 'base',
  routes: apiKeyRoutes,
  metadata: ({ options: { issuer } }) => ({
    api_key_manifest_endpoint: `${issuer}/api-keys/manifest`,
    api_key_usage_endpoint: `${issuer}/api-keys/usage`,
    api_key_leak_endpoint: `${issuer}/api-keys/leaks`,
  }),
};
