/**
 * Remembers that this browser has signed in to an account before. Its attempts have their own
 * bucket, which nobody else can fill (password-check.ts).
 */
import { digest, equalDigests } from '@keywright/jwt';
import type { Core } from '../core.ts';
import { readCookie, writeCookie } from '../http/cookies.ts';
import type { HttpRequest } from '../http/message.ts';
import type { Account } from '../../model/entities.ts';

const knownBrowserSeconds = 365 * 86_400;

/** Says which account this browser has signed in to. It is sealed, and does not allow a sign-in. */
export function knownBrowserCookie(core: Core, account: Account): string {
  const mark = core.vault.seal('known-browser', `${digest(account.emailKey)} ${core.newSecret()}`);
  return writeCookie('known', mark, core.options, knownBrowserSeconds);
}

/** The cookie of the browser, if it has signed in to the account of this address before. */
export function knownBrowserOf(
  core: Core,
  request: HttpRequest,
  email: string,
): string | undefined {
  const cookie = readCookie(request, 'known', core.options);
  const plain = cookie === undefined ? undefined : core.vault.unseal('known-browser', cookie);
  if (plain === undefined) return undefined;
  const [account = '', mark] = Buffer.from(plain).toString('utf8').split(' ');
  return equalDigests(account, digest(core.accounts.emailKey(email))) ? mark : undefined;
}
