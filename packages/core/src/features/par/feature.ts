/** Pushed authorization requests (RFC 9126). */
import type { Feature } from '../../kernel/routing/feature.ts';
import { handlePushedRequest } from './par.ts';

export const pushedRequests: Feature<'pushedRequests'> = {
  name: 'pushedRequests',
  routes: () => ({
    '/par': {
      methods: { POST: handlePushedRequest },
      channel: 'json',
      cors: true,
      announced: { as: 'pushed_authorization_request_endpoint', takesCertificates: true },
    },
  }),
  // RFC 9126 §5.
  metadata: ({ options }) => ({
    require_pushed_authorization_requests: options.policies.default.pushedRequestsRequired,
  }),
};
