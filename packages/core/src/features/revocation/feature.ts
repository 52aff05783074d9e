/** Revocation of one token (RFC 7009), and of all that a person has (Global Token Revocation). */
import { protect } from '../../kernel/json-api/service.ts';
import type { Feature } from '../../kernel/routing/feature.ts';
import { handleRevoke } from './revoke.ts';
import { revokeEverything } from './token-revocation.ts';

export const revocation: Feature<'base'> = {
  name: 'base',
  routes: () => ({ '/revoke': { methods: { POST: handleRevoke }, channel: 'json', cors: true } }),
  metadata: ({ options }) => ({ revocation_endpoint: `${options.issuer}/revoke` }),
  certificateEndpoints: ['revocation_endpoint'],
};

const path = '/global-token-revocation';

export const globalTokenRevocation: Feature<'globalTokenRevocation'> = {
  name: 'globalTokenRevocation',
  routes: () => ({
    [path]: {
      methods: { POST: protect('tokens:revoke', revokeEverything) },
      channel: 'bearer',
      cors: false,
    },
  }),
  metadata: ({ options }) => ({
    global_token_revocation_endpoint: `${options.issuer}${path}`,
    global_token_revocation_endpoint_auth_methods_supported: ['Bearer'],
  }),
};
