/** Invitations to create an account: by an administrator, for one address, used once. */
import { digest } from '@keywright/jwt';
import type { Delivery } from '../../model/delivery-ports.ts';
import type { Invitation } from '../../model/invitation-ports.ts';
import type { Ports } from '../../model/ports.ts';
import { type MailPorts, makeMail } from '../mail/mail.ts';

const daySeconds = 86_400;
/** An invitation is valid for a week, unless somebody says otherwise. */
export const defaultInvitationSeconds = 7 * daySeconds;
const longestInvitationSeconds = 90 * daySeconds;

/** The ports that make an invitation. */
export type InvitingPorts = MailPorts & {
  readonly accounts: Pick<Ports['accounts'], 'emailKey' | 'judgeEmail'>;
  readonly options: { readonly issuer: string };
};

/** Who is invited. */
export interface InvitationRequest {
  readonly email: string;
  readonly expiresInSeconds: number;
}

/** An invitation that is not stored yet. */
export interface MadeInvitation {
  readonly invitation: Invitation;
  /** The page on which the account is created. The mail has it too. */
  readonly address: string;
  readonly mail: Delivery | undefined;
}

/**
 * Why nobody can be invited like this, or undefined. Does not check whether the address has an
 * account.
 */
export function refuseInvitation(
  { accounts }: Pick<InvitingPorts, 'accounts'>,
  { email, expiresInSeconds }: InvitationRequest,
): string | undefined {
  const problem = accounts.judgeEmail(email);
  if (problem !== undefined) return `the address ${problem}`;
  const isPossible =
    Number.isSafeInteger(expiresInSeconds) &&
    expiresInSeconds >= 60 &&
    expiresInSeconds <= longestInvitationSeconds;
  return isPossible ? undefined : 'it must be valid for a minute to 90 days';
}

/**
 * Makes an invitation with its mail. Stores nothing. Does not check the request: use
 * `refuseInvitation` first.
 */
export function makeInvitation(
  ports: InvitingPorts,
  { email: typed, expiresInSeconds }: InvitationRequest,
  now: number,
): MadeInvitation {
  const secret = ports.newSecret();
  const email = typed.normalize('NFKC').trim();
  const invitation = {
    id: invitationIdOf(secret),
    email,
    emailKey: ports.accounts.emailKey(email),
    createdAt: now,
    expiresAt: now + expiresInSeconds,
  };
  const address = `${ports.options.issuer}/sign-up?invitation=${secret}`;
  const { expiresAt } = invitation;
  const content = { kind: 'invitation', address, expiresAt } as const;
  const mail = makeMail(ports, { email, name: email }, content, now, expiresInSeconds);
  return { invitation, address, mail };
}

/** The id is a part of a digest, so it does not reveal the secret. */
export function invitationIdOf(secret: string): string {
  return `inv_${digest(`invitation ${secret}`).slice(0, 22)}`;
}
