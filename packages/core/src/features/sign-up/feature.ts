/** Accounts that users create themselves, and invitations. Only where the setting allows it. */
import { administration as service, protect } from '../../kernel/json-api/service.ts';
import type { Feature } from '../../kernel/routing/feature.ts';
import { createCodePage } from '../../kernel/verification/code-page.ts';
import { handleSignUp, showSignUp } from './address.ts';
import { steps } from './code.ts';
import { invite, listInvitations, revokeInvitation } from './invitations.ts';
import { handleJoining, showJoining } from './joining.ts';

const person = { channel: 'page', cors: false } as const;

export const signUp: Feature<'base'> = {
  name: 'base',
  routes: ({ options }) =>
    options.signUp === 'closed'
      ? {}
      : {
          '/sign-up': { methods: { GET: showSignUp, POST: handleSignUp }, ...person },
          '/sign-up/code': { ...createCodePage(steps), ...person },
          '/sign-up/account': { methods: { GET: showJoining, POST: handleJoining }, ...person },
          '/admin/v1/invitations': {
            methods: {
              GET: protect('accounts:manage', listInvitations),
              POST: protect('accounts:manage', invite),
              DELETE: protect('accounts:manage', revokeInvitation),
            },
            ...service,
          },
        },
};
