/**
 * A new account, last page: name, password and terms. The account, its first session and the use of
 * the invitation are one act.
 */
import { passwordAlone } from '../../kernel/accounts/acr.ts';
import { digest } from '@keywright/jwt';
import { knownBrowserCookie } from '../../kernel/accounts/known-browser.ts';
import { hashNewPassword, judgeNewPassword } from '../../kernel/accounts/new-password.ts';
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
import { onwardAddress, onwardOf } from '../../kernel/pages/onward.ts';
import { brandOnward } from '../../kernel/pages/brand.ts';
import { assertOwnForm, formMark, markBrowser } from '../../kernel/pages/own-form.ts';
import { newSession } from '../../kernel/pages/session.ts';
import { orStartAgain, type Refused, refusedPage } from '../../kernel/verification/code-page.ts';
import { type Flow, openProof } from '../../kernel/verification/flow.ts';
import type { Account } from '../../model/entities.ts';
import { OAuthError } from '../../model/errors.ts';
import type { JoiningFaultView } from '../../model/pages.ts';
import { idPrefixes, newId } from '../../model/token-id.ts';
import { networkOf } from '../../rules/network.ts';
import { renderSignUp } from './address.ts';
import { steps } from './code.ts';

export function showJoining(
  core: Core,
  request: HttpRequest,
): HttpResponse | Promise<HttpResponse> {
  const parameters = parseParameters(request.query);
  assertNotRepeated(parameters);
  return orStartAgain(core, request, parameters, steps, () =>
    renderJoining(core, request, parameters, openProof(core, request, steps.purpose, parameters)),
  );
}

export async function handleJoining(core: Core, request: HttpRequest): Promise<HttpResponse> {
  const parameters = parseForm(request);
  let flow: Flow | undefined;
  const faults: JoiningFaultView[] = [];
  try {
    flow = openProof(core, request, steps.purpose, parameters);
    assertOwnForm(core, request, parameters, about(flow));
    faults.push(...(await judge(core, flow, parameters)));
    if (faults.length > 0)
      throw new OAuthError('account_unfit', {
        description: faults.map(({ text }) => text).join(' '),
      });
    return await join(core, request, parameters, flow);
  } catch (error) {
    if (!(error instanceof OAuthError) || error.reason === 'form_foreign') throw error;
    const decision = emitRefusal(core, request, 'code.refused', error);
    const isOver = ['code_expired', 'account_exists', 'invitation_void'].includes(error.reason);
    return isOver || flow === undefined
      ? renderSignUp(core, request, parameters, { error, decision })
      : renderJoining(core, request, parameters, flow, { error, faults, decision });
  }
}

const nameOf = (parameters: Parameters) => parameters.get('name')?.trim() ?? '';

async function judge(
  core: Core,
  { email }: Flow,
  parameters: Parameters,
): Promise<readonly JoiningFaultView[]> {
  const hasName = /^\P{C}{1,200}$/u.test(nameOf(parameters));
  const hasAccepted = core.options.terms === undefined || parameters.get('terms') === 'accepted';
  const passwordFaults = await judgeNewPassword(core, email, parameters);
  return [
    ...(hasName ? [] : [{ control: 'name', text: 'Enter your name.' } as const]),
    ...passwordFaults.map(({ control, text }) => ({
      control,
      text: text.replace('The new password ', 'The password ').replace('two new', 'two'),
    })),
    ...(hasAccepted
      ? []
      : [{ control: 'terms', text: 'Accept the terms to create an account.' } as const]),
  ];
}

/** Throws account_exists, invitation_void, password_unfit, overloaded. */
async function join(
  core: Core,
  request: HttpRequest,
  parameters: Parameters,
  { email, of: invitationId }: Flow,
): Promise<HttpResponse> {
  // Also checked by the act. Here it keeps a proof that was used from costing a hash each time.
  if ((await core.store.accounts.loadByEmailKey(core.accounts.emailKey(email))) !== undefined)
    throw new OAuthError('account_exists');
  const passwordHash = await hashNewPassword(core, request, parameters);
  const now = core.clock.nowSeconds();
  const { terms } = core.options;
  const account: Account = {
    id: newId(core, idPrefixes.account),
    email,
    emailKey: core.accounts.emailKey(email),
    emailVerified: true,
    name: nameOf(parameters),
    passwordHash,
    ...(terms === undefined ? {} : { accepted: { terms: terms.version, at: now } }),
    status: 'active',
    createdAt: now,
  };
  const { session, cookie } = newSession(core, seenFrom(request), account, passwordAlone, now);
  const former = readCookie(request, 'session', core.options);
  const outcome = await core.store.accounts.join(
    {
      account,
      session,
      ...(former === undefined ? {} : { formerDigest: digest(former) }),
      ...(invitationId === '' ? {} : { invitationId }),
    },
    now,
  );
  if (outcome === 'taken') throw new OAuthError('account_exists');
  if (outcome === 'uninvited') throw new OAuthError('invitation_void');
  const network = networkOf(request.remoteAddress);
  const kind = invitationId === '' ? core.options.signUp : 'invitation';
  core.events.emit({ type: 'account.joined', accountId: account.id, network, kind });
  core.events.emit({ type: 'sign_in.succeeded', accountId: account.id, network });
  const onward = onwardAddress(core, onwardOf(parameters));
  return redirect(onward ?? `${core.options.basePath}/account`, [
    cookie,
    knownBrowserCookie(core, account),
  ]);
}

function about({ id }: Flow): string {
  return `sign-up ${id}`;
}

async function renderJoining(
  core: Core,
  request: HttpRequest,
  parameters: Parameters,
  flow: Flow,
  refused?: Refused & { readonly faults: readonly JoiningFaultView[] },
): Promise<HttpResponse> {
  const browser = markBrowser(core, request);
  const { terms } = core.options;
  const html = core.pages.joining({
    ...(await brandOnward(core, onwardOf(parameters))),
    form: {
      action: `${core.options.basePath}/sign-up/account`,
      fields: {
        csrf: formMark(core, browser.id, about(flow)),
        proof: parameters.get('proof') ?? '',
        ...onwardOf(parameters),
      },
    },
    email: flow.email,
    name: refused === undefined ? '' : nameOf(parameters),
    ...(terms === undefined
      ? {}
      : { terms: { url: terms.url, isAccepted: parameters.get('terms') === 'accepted' } }),
    ...(refused === undefined
      ? {}
      : { error: refused.error.message, faults: refused.faults, decision: refused.decision }),
  });
  return page(html, { cookies: browser.cookies, ...refusedPage(refused) });
}
