/**
 * The page of everything that a user signs in with. Changes on it need a fresh sign-in (ASVS
 * 7.5.1), so that a session that was left open is not enough. The notice about the last change is
 * part of the address, sealed for the account.
 */
import type { Core } from '../core.ts';
import type { HttpResponse } from '../http/message.ts';
import { redirect } from '../http/responses.ts';
import type { Account } from '../../model/entities.ts';
import type { SecurityView } from '../../model/pages.ts';
import { sealValue, unsealValue } from '../sealing/sealed.ts';
import type { SignedIn } from './session.ts';

export const securityPath = '/account/security';

/** How long after a sign-in the user may change what they sign in with. */
export const freshSeconds = 600;

export type SecurityNotice = Pick<
  SecurityView,
  | 'totpRemoved'
  | 'passkeyAdded'
  | 'passkeyRenamed'
  | 'passkeyRemoved'
  | 'sessionsEnded'
  | 'error'
  | 'decision'
>;

const purpose = 'told-on-security';

export function isFresh({ session }: SignedIn, now: number): boolean {
  return now - session.authenticatedAt < freshSeconds;
}

/** The address of the security page with this notice. */
export function redirectToSecurity(
  core: Core,
  { id }: Account,
  notice: SecurityNotice,
  cookies: readonly string[] = [],
): HttpResponse {
  const told = sealValue(core, purpose, notice, id);
  return redirect(`${core.options.basePath}${securityPath}?told=${told}`, cookies);
}

export function readSecurityNotice(
  core: Core,
  { id }: Account,
  sealed: string | undefined,
): SecurityNotice {
  return (unsealValue(core, purpose, sealed, id) as SecurityNotice | undefined) ?? {};
}
