/** Passkeys: users sign in with credentials of Web Authentication (Level 3). */
import type { Core } from '../../kernel/core.ts';
import type { Feature, Routes } from '../../kernel/routing/feature.ts';
import { handleAdd, handleRename } from './changes.ts';
import { handleRemoval, showRemoval } from './removal.ts';
import { passkeysSection, paths } from './section.ts';
import { handlePasskeySignIn } from './sign-in.ts';

const person = { channel: 'page', cors: false } as const;

export const passkeys: Feature<'passkeys'> = {
  name: 'passkeys',
  routes: ({ passkeys: verifier }: Core): Routes =>
    verifier === undefined
      ? {}
      : {
          '/sign-in/passkey': {
            methods: { POST: (core, request) => handlePasskeySignIn(core, request, verifier) },
            ...person,
          },
          [paths.add]: { methods: { POST: handleAdd(verifier) }, ...person },
          [paths.rename]: { methods: { POST: handleRename }, ...person },
          [paths.remove]: { methods: { GET: showRemoval, POST: handleRemoval }, ...person },
        },
  securitySection: async (core, ...rest) =>
    core.passkeys === undefined ? {} : passkeysSection(core, ...rest),
};
