/** Forgotten password. Only where mail is sent. */
import type { Feature } from '../../kernel/routing/feature.ts';
import { handleRecovery, showRecovery } from './address.ts';
import { createCodePage } from '../../kernel/verification/code-page.ts';
import { steps } from './code.ts';
import { handleNewPassword, showNewPassword } from './new-password.ts';

const person = { channel: 'page', cors: false } as const;

export const recovery: Feature<'base'> = {
  name: 'base',
  routes: ({ options }) =>
    options.sendsMail
      ? {
          '/recover': { methods: { GET: showRecovery, POST: handleRecovery }, ...person },
          '/recover/code': { ...createCodePage(steps), ...person },
          '/recover/password': {
            methods: { GET: showNewPassword, POST: handleNewPassword },
            ...person,
          },
        }
      : {},
};
