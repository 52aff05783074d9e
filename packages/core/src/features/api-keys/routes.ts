import { handleApiKeyLeaks } from './leaks.ts';
import { createManifestEndpoint } from './manifest.ts';
import { handleApiKeyUsage } from './usage.ts';

/**
 * The addresses about API keys (docs/api-keys.md). Services call, never a page of another origin.
 */
export function apiKeyRoutes() {
  const service = { channel: 'json', cors: false, refusalId: 'decision' } as const;
  return {
    '/api-keys/manifest': { methods: { GET: createManifestEndpoint() }, ...service },
    '/api-keys/usage': { methods: { POST: handleApiKeyUsage }, ...service },
    '/api-keys/leaks': { methods: { POST: handleApiKeyLeaks }, ...service },
  };
}
