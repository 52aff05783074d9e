import type { Core } from '../../kernel/core.ts';
import { handleQueryGrant, handleRevokeGrant } from './endpoint.ts';

/**
 * The grant management API, while it is on. For programs that keep a secret, so no page of another
 * origin calls it.
 */
export function grantRoutes({ options }: Core) {
  if (!options.features.grantManagement) return {};
  return {
    '/grants/*': {
      methods: { GET: handleQueryGrant, DELETE: handleRevokeGrant },
      channel: 'bearer',
      cors: false,
    },
  } as const;
}
