/** The routes of the user's own account. */
import type { Core } from '../../kernel/core.ts';
import type { HttpRequest } from '../../kernel/http/message.ts';
import { redirect } from '../../kernel/http/responses.ts';
import type { AccountSection, SecuritySection } from '../../kernel/routing/feature.ts';
import { handleRevokeConnection, showAccount } from './account.ts';
import { securityPath } from '../../kernel/pages/security.ts';
import { handleWithdrawDetail } from './connection-details.ts';
import { showConnection } from './connection.ts';
import { connectionPath } from './connection-view.ts';
import { handleUndo } from './undo.ts';
import { endSessionPath, handleEndSession } from './sessions.ts';
import { showSecurity } from './security.ts';
import { handlePasswordChange, showPasswordChange } from './password-change.ts';

const person = { channel: 'page', cors: false } as const;

/**
 * `sections`, `securitySections`: what other features show on the account page and the security
 * page.
 */
export function accountRoutes(
  { options: { basePath } }: Core,
  sections: readonly AccountSection[],
  securitySections: readonly SecuritySection[],
) {
  const show = (core: Core, request: HttpRequest) => showAccount(core, request, sections);
  return {
    [securityPath]: {
      methods: {
        GET: (core: Core, request: HttpRequest) => showSecurity(core, request, securitySections),
      },
      ...person,
    },
    '/account': { methods: { GET: show }, ...person },
    [connectionPath]: { methods: { GET: showConnection }, ...person },
    '/account/password': {
      methods: { GET: showPasswordChange, POST: handlePasswordChange },
      ...person,
    },
    [endSessionPath]: { methods: { POST: handleEndSession }, ...person },
    '/account/withdraw': { methods: { POST: handleWithdrawDetail }, ...person },
    '/account/revoke': { methods: { POST: handleRevokeConnection }, ...person },
    '/account/undo': { methods: { POST: handleUndo }, ...person },
    // Password managers know an origin, but no issuer (W3C, A Well-Known URL for Changing Passwords
    // §2).
    '/.well-known/change-password': {
      methods: { GET: async () => redirect(`${basePath}/account/password`) },
      ...person,
      wellKnown: 'of-origin',
    },
  } as const;
}
