import { handleApiKeyLeaks } from './leaks.ts';
import { createManifestEndpoint } from './manifest.ts';
import { handleApiKeyUsage } from './usage.ts';

/**
 * The routes for API keys (docs/api-keys.md). Only services call them, so no other origin is
 * allowed.
 */
export function apiKeyRoutes() {
  const service = { channel: 'json', cors: false, refusalId: 'decision' } as const;
  return {
    '/api-keys/manifest': {
      methods: { GET: createManifestEndpoint() },
      ...service,
      announced: { as: 'api_key_manifest_endpoint', takesCertificates: false },
    },
    '/api-keys/usage': {
      methods: { POST: handleApiKeyUsage },
      ...service,
      announced: { as: 'api_key_usage_endpoint', takesCertificates: false },
    },
    '/api-keys/leaks': {
      methods: { POST: handleApiKeyLeaks },
      ...service,
      announced: { as: 'api_key_leak_endpoint', takesCertificates: false },
    },
  };
}
