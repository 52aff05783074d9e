/**
 * A sign-in whose password was right and whose second factor is missing. It is sealed, and no
 * session. It is valid for some minutes, in the browser that asked, for what it was started for,
 * and while the password stays the same. So two sign-ins of one browser cannot be mixed.
 */
import { digest, equalDigests } from '@keywright/jwt';
import type { Core } from '../../kernel/core.ts';
import { OAuthError } from '../../model/errors.ts';
import { readCookie } from '../../kernel/http/cookies.ts';
import type { HttpRequest } from '../../kernel/http/message.ts';
import { type Onward, pageAddress } from '../../kernel/pages/onward.ts';
import type { Account } from '../../model/entities.ts';
import { sealValue, unsealValue } from '../../kernel/sealing/sealed.ts';

const purpose = 'pending-sign-in';
const pendingSeconds = 600;

export const secondFactorPath = '/sign-in/second-factor';

interface PendingSignIn {
  readonly accountId: string;
  /** A digest of what it is bound to. It is short, because it is part of an address. */
  readonly bound: string;
  readonly until: number;
}

/** What the second page has found out. */
export interface OpenedSignIn extends PendingSignIn {
  readonly sealed: string;
  readonly account: Account;
}

/** The address of the page that asks for the second factor. */
export function secondFactorAddress(
  core: Core,
  request: HttpRequest,
  account: Account,
  onward: Onward,
  now: number,
): string {
  const bound = boundTo(core, request, account, onward);
  const value: PendingSignIn = { accountId: account.id, bound, until: now + pendingSeconds };
  return pageAddress(core, secondFactorPath, {
    pending: sealValue(core, purpose, value),
    ...onward,
  });
}

/** Throws sign_in_expired. */
export async function openPendingSignIn(
  core: Core,
  request: HttpRequest,
  sealed: string | undefined,
  onward: Onward,
  now: number,
): Promise<OpenedSignIn> {
  const pending = unsealValue(core, purpose, sealed) as PendingSignIn | undefined;
  if (sealed === undefined || pending === undefined || pending.until <= now)
    throw new OAuthError('sign_in_expired', { log: { note: 'too old' } });
  const account = await core.store.accounts.load(pending.accountId);
  if (account?.status !== 'active')
    throw new OAuthError('sign_in_expired', { log: { note: 'account' } });
  if (!equalDigests(pending.bound, boundTo(core, request, account, onward)))
    throw new OAuthError('sign_in_expired', { log: { note: 'bound to something else' } });
  return { ...pending, sealed, account };
}

function boundTo(core: Core, request: HttpRequest, account: Account, onward: Onward): string {
  const browserId = readCookie(request, 'browser', core.options);
  return digest(JSON.stringify([browserId, account.passwordHash, onward.request, onward.next]));
}
