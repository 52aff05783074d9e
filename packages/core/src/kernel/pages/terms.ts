/** The page on which a user who is signed in accepts the terms of use. */
import { lacksTerms } from '../accounts/terms-demand.ts';
import type { Core } from '../core.ts';
import type { Account } from '../../model/entities.ts';
import { sealContinuation } from './continuation.ts';
import { type Onward, pageAddress } from './onward.ts';

export const termsPath = '/sign-in/terms';

export function termsAddress(core: Pick<Core, 'options'>, onward: Onward): string {
  return pageAddress(core, termsPath, onward);
}

/** The page for the terms, and after it this one. Undefined if the account lacks nothing. */
export function termsBefore(
  core: Core,
  path: string,
  account: Account,
  now: number,
): string | undefined {
  if (!lacksTerms(core, account, now)) return undefined;
  return termsAddress(core, { next: sealContinuation(core, path) });
}
