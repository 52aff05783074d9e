/** A new account, second page: the code. */
import { redirect } from '../../kernel/http/responses.ts';
import { onwardOf, pageAddress } from '../../kernel/pages/onward.ts';
import type { CodeSteps } from '../../kernel/verification/code-page.ts';
import { renderSignUp } from './address.ts';

export const steps: CodeSteps = {
  purpose: 'sign_up',
  start: '/sign-up',
  path: '/sign-up/code',
  restart: renderSignUp,
  proven: (core, _request, parameters, { proof }) =>
    redirect(pageAddress(core, '/sign-up/account', { proof, ...onwardOf(parameters) })),
};
