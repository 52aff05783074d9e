/** Passkeys: users sign in with credentials of Web Authentication (Level 3). */
import type { Core } from '../../kernel/core.ts';
import { json } from '../../kernel/http/responses.ts';
import type { Feature, Routes } from '../../kernel/routing/feature.ts';
import { handleAdd, handleRename } from './changes.ts';
import { handleRemoval, showRemoval } from './removal.ts';
import { passkeysSection, paths } from './section.ts';
import { handlePasskeySignIn } from './sign-in.ts';

const person = { channel: 'page', cors: false } as const;

/** Web Authentication §5.11.1: browsers ask the host that is the relying party identifier. */
function relatedOrigins(origins: readonly string[]): Routes {
  if (origins.length === 0) return {};
  return {
    '/.well-known/webauthn': {
      methods: { GET: async () => json({ origins }) },
      channel: 'json',
      cors: true,
      wellKnown: 'of-origin',
    },
  };
}

export const passkeys: Feature<'passkeys'> = {
  name: 'passkeys',
  routes: ({ passkeys: verifier, options }: Core): Routes =>
    verifier === undefined
      ? {}
      : {
          '/sign-in/passkey': {
            methods: { POST: (core, request) => handlePasskeySignIn(core, request, verifier) },
            ...person,
          },
          ...relatedOrigins(options.passkeys.origins),
          [paths.add]: { methods: { POST: handleAdd(verifier) }, ...person },
          [paths.rename]: { methods: { POST: handleRename }, ...person },
          [paths.remove]: { methods: { GET: showRemoval, POST: handleRemoval }, ...person },
        },
  securitySection: async (core, ...rest) =>
    core.passkeys === undefined ? {} : passkeysSection(core, ...rest),
};
