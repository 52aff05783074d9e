/**
 * A user changes their own password (ASVS 6.2.2, 6.2.3). The current password is checked under the
 * same limits as at the sign-in. Every other session of the user ends. This session continues with
 * a new secret (ASVS 7.2.4). The tokens that this session started continue, and so do tokens with
 * `offline_access`.
 */
import { digest } from '@keywright/jwt';
import { refusal } from '@keywright/wire';
import type { Core } from '../../kernel/core.ts';
import { OAuthError } from '../../model/errors.ts';
import { readCookie } from '../../kernel/http/cookies.ts';
import type { HttpRequest, HttpResponse } from '../../kernel/http/message.ts';
import {
  assertNotRepeated,
  type Parameters,
  parseForm,
  parseParameters,
} from '../../kernel/http/parameters.ts';
import { page, redirect } from '../../kernel/http/responses.ts';
import type { Account } from '../../model/entities.ts';
import type { PasswordFaultView } from '../../model/pages.ts';
import { emitRefusal } from '../../kernel/errors/refusal-event.ts';
import { networkOf } from '../../rules/network.ts';
import { signInAddress } from '../../kernel/pages/continuation.ts';
import { knownBrowserCookie, knownBrowserOf } from '../../kernel/accounts/known-browser.ts';
import { assertOwnForm, formMark, markBrowser } from '../../kernel/pages/own-form.ts';
import { makeMail } from '../../kernel/mail/mail.ts';
import { hashNewPassword, judgeNewPassword } from '../../kernel/accounts/new-password.ts';
import { checkPassword } from '../../kernel/accounts/password-check.ts';
import { seenFrom } from '../../kernel/accounts/seen-from.ts';
import { loadSession, newSessionAfterPassword, type SignedIn } from '../../kernel/pages/session.ts';
import { redirectToAccount } from '../../kernel/pages/account-notice.ts';
import { signInHeaders } from '../../kernel/pages/sign-in-headers.ts';

const path = '/account/password';

export async function showPasswordChange(core: Core, request: HttpRequest): Promise<HttpResponse> {
  assertNotRepeated(parseParameters(request.query));
  const signedIn = await loadSession(core, request, core.clock.nowSeconds());
  return signedIn === undefined
    ? redirect(signInAddress(core, path))
    : render(core, request, signedIn);
}

export async function handlePasswordChange(
  core: Core,
  request: HttpRequest,
): Promise<HttpResponse> {
  const parameters = parseForm(request);
  const now = core.clock.nowSeconds();
  const signedIn = await loadSession(core, request, now);
  if (signedIn === undefined) return redirect(signInAddress(core, path));
  assertOwnForm(core, request, parameters, about(signedIn));
  const faults: PasswordFaultView[] = [];
  try {
    const account = await checkCurrent(core, request, signedIn, parameters, now);
    if (account === undefined) faults.push(wrongCurrent);
    faults.push(...(await judgeNewPassword(core, signedIn.account.email, parameters)));
    if (account === undefined || faults.length > 0) throw refusalOf(faults);
    const passwordHash = await hashNewPassword(core, request, parameters);
    return await change(core, request, { ...signedIn, account }, passwordHash, now);
  } catch (error) {
    if (!(error instanceof OAuthError)) throw error;
    const { id: accountId } = signedIn.account;
    const decision = emitRefusal(core, request, 'password_change.refused', error, { accountId });
    return render(core, request, signedIn, { error, faults, decision });
  }
}

function about({ session }: SignedIn): string {
  return `password ${session.id}`;
}

const wrongCurrent: PasswordFaultView = {
  control: 'password',
  text: refusal('password_wrong').text,
};

function refusalOf(faults: readonly PasswordFaultView[]): OAuthError {
  const description = faults.map(({ text }) => text).join(' ');
  return new OAuthError(faults.includes(wrongCurrent) ? 'password_wrong' : 'password_unfit', {
    description,
  });
}

/**
 * Undefined if the password is wrong. Throws throttled, overloaded. The account is as it was when
 * the password was right.
 */
async function checkCurrent(
  core: Core,
  request: HttpRequest,
  { account: { id, email } }: SignedIn,
  parameters: Parameters,
  now: number,
): Promise<Account | undefined> {
  const known = knownBrowserOf(core, request, email);
  const attempt = {
    email,
    password: parameters.get('password') ?? '',
    asking: { address: request.remoteAddress },
    ...(known === undefined ? {} : { knownBrowser: known }),
  };
  const account = await checkPassword(core, attempt, now);
  return account?.id === id ? account : undefined;
}

async function change(
  core: Core,
  request: HttpRequest,
  signedIn: SignedIn,
  passwordHash: string,
  now: number,
): Promise<HttpResponse> {
  const { account } = signedIn;
  const { session, cookie } = newSessionAfterPassword(core, seenFrom(request), signedIn, now);
  const formerDigest = digest(readCookie(request, 'session', core.options) ?? '');
  const network = networkOf(request.remoteAddress);
  const isChanged = await core.store.accounts.changePassword(
    account.id,
    {
      passwordHash,
      formerHash: account.passwordHash,
      next: { renewed: { session, formerDigest } },
      mail: makeMail(core, account, { kind: 'password_changed', by: 'user', network }, now),
    },
    now,
  );
  // Another request has changed it since the check, or ended this sign-in.
  if (!isChanged) throw new OAuthError('password_wrong');
  core.events.emit({
    type: 'account.password_changed',
    accountId: account.id,
    network,
    by: 'user',
  });
  return redirectToAccount(core, account, { passwordChanged: true }, [
    cookie,
    knownBrowserCookie(core, account),
  ]);
}

interface Refused {
  readonly error?: OAuthError;
  readonly faults?: readonly PasswordFaultView[];
  readonly decision?: string;
}

function render(
  core: Core,
  request: HttpRequest,
  signedIn: SignedIn,
  { error, faults = [], decision }: Refused = {},
): HttpResponse {
  const browser = markBrowser(core, request);
  const { email, name } = signedIn.account;
  const html = core.pages.passwordChange({
    form: {
      action: core.options.basePath + path,
      fields: { csrf: formMark(core, browser.id, about(signedIn)) },
    },
    account: { email, name },
    stay: `${core.options.basePath}/account`,
    ...(error !== undefined ? { error: error.message } : {}),
    ...(faults.length > 0 ? { faults } : {}),
    ...(decision !== undefined ? { decision } : {}),
  });
  const refused = error && { status: error.refusal.status, headers: signInHeaders(error) };
  return page(html, { cookies: browser.cookies, ...refused });
}
