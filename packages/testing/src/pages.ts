/** Pages as JSON: what a test wants to read is the view, not its markup. */
import type { Pages } from '@keywright/core';

export const jsonPages: Pages = {
  signIn: (view) => JSON.stringify({ page: 'sign-in', ...view }),
  consent: (view) => JSON.stringify({ page: 'consent', ...view }),
  account: (view) => JSON.stringify({ page: 'account', ...view }),
  signOut: (view) => JSON.stringify({ page: 'sign-out', ...view }),
  signedOut: () => JSON.stringify({ page: 'signed-out' }),
  error: (view) => JSON.stringify({ page: 'error', ...view }),
};
