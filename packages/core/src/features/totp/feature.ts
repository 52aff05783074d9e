/** Authenticator apps as a second factor (RFC 6238), and recovery codes. */
import type { Core } from '../../kernel/core.ts';
import type { Feature, Routes } from '../../kernel/routing/feature.ts';
import { handleEnrolment, showEnrolment } from './enrolment.ts';
import { handleRecoveryCodes } from './recovery-codes.ts';
import { handleTotpRemoval } from './removal.ts';
import { paths, totpSection } from './section.ts';

const person = { channel: 'page', cors: false } as const;

export const totp: Feature<'totp'> = {
  name: 'totp',
  routes: ({ oneTimePasswords: passwords }: Core): Routes =>
    passwords === undefined
      ? {}
      : {
          [paths.add]: {
            methods: { GET: showEnrolment(passwords), POST: handleEnrolment(passwords) },
            ...person,
          },
          [paths.remove]: { methods: { POST: handleTotpRemoval }, ...person },
          [paths.codes]: { methods: { POST: handleRecoveryCodes }, ...person },
        },
  securitySection: async (core, ...rest) =>
    core.oneTimePasswords === undefined ? {} : totpSection(core, ...rest),
};
