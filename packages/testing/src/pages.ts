/** Pages as JSON, because a test reads the view, not its markup. */
import type { Pages } from '@keywright/core';

export const jsonPages: Pages = {
  signIn: (view) => JSON.stringify({ page: 'sign-in', ...view }),
  consent: (view) => JSON.stringify({ page: 'consent', ...view }),
  account: (view) => JSON.stringify({ page: 'account', ...view }),
  security: (view) => JSON.stringify({ page: 'security', ...view }),
  passkeyRemoval: (view) => JSON.stringify({ page: 'passkey-removal', ...view }),
  passwordChange: (view) => JSON.stringify({ page: 'password-change', ...view }),
  recovery: (view) => JSON.stringify({ page: 'recovery', ...view }),
  code: (view) => JSON.stringify({ page: 'code', ...view }),
  newPassword: (view) => JSON.stringify({ page: 'new-password', ...view }),
  signUp: (view) => JSON.stringify({ page: 'sign-up', ...view }),
  joining: (view) => JSON.stringify({ page: 'joining', ...view }),
  emailChange: (view) => JSON.stringify({ page: 'email-change', ...view }),
  emailUndo: (view) => JSON.stringify({ page: 'email-undo', ...view }),
  secondFactor: (view) => JSON.stringify({ page: 'second-factor', ...view }),
  totpEnrolment: (view) => JSON.stringify({ page: 'totp-enrolment', ...view }),
  recoveryCodes: (view) => JSON.stringify({ page: 'recovery-codes', ...view }),
  deviceCode: (view) => JSON.stringify({ page: 'device-code', ...view }),
  deviceConfirmation: (view) => JSON.stringify({ page: 'device-confirmation', ...view }),
  deviceDone: (view) => JSON.stringify({ page: 'device-done', ...view }),
  signOut: (view) => JSON.stringify({ page: 'sign-out', ...view }),
  signedOut: (view) => JSON.stringify({ page: 'signed-out', ...view }),
  formPost: (view) => JSON.stringify({ page: 'form-post', ...view }),
  explanation: (view) => JSON.stringify({ page: 'explanation', ...view }),
  error: (view) => JSON.stringify({ page: 'error', ...view }),
};
