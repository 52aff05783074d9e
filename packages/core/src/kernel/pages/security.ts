/**
 * The page of everything that a user signs in with. Changes on it need a fresh sign-in (ASVS
 * 7.5.1), so that a session that was left open is not enough. The notice about the last change is
 * part of the address, sealed for the account.
 */
import type { Core } from '../core.ts';
import { hasTwoFactors } from '../accounts/acr.ts';
import { loadWaysIn } from '../accounts/factor-demand.ts';
import type { HttpResponse } from '../http/message.ts';
import { redirect } from '../http/responses.ts';
import type { Account } from '../../model/entities.ts';
import type { SecurityView } from '../../model/pages.ts';
import { sealValue, unsealValue } from '../sealing/sealed.ts';
import { sealContinuation, signInAddress } from './continuation.ts';
import { type Onward, pageAddress } from './onward.ts';
import { stepUpAddress, stepUpPath } from './step-up.ts';
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

/**
 * The page that comes before a change of what the user signs in with: a new sign-in, or the passkey
 * of the account. Undefined if the change may be made now. `path`: where the user comes back to.
 */
export async function pageBeforeChange(
  core: Core,
  signedIn: SignedIn,
  path: string,
  now: number,
): Promise<string | undefined> {
  if (!isFresh(signedIn, now)) return signInAddress(core, path);
  return (await owesPasskey(core, signedIn))
    ? stepUpAddress(core, { next: sealContinuation(core, path) })
    : undefined;
}

/**
 * Where two factors are demanded, the password of an account with a passkey is not enough to add or
 * remove anything. Otherwise somebody who only has the password would add a second factor of their
 * own, and go round the passkey.
 */
export async function owesPasskey(core: Core, { account, session }: SignedIn): Promise<boolean> {
  if (core.options.secondFactor === undefined || hasTwoFactors(core, session)) return false;
  return (await loadWaysIn(core, account)).hasPasskey;
}

function sealSecurityNotice(core: Core, { id }: Account, notice: SecurityNotice): string {
  return sealValue(core, purpose, notice, id);
}

/** The address of the security page with this notice. */
export function redirectToSecurity(
  core: Core,
  account: Account,
  notice: SecurityNotice,
  cookies: readonly string[] = [],
): HttpResponse {
  const told = sealSecurityNotice(core, account, notice);
  return redirect(`${core.options.basePath}${securityPath}?told=${told}`, cookies);
}

/** The address of the page that asks for what is missing, with this notice. */
export function redirectToStepUp(
  core: Core,
  account: Account,
  notice: SecurityNotice,
  onward: Onward,
): HttpResponse {
  const told = sealSecurityNotice(core, account, notice);
  return redirect(pageAddress(core, stepUpPath, { ...onward, told }));
}

export function readSecurityNotice(
  core: Core,
  { id }: Account,
  sealed: string | undefined,
): SecurityNotice {
  return (unsealValue(core, purpose, sealed, id) as SecurityNotice | undefined) ?? {};
}
