/** Who may create an account: the setting `sign_up`, and invitations. */
import { invitationIdOf } from '../../kernel/accounts/invitations.ts';
import type { Core } from '../../kernel/core.ts';
import { OAuthError } from '../../model/errors.ts';
import type { Invitation } from '../../model/invitation-ports.ts';

/** The address of an account that may be created. */
export interface Admission {
  readonly email: string;
  /** The invitation that is spent with it. */
  readonly invitationId?: string;
}

/** Undefined without a secret. Throws invitation_void. */
export async function readInvitation(
  core: Core,
  secret: string | undefined,
): Promise<Invitation | undefined> {
  const invitation = await findInvitation(core, secret);
  if (secret !== undefined && invitation === undefined) throw new OAuthError('invitation_void');
  return invitation;
}

/** Undefined if there is none, or if it cannot be used. */
export async function findInvitation(
  core: Core,
  secret: string | undefined,
): Promise<Invitation | undefined> {
  if (secret === undefined) return undefined;
  const invitation = await core.store.invitations.load(invitationIdOf(secret));
  const isUsed = invitation?.usedAt !== undefined;
  return isUsed || (invitation?.expiresAt ?? 0) <= core.clock.nowSeconds() ? undefined : invitation;
}

/**
 * An invitation decides the address, so that nobody can pass it on. It also admits an address of
 * another domain. Throws invitation_void, sign_up_refused, email_unfit.
 */
export async function admit(
  core: Core,
  typed: string,
  secret: string | undefined,
): Promise<Admission> {
  const { signUp, signUpDomains } = core.options;
  const invitation = await readInvitation(core, secret);
  if (invitation !== undefined) return { email: invitation.email, invitationId: invitation.id };
  const problem = core.accounts.judgeEmail(typed);
  if (problem !== undefined)
    throw new OAuthError('email_unfit', { description: `The address ${problem}.` });
  const emailKey = core.accounts.emailKey(typed);
  const domain = emailKey.slice(emailKey.lastIndexOf('@') + 1);
  const isAdmitted = signUp === 'open' || (signUp === 'domains' && signUpDomains.includes(domain));
  if (!isAdmitted) throw new OAuthError('sign_up_refused');
  return { email: typed };
}
