/**
 * Forgotten password, last page: the new password. Every session of the account ends, and
 * everything that ends with sessions (`AccountStore.changePassword`). If an account demands more
 * than a password, the user is not signed in here, but continues at the sign-in page.
 */
import { digest } from '@keywright/jwt';
import { passwordAlone } from '../../kernel/accounts/acr.ts';
import { knownBrowserCookie } from '../../kernel/accounts/known-browser.ts';
import { hashNewPassword, judgeNewPassword } from '../../kernel/accounts/new-password.ts';
import { hasStrongerSignIn } from '../../kernel/accounts/stronger-sign-in.ts';
import { seenFrom } from '../../kernel/accounts/seen-from.ts';
import type { Core } from '../../kernel/core.ts';
import { emitRefusal } from '../../kernel/errors/refusal-event.ts';
import { readCookie } from '../../kernel/http/cookies.ts';
import type { HttpRequest, HttpResponse } from '../../kernel/http/message.ts';
import {
  assertNotRepeated,
  type Parameters,
  parseForm,
  parseParameters,
} from '../../kernel/http/parameters.ts';
import { page, redirect } from '../../kernel/http/responses.ts';
import { makeMail } from '../../kernel/mail/mail.ts';
import { redirectToAccount } from '../../kernel/pages/account-notice.ts';
import { onwardAddress, onwardOf, pageAddress } from '../../kernel/pages/onward.ts';
import { brandOnward } from '../../kernel/pages/brand.ts';
import { assertOwnForm, formMark, markBrowser } from '../../kernel/pages/own-form.ts';
import { newSession } from '../../kernel/pages/session.ts';
import { orStartAgain, type Refused, refusedPage } from '../../kernel/verification/code-page.ts';
import { type Flow, openProof } from '../../kernel/verification/flow.ts';
import type { Account } from '../../model/entities.ts';
import { OAuthError } from '../../model/errors.ts';
import type { PasswordFaultView } from '../../model/pages.ts';
import { networkOf } from '../../rules/network.ts';
import { renderRecovery, stateOf } from './address.ts';
import { steps } from './code.ts';

const purpose = 'recovery';

export function showNewPassword(
  core: Core,
  request: HttpRequest,
): HttpResponse | Promise<HttpResponse> {
  const parameters = parseParameters(request.query);
  assertNotRepeated(parameters);
  return orStartAgain(core, request, parameters, steps, () =>
    renderNewPassword(core, request, parameters, openProof(core, request, purpose, parameters)),
  );
}

export async function handleNewPassword(core: Core, request: HttpRequest): Promise<HttpResponse> {
  const parameters = parseForm(request);
  let flow: Flow | undefined;
  const faults: PasswordFaultView[] = [];
  try {
    flow = openProof(core, request, purpose, parameters);
    assertOwnForm(core, request, parameters, about(flow));
    const account = await loadProven(core, flow);
    faults.push(...(await judgeNewPassword(core, account.email, parameters)));
    if (faults.length > 0)
      throw new OAuthError('password_unfit', {
        description: faults.map(({ text }) => text).join(' '),
      });
    const passwordHash = await hashNewPassword(core, request, parameters);
    return await recover(core, request, parameters, account, passwordHash);
  } catch (error) {
    if (!(error instanceof OAuthError) || error.reason === 'form_foreign') throw error;
    const decision = emitRefusal(core, request, 'code.refused', error);
    return error.reason === 'code_expired' || flow === undefined
      ? renderRecovery(core, request, parameters, { error, decision })
      : renderNewPassword(core, request, parameters, flow, { error, faults, decision });
  }
}

/** The account in the state in which the code was requested. Throws code_expired. */
async function loadProven(core: Core, { email, of }: Flow): Promise<Account> {
  const account = await core.store.accounts.loadByEmailKey(core.accounts.emailKey(email));
  if (account?.status !== 'active' || stateOf(account) !== of) throw new OAuthError('code_expired');
  return account;
}

async function recover(
  core: Core,
  request: HttpRequest,
  parameters: Parameters,
  account: Account,
  passwordHash: string,
): Promise<HttpResponse> {
  const now = core.clock.nowSeconds();
  const { session, cookie } = newSession(core, seenFrom(request), account, passwordAlone, now);
  const isSignedIn = !(await hasStrongerSignIn(core, account));
  const formerDigest = digest(readCookie(request, 'session', core.options) ?? '');
  const network = networkOf(request.remoteAddress);
  const isChanged = await core.store.accounts.changePassword(
    account.id,
    {
      passwordHash,
      // For single use: the proof belongs to the password that this one replaces.
      formerHash: account.passwordHash,
      ...(isSignedIn ? { next: { started: { session, formerDigest } } } : {}),
      mail: makeMail(core, account, { kind: 'password_changed', by: 'user', network }, now),
    },
    now,
  );
  if (!isChanged) throw new OAuthError('code_expired');
  const { id: accountId } = account;
  core.events.emit({ type: 'account.password_changed', accountId, network, by: 'recovery' });
  const onward = onwardOf(parameters);
  // The browser becomes known only after all factors were right, because a known browser has its
  // own attempts.
  if (!isSignedIn) return redirect(pageAddress(core, '/sign-in', onward));
  const known = knownBrowserCookie(core, account);
  core.events.emit({ type: 'sign_in.succeeded', accountId, network });
  const address = onwardAddress(core, onward);
  return address === undefined
    ? redirectToAccount(core, account, { passwordChanged: true }, [cookie, known])
    : redirect(address, [cookie, known]);
}

function about({ id }: Flow): string {
  return `new password ${id}`;
}

async function renderNewPassword(
  core: Core,
  request: HttpRequest,
  parameters: Parameters,
  flow: Flow,
  refused?: Refused & { readonly faults: readonly PasswordFaultView[] },
): Promise<HttpResponse> {
  const browser = markBrowser(core, request);
  const html = core.pages.newPassword({
    ...(await brandOnward(core, onwardOf(parameters))),
    form: {
      action: `${core.options.basePath}/recover/password`,
      fields: {
        csrf: formMark(core, browser.id, about(flow)),
        proof: parameters.get('proof') ?? '',
        ...onwardOf(parameters),
      },
    },
    account: { email: flow.email },
    ...(refused === undefined
      ? {}
      : { error: refused.error.message, faults: refused.faults, decision: refused.decision }),
  });
  return page(html, { cookies: browser.cookies, ...refusedPage(refused) });
}
