/** Grant Management for OAuth 2.0. */
import type { Feature } from '../../kernel/routing/feature.ts';
import { grantManagementMetadata, handleQueryGrant, handleRevokeGrant } from './endpoint.ts';

export const grantManagement: Feature<'grantManagement'> = {
  name: 'grantManagement',
  routes: () => ({
    // For programs that can keep a secret, so no other origin is allowed.
    '/grants/*': {
      methods: { GET: handleQueryGrant, DELETE: handleRevokeGrant },
      channel: 'bearer',
      cors: false,
      announced: { as: 'grant_management_endpoint', takesCertificates: false },
    },
  }),
  metadata: grantManagementMetadata,
};
