/** Signing out here, and logout that applications start (OpenID Connect RP-Initiated Logout). */
import type { Feature } from '../../kernel/routing/feature.ts';
import { handleEndSession } from './endpoint.ts';
import { showSignedOut } from './leaving.ts';
import { logoutMetadata } from './metadata.ts';
import { handleSignOut, showSignOut } from './sign-out.ts';

const person = { channel: 'page', cors: false } as const;

export const logout: Feature = {
  routes: ({ options }) => ({
    '/sign-out': { methods: { GET: showSignOut, POST: handleSignOut }, ...person },
    '/signed-out': { methods: { GET: showSignedOut }, ...person },
    ...(options.features.logout
      ? {
          '/end-session': { methods: { GET: handleEndSession, POST: handleEndSession }, ...person },
        }
      : {}),
  }),
  metadata: logoutMetadata,
};
