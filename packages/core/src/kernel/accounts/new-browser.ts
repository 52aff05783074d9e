/** Mails a user after a sign-in with a browser that has not signed them in before. */
import { digest } from '@keywright/jwt';
import type { Core } from '../core.ts';
import type { HttpRequest } from '../http/message.ts';
import { makeMail } from '../mail/mail.ts';
import type { Delivery } from '../../model/delivery-ports.ts';
import type { Account } from '../../model/entities.ts';
import { knownBrowserOf } from './known-browser.ts';
import { seenFrom } from './seen-from.ts';

/** A user who always deletes cookies gets a few mails a day, not one for each sign-in. */
const mailsInARow = 5;
const secondsForAnother = 6 * 3600;

/** Undefined if no mail is needed, or the user got enough of them. */
export async function tellOfNewBrowser(
  core: Core,
  request: HttpRequest,
  account: Account,
  now: number,
): Promise<Delivery | undefined> {
  if (!core.options.sendsMail || knownBrowserOf(core, request, account.email) !== undefined)
    return undefined;
  const bucket = {
    key: `new-browser:${digest(account.id)}`,
    intervalSeconds: secondsForAnother,
    burst: mailsInARow,
  };
  if ((await core.store.throttles.take([bucket], now)) > 0) return undefined;
  return makeMail(core, account, { kind: 'new_browser', ...seenFrom(request) }, now);
}
