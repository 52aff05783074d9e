/** The userinfo endpoint (OpenID Connect Core §5.3). */
import type { Feature } from '../../kernel/routing/feature.ts';
import { handleUserinfo } from './userinfo.ts';

export const userinfo: Feature<'base'> = {
  name: 'base',
  routes: () => ({
    '/userinfo': {
      methods: { GET: handleUserinfo, POST: handleUserinfo },
      channel: 'bearer',
      cors: true,
      announced: { as: 'userinfo_endpoint', takesCertificates: true },
    },
  }),
};
