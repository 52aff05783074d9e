/** The change of the user's own e-mail address. Only if the server sends mail. */
import type { Feature } from '../../kernel/routing/feature.ts';
import { createCodePage } from '../../kernel/verification/code-page.ts';
import { handleEmailChange, path, showEmailChange } from './address.ts';
import { steps } from './code.ts';
import { handleEmailUndo, showEmailUndo, undoPath } from './undo.ts';

const person = { channel: 'page', cors: false } as const;

export const emailChange: Feature<'base'> = {
  name: 'base',
  routes: ({ options }) =>
    options.sendsMail
      ? {
          [path]: { methods: { GET: showEmailChange, POST: handleEmailChange }, ...person },
          [steps.path]: { ...createCodePage(steps), ...person },
          [undoPath]: { methods: { GET: showEmailUndo, POST: handleEmailUndo }, ...person },
        }
      : {},
};
