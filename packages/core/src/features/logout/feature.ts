/**
 * Sign-out at this server, and logout that applications start (OpenID Connect RP-Initiated Logout).
 */
import type { Feature } from '../../kernel/routing/feature.ts';
import { handleEndSession } from './endpoint.ts';
import { showSignedOut } from './leaving.ts';
import { handleSignOut, showSignOut } from './sign-out.ts';

const person = { channel: 'page', cors: false } as const;

export const signOut: Feature<'base'> = {
  name: 'base',
  routes: () => ({
    '/sign-out': { methods: { GET: showSignOut, POST: handleSignOut }, ...person },
    '/signed-out': { methods: { GET: showSignedOut }, ...person },
  }),
};

export const logout: Feature<'logout'> = {
  name: 'logout',
  routes: () => ({
    '/end-session': {
      methods: { GET: handleEndSession, POST: handleEndSession },
      ...person,
      announced: { as: 'end_session_endpoint', takesCertificates: false },
    },
  }),
  // RP-Initiated Logout §2.1, Back-Channel Logout §2.1, Front-Channel Logout §3.
  metadata: ({ outbound }) => ({
    frontchannel_logout_supported: true,
    frontchannel_logout_session_supported: true,
    // Without the outbound client, no application can be notified.
    ...(outbound === undefined
      ? {}
      : { backchannel_logout_supported: true, backchannel_logout_session_supported: true }),
  }),
};
