/** Revocation of one token (RFC 7009), and of all that a person has (Global Token Revocation). */
import type { Feature } from '../../kernel/routing/feature.ts';
import { handleRevoke } from './revoke.ts';
import { tokenRevocationMetadata, tokenRevocationRoutes } from './token-revocation.ts';

export const revocation: Feature = {
  routes: (core) => ({
    '/revoke': { methods: { POST: handleRevoke }, channel: 'json', cors: true },
    ...tokenRevocationRoutes(core),
  }),
  metadata: (core) => ({
    revocation_endpoint: `${core.options.issuer}/revoke`,
    ...tokenRevocationMetadata(core),
  }),
};
