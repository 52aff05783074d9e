/**
 * The terms of use that a user has to accept (`terms`). Another version in the configuration has to
 * be accepted again. This is enforced wherever a user gives a client access, before anything is
 * issued. The user's own account stays open, so that nobody is kept from their data.
 */
import type { Core } from '../core.ts';
import type { Account } from '../../model/entities.ts';

/** Whether the user has to accept the terms now. */
export function lacksTerms(
  { options: { terms } }: Pick<Core, 'options'>,
  { accepted }: Pick<Account, 'accepted'>,
  now: number,
): boolean {
  if (terms === undefined || accepted?.terms === terms.version) return false;
  return terms.requiredFrom === undefined || now >= terms.requiredFrom;
}
