/** Pushed authorization requests (RFC 9126). */
import type { Feature } from '../../kernel/routing/feature.ts';
import { handlePushedRequest, pushedRequestMetadata } from './par.ts';

export const pushedRequests: Feature = {
  routes: ({ options }) =>
    options.features.pushedRequests
      ? { '/par': { methods: { POST: handlePushedRequest }, channel: 'json', cors: true } }
      : {},
  metadata: pushedRequestMetadata,
};
