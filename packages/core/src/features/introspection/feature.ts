/** Introspection (RFC 7662). Only APIs call it, so no other origin is allowed. */
import type { Feature } from '../../kernel/routing/feature.ts';
import { introspectionMetadata } from '../../kernel/tokens/introspection-answer.ts';
import { handleIntrospect } from './introspect.ts';

export const introspection: Feature<'base'> = {
  name: 'base',
  routes: () => ({
    '/introspect': {
      methods: { POST: handleIntrospect },
      channel: 'json',
      cors: false,
      announced: { as: 'introspection_endpoint', takesCertificates: true },
    },
  }),
  metadata: introspectionMetadata,
};
