/**
 * The code that was sent to the new address: with it the address is changed, and the former one
 * gets a notice with a link that undoes the change.
 */
import { knownBrowserCookie } from '../../kernel/accounts/known-browser.ts';
import type { Core } from '../../kernel/core.ts';
import type { HttpRequest, HttpResponse } from '../../kernel/http/message.ts';
import { makeMail } from '../../kernel/mail/mail.ts';
import { redirectToAccount } from '../../kernel/pages/account-notice.ts';
import { loadSession } from '../../kernel/pages/session.ts';
import type { CodeSteps } from '../../kernel/verification/code-page.ts';
import type { Flow } from '../../kernel/verification/flow.ts';
import { OAuthError } from '../../model/errors.ts';
import { networkOf } from '../../rules/network.ts';
import { path, renderEmailChange, stateOf } from './address.ts';
import { formerEmailIdOf, undoPath } from './undo.ts';

/** Longer than most holidays. */
const undoSeconds = 7 * 86_400;
/**
 * A person who took over a sign-in may add a passkey or an app before changing the address. The
 * time of the sign-in says nothing: the person can sign in twice.
 */
const distrustedSeconds = 7 * 86_400;

export const steps: CodeSteps = {
  purpose: 'email_change',
  start: path,
  path: `${path}/code`,
  restart: renderEmailChange,
  proven: (core, request, _parameters, { flow }) => changeEmail(core, request, flow),
};

/** Throws code_expired, account_exists. */
async function changeEmail(core: Core, request: HttpRequest, flow: Flow): Promise<HttpResponse> {
  const now = core.clock.nowSeconds();
  const signedIn = await loadSession(core, request, now);
  if (signedIn === undefined || stateOf(signedIn.account) !== flow.of)
    throw new OAuthError('code_expired');
  const { account } = signedIn;
  const { email } = flow;
  const emailKey = core.accounts.emailKey(email);
  const secret = core.newSecret();
  const expiresAt = now + undoSeconds;
  const network = networkOf(request.remoteAddress);
  const undo = `${core.options.issuer}${undoPath}?change=${secret}`;
  const content = { kind: 'email_changed', email, network, undo, expiresAt } as const;
  const outcome = await core.store.formerEmails.change(account.id, {
    email,
    emailKey,
    former: {
      id: formerEmailIdOf(secret),
      accountId: account.id,
      email: account.email,
      emailKey: account.emailKey,
      changedAt: now,
      expiresAt,
      trustedUntil: now - distrustedSeconds,
    },
    notice: makeMail(core, account, content, now),
  });
  if (outcome === 'taken') throw new OAuthError('account_exists');
  if (outcome === 'gone') throw new OAuthError('code_expired');
  core.events.emit({ type: 'account.email_changed', accountId: account.id, network });
  const changed = { ...account, email, emailKey };
  return redirectToAccount(core, changed, { emailChanged: true }, [
    knownBrowserCookie(core, changed),
  ]);
}
