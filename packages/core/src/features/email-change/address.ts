/**
 * A user changes the e-mail address of the account: a fresh sign-in, the new address, and a code
 * that is sent to it.
 */
import { digest } from '@keywright/jwt';
import { accountMark } from '../../kernel/accounts/password-check.ts';
import type { Core } from '../../kernel/core.ts';
import { emitRefusal } from '../../kernel/errors/refusal-event.ts';
import type { HttpRequest, HttpResponse } from '../../kernel/http/message.ts';
import {
  assertNotRepeated,
  type Parameters,
  parseForm,
  parseParameters,
} from '../../kernel/http/parameters.ts';
import { page, redirect } from '../../kernel/http/responses.ts';
import { signInAddress } from '../../kernel/pages/continuation.ts';
import { pageAddress } from '../../kernel/pages/onward.ts';
import { assertOwnForm, formMark, markBrowser } from '../../kernel/pages/own-form.ts';
import { loadSession, type SignedIn } from '../../kernel/pages/session.ts';
import { type Refused, refusedPage } from '../../kernel/verification/code-page.ts';
import { sendCode } from '../../kernel/verification/codes.ts';
import { takeCode } from '../../kernel/verification/limits.ts';
import type { Account } from '../../model/entities.ts';
import { OAuthError } from '../../model/errors.ts';
import { networkOf } from '../../rules/network.ts';

export const path = '/account/email';

/** A session that was left open must not be enough to take over an account. */
const freshSeconds = 600;

/** The session of this browser, if the user was authenticated shortly before. */
async function loadFresh(core: Core, request: HttpRequest): Promise<SignedIn | undefined> {
  const now = core.clock.nowSeconds();
  const signedIn = await loadSession(core, request, now);
  const isFresh = signedIn !== undefined && now - signedIn.session.authenticatedAt < freshSeconds;
  return isFresh ? signedIn : undefined;
}

export async function showEmailChange(core: Core, request: HttpRequest): Promise<HttpResponse> {
  const parameters = parseParameters(request.query);
  assertNotRepeated(parameters);
  return renderEmailChange(core, request, parameters);
}

export async function handleEmailChange(core: Core, request: HttpRequest): Promise<HttpResponse> {
  const parameters = parseForm(request);
  const signedIn = await loadFresh(core, request);
  if (signedIn === undefined) return redirect(signInAddress(core, path));
  assertOwnForm(core, request, parameters, about(signedIn));
  // The code goes to the address that the account will have.
  const email = parameters.get('email')?.normalize('NFKC').trim() ?? '';
  try {
    assertUsable(core, signedIn, email);
    const flow = await askForCode(core, request, signedIn, email);
    return redirect(pageAddress(core, `${path}/code`, { flow }));
  } catch (error) {
    if (!(error instanceof OAuthError)) throw error;
    const { id: accountId } = signedIn.account;
    const decision = emitRefusal(core, request, 'code.refused', error, { accountId });
    return renderEmailChange(core, request, parameters, { email, error, decision });
  }
}

/** Throws email_unfit. */
function assertUsable(core: Core, { account }: SignedIn, email: string): void {
  const problem = core.accounts.judgeEmail(email);
  if (problem !== undefined)
    throw new OAuthError('email_unfit', { description: `The address ${problem}.` });
  if (core.accounts.emailKey(email) === account.emailKey)
    throw new OAuthError('email_unfit', { description: 'Your account has this address already.' });
}

/**
 * The same answer for each address. If another account has the address, its owner gets a mail, and
 * no code is right. Throws throttled.
 */
async function askForCode(
  core: Core,
  request: HttpRequest,
  { account }: SignedIn,
  email: string,
): Promise<string> {
  const now = core.clock.nowSeconds();
  const emailKey = core.accounts.emailKey(email);
  const { remoteAddress } = request;
  await takeCode(core, { emailKey, remoteAddress }, now);
  const other = await core.store.accounts.loadByEmailKey(emailKey);
  const network = networkOf(remoteAddress);
  const flow = await sendCode(
    core,
    {
      purpose: 'email_change',
      email,
      of: stateOf(account),
      path: `${path}/code`,
      browserId: markBrowser(core, request).id,
      mail: {
        // Without the name, which the user chose: anybody may read this mail.
        to: other ?? { email, name: email },
        reader: other === undefined ? 'code' : 'notice',
        content: (code, address) =>
          other === undefined
            ? { kind: 'email_change', code, address, network }
            : { kind: 'sign_up_known', network },
      },
    },
    now,
  );
  core.events.emit({
    type: 'code.sent',
    kind: 'email_change',
    account: accountMark(core, emailKey),
    network,
    accountId: account.id,
  });
  return flow;
}

/** A change ends when the address or the password was changed in another way. */
export function stateOf({ id, emailKey, passwordHash }: Account): string {
  return digest(`email of ${id} ${emailKey} ${passwordHash}`);
}

function about({ session }: SignedIn): string {
  return `email ${session.id}`;
}

/** Also shown if a code is void. Without a fresh sign-in, redirects to the sign-in. */
export async function renderEmailChange(
  core: Core,
  request: HttpRequest,
  _parameters: Parameters,
  refused?: Refused & { readonly email?: string },
): Promise<HttpResponse> {
  const signedIn = await loadFresh(core, request);
  if (signedIn === undefined) return redirect(signInAddress(core, path));
  const browser = markBrowser(core, request);
  const html = core.pages.emailChange({
    form: {
      action: core.options.basePath + path,
      fields: { csrf: formMark(core, browser.id, about(signedIn)) },
    },
    account: { email: signedIn.account.email },
    email: refused?.email ?? '',
    stay: `${core.options.basePath}/account`,
    ...(refused === undefined ? {} : { error: refused.error.message, decision: refused.decision }),
  });
  return page(html, { cookies: browser.cookies, ...refusedPage(refused) });
}
