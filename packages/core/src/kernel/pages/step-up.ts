/**
 * The page that asks a user who is signed in for what is missing: a passkey that the account has,
 * or a second factor that it does not have yet.
 */
import type { Core } from '../core.ts';
import { type Onward, pageAddress } from './onward.ts';

export const stepUpPath = '/sign-in/step-up';

/**
 * The hidden field of a form that signs in with a passkey in addition to what the session has
 * proven.
 */
export const inAdditionField = 'in_addition';

export function stepUpAddress(core: Pick<Core, 'options'>, onward: Onward): string {
  return pageAddress(core, stepUpPath, onward);
}
