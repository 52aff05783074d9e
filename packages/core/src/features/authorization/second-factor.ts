/** The second page of a sign-in, after a right password: a code of the second factor. */
import type { Core } from '../../kernel/core.ts';
import { OAuthError } from '../../model/errors.ts';
import type { HttpRequest, HttpResponse } from '../../kernel/http/message.ts';
import {
  assertNotRepeated,
  type Parameters,
  parseForm,
  parseParameters,
} from '../../kernel/http/parameters.ts';
import { page } from '../../kernel/http/responses.ts';
import { knownBrowserOf } from '../../kernel/accounts/known-browser.ts';
import { tellOfNewBrowser } from '../../kernel/accounts/new-browser.ts';
import { checkSecondFactor, passwordAndCode } from '../../kernel/accounts/second-factor.ts';
import { emitRefusal } from '../../kernel/errors/refusal-event.ts';
import { brandOnward } from '../../kernel/pages/brand.ts';
import { clientView, formTargetsOf } from '../../kernel/pages/client-view.ts';
import { onwardOf, pageAddress } from '../../kernel/pages/onward.ts';
import { assertOwnForm, formMark, markBrowser } from '../../kernel/pages/own-form.ts';
import { startSession } from '../../kernel/pages/session.ts';
import { signInHeaders } from '../../kernel/pages/sign-in-headers.ts';
import { type OpenedSignIn, openPendingSignIn, secondFactorPath } from './pending-sign-in.ts';
import {
  completeSignIn,
  nextOf,
  onwardFrom,
  type Pending,
  readPending,
  renderSignIn,
} from './sign-in.ts';

export async function showSecondFactor(core: Core, request: HttpRequest): Promise<HttpResponse> {
  const parameters = parseParameters(request.query);
  assertNotRepeated(parameters);
  const now = core.clock.nowSeconds();
  return orSignInAgain(core, request, parameters, async (pending) => {
    const opened = await open(core, request, parameters, now);
    return renderSecondFactor(core, request, parameters, opened, pending);
  });
}

export async function handleSecondFactor(core: Core, request: HttpRequest): Promise<HttpResponse> {
  const parameters = parseForm(request);
  const now = core.clock.nowSeconds();
  return orSignInAgain(core, request, parameters, async (pending) => {
    const opened = await open(core, request, parameters, now);
    assertOwnForm(core, request, parameters, about(opened));
    const onward = onwardFrom(core, parameters, pending);
    try {
      return await signIn(core, request, parameters, opened, onward, now);
    } catch (error) {
      if (!(error instanceof OAuthError) || error.reason === 'sign_in_expired') throw error;
      const decision = emitRefusal(core, request, 'sign_in.refused', error, {
        clientId: pending?.request.clientId,
      });
      const refused = { error, decision };
      return renderSecondFactor(core, request, parameters, opened, pending, refused);
    }
  });
}

/** Without a valid first step, shows the page of the first step, which says why. */
async function orSignInAgain(
  core: Core,
  request: HttpRequest,
  parameters: Parameters,
  act: (pending: Pending | undefined) => Promise<HttpResponse>,
): Promise<HttpResponse> {
  const pending = await readPending(core, parameters);
  try {
    return await act(pending);
  } catch (error) {
    if (!(error instanceof OAuthError) || error.reason !== 'sign_in_expired') throw error;
    const decision = emitRefusal(core, request, 'sign_in.refused', error, {
      clientId: pending?.request.clientId,
    });
    return renderSignIn(core, request, pending, { error, decision, ...nextOf(parameters) });
  }
}

function open(
  core: Core,
  request: HttpRequest,
  parameters: Parameters,
  now: number,
): Promise<OpenedSignIn> {
  const onward = onwardOf(parameters);
  return openPendingSignIn(core, request, parameters.get('pending'), onward, now);
}

/** A form of one sign-in does not answer another one. */
function about({ bound, until }: OpenedSignIn): string {
  return `second factor ${bound} ${until}`;
}

/** Throws second_factor_wrong, throttled, sign_in_expired. */
async function signIn(
  core: Core,
  request: HttpRequest,
  parameters: Parameters,
  { account }: OpenedSignIn,
  onward: string,
  now: number,
): Promise<HttpResponse> {
  const factor = await core.store.secondFactors.load(account.id);
  if (factor === undefined) throw new OAuthError('sign_in_expired', { log: { note: 'no factor' } });
  const { remoteAddress } = request;
  const knownBrowser = knownBrowserOf(core, request, account.email);
  const code = parameters.get('totp') ?? parameters.get('recovery_code') ?? '';
  await checkSecondFactor(core, { account, factor, code, remoteAddress, knownBrowser }, now);
  const mail = await tellOfNewBrowser(core, request, account, now);
  const session = await startSession(core, request, account, passwordAndCode, now, mail);
  if (session === undefined)
    throw new OAuthError('sign_in_expired', { log: { note: 'another password' } });
  return completeSignIn(core, request, account, session, onward);
}

interface Refused {
  readonly error: OAuthError;
  readonly decision: string;
}

async function renderSecondFactor(
  core: Core,
  request: HttpRequest,
  parameters: Parameters,
  opened: OpenedSignIn,
  pending: Pending | undefined,
  refused?: Refused,
): Promise<HttpResponse> {
  const client = pending && (await core.loadClient(pending.request.clientId));
  const browser = markBrowser(core, request);
  const onward = onwardOf(parameters);
  const html = core.pages.secondFactor({
    ...(await brandOnward(core, onward)),
    form: {
      action: core.options.basePath + secondFactorPath,
      fields: {
        csrf: formMark(core, browser.id, about(opened)),
        pending: opened.sealed,
        ...onward,
      },
    },
    account: { email: opened.account.email },
    ...(pending !== undefined && client !== undefined
      ? { client: clientView(core, client, pending.request.redirectUri) }
      : {}),
    signIn: pageAddress(core, '/sign-in', onward),
    ...(refused === undefined ? {} : { error: refused.error.message, decision: refused.decision }),
  });
  const status = refused && {
    status: refused.error.refusal.status,
    headers: signInHeaders(refused.error),
  };
  return page(html, {
    cookies: browser.cookies,
    keepsOpener: pending !== undefined,
    formTargets: pending === undefined ? [] : formTargetsOf(pending.request.redirectUri),
    ...status,
  });
}
