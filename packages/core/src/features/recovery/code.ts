/** Forgotten password, second page: the code. */
import { redirect } from '../../kernel/http/responses.ts';
import { onwardOf, pageAddress } from '../../kernel/pages/onward.ts';
import type { CodeSteps } from '../../kernel/verification/code-page.ts';
import { renderRecovery } from './address.ts';

export const steps: CodeSteps = {
  purpose: 'recovery',
  start: '/recover',
  path: '/recover/code',
  restart: renderRecovery,
  proven: (core, _request, parameters, { proof }) =>
    redirect(pageAddress(core, '/recover/password', { proof, ...onwardOf(parameters) })),
};
