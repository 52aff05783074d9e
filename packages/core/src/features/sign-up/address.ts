/** A new account, first page: the address that the code goes to. */
import { knownBrowserOf } from '../../kernel/accounts/known-browser.ts';
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
import { ownScripts, page, redirect } from '../../kernel/http/responses.ts';
import { makeWork, readWork } from '../../kernel/limits/work.ts';
import { brandOnward } from '../../kernel/pages/brand.ts';
import { onwardOf, pageAddress } from '../../kernel/pages/onward.ts';
import { assertOwnForm, formMark, markBrowser } from '../../kernel/pages/own-form.ts';
import { type Refused, refusedPage } from '../../kernel/verification/code-page.ts';
import { sendCode } from '../../kernel/verification/codes.ts';
import { takeCode } from '../../kernel/verification/limits.ts';
import { OAuthError } from '../../model/errors.ts';
import type { MailContent } from '../../model/mail.ts';
import { networkOf } from '../../rules/network.ts';
import { type Admission, admit, findInvitation, readInvitation } from './admission.ts';

const about = 'sign-up';

export async function showSignUp(core: Core, request: HttpRequest): Promise<HttpResponse> {
  const parameters = parseParameters(request.query);
  assertNotRepeated(parameters);
  try {
    await readInvitation(core, parameters.get('invitation'));
  } catch (error) {
    if (!(error instanceof OAuthError)) throw error;
    const decision = emitRefusal(core, request, 'code.refused', error);
    return renderSignUp(core, request, parameters, { error, decision });
  }
  return renderSignUp(core, request, parameters);
}

export async function handleSignUp(core: Core, request: HttpRequest): Promise<HttpResponse> {
  const parameters = parseForm(request);
  assertOwnForm(core, request, parameters, about);
  // The code goes to the address that the account will have.
  const typed = parameters.get('email')?.normalize('NFKC').trim() ?? '';
  try {
    const admission = await admit(core, typed, parameters.get('invitation'));
    const flow = await askForCode(core, request, parameters, admission);
    return redirect(pageAddress(core, '/sign-up/code', { flow, ...onwardOf(parameters) }));
  } catch (error) {
    if (!(error instanceof OAuthError)) throw error;
    const decision = emitRefusal(core, request, 'code.refused', error);
    return renderSignUp(core, request, parameters, { email: typed, error, decision });
  }
}

/**
 * The same work for each address. Of an address that has an account, its owner learns that somebody
 * wanted to create one, and the page answers as for each other one (ASVS 6.3.8). Throws throttled.
 */
async function askForCode(
  core: Core,
  request: HttpRequest,
  parameters: Parameters,
  { email, invitationId }: Admission,
): Promise<string> {
  const now = core.clock.nowSeconds();
  const emailKey = core.accounts.emailKey(email);
  const { remoteAddress } = request;
  const knownBrowser = knownBrowserOf(core, request, email);
  const work = await readWork(core, markBrowser(core, request).id, about, parameters);
  await takeCode(core, { emailKey, remoteAddress, knownBrowser, work }, now);
  const account = await core.store.accounts.loadByEmailKey(emailKey);
  const network = networkOf(remoteAddress);
  const known: MailContent = { kind: 'sign_up_known', network };
  const flow = await sendCode(
    core,
    {
      purpose: 'sign_up',
      email,
      of: invitationId ?? '',
      path: '/sign-up/code',
      browserId: markBrowser(core, request).id,
      mail: {
        to: account ?? { email, name: email },
        reader: account === undefined ? 'code' : 'notice',
        content: (code, address) =>
          account === undefined ? { kind: 'sign_up', code, address, network } : known,
      },
    },
    now,
  );
  core.events.emit({
    type: 'code.sent',
    kind: 'sign_up',
    account: accountMark(core, emailKey),
    network,
    ...(account === undefined ? {} : { accountId: account.id }),
  });
  return flow;
}

/** Also shown if a code is void: then with the address to which it was sent. */
export async function renderSignUp(
  core: Core,
  request: HttpRequest,
  parameters: Parameters,
  refused?: Refused & { readonly email?: string },
): Promise<HttpResponse> {
  const browser = markBrowser(core, request);
  const onward = onwardOf(parameters);
  const secret = parameters.get('invitation');
  const invited = await findInvitation(core, secret);
  const isKnown = knownBrowserOf(core, request, refused?.email ?? '') !== undefined;
  const isNeeded = !isKnown && refused?.error.reason === 'throttled';
  const work = isNeeded ? await makeWork(core, browser.id, about) : undefined;
  const isOpen = core.options.signUp !== 'invite' || invited !== undefined;
  const html = core.pages.signUp({
    ...(await brandOnward(core, onward)),
    ...(isOpen
      ? {
          form: {
            action: `${core.options.basePath}/sign-up`,
            fields: {
              csrf: formMark(core, browser.id, about),
              ...onward,
              ...(invited === undefined || secret === undefined ? {} : { invitation: secret }),
            },
          },
        }
      : {}),
    email: invited?.email ?? refused?.email ?? '',
    isInvited: invited !== undefined,
    signIn: pageAddress(core, '/sign-in', onward),
    ...(work === undefined ? {} : { work }),
    ...(refused === undefined ? {} : { error: refused.error.message, decision: refused.decision }),
  });
  return page(html, {
    cookies: browser.cookies,
    ...(work === undefined ? {} : { scriptSource: ownScripts }),
    ...refusedPage(refused),
  });
}
