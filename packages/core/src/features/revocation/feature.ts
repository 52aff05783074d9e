/** Revocation of one token (RFC 7009), and of everything of a user (Global Token Revocation). */
import { protect } from '../../kernel/json-api/service.ts';
import type { Feature } from '../../kernel/routing/feature.ts';
import { handleRevoke } from './revoke.ts';
import { revokeEverything } from './token-revocation.ts';

export const revocation: Feature<'base'> = {
  name: 'base',
  routes: () => ({
    '/revoke': {
      methods: { POST: handleRevoke },
      channel: 'json',
      cors: true,
      announced: { as: 'revocation_endpoint', takesCertificates: true },
    },
  }),
};

export const globalTokenRevocation: Feature<'globalTokenRevocation'> = {
  name: 'globalTokenRevocation',
  routes: () => ({
    '/global-token-revocation': {
      methods: { POST: protect('tokens:revoke', revokeEverything) },
      channel: 'bearer',
      cors: false,
      announced: { as: 'global_token_revocation_endpoint', takesCertificates: false },
    },
  }),
  metadata: () => ({
    global_token_revocation_endpoint_auth_methods_supported: ['Bearer'],
  }),
};
