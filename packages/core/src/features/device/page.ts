/**
 * The user's part of device authorization (RFC 8628 §3.3). The user signs in, and types the code
 * that the device shows. The page says what asks, from where and since when, and the user answers.
 * A code in a link is only filled in: nothing happens before the user has sent it (§3.3.1). From
 * then on, only this user can answer the request.
 */
import { answerDeferred } from '../../kernel/deferred/answer.ts';
import { tryUserCode } from './guessing.ts';
import type { DeferredRequest } from '../../model/deferred-ports.ts';
import { readUserCode, showUserCode } from '../../kernel/deferred/user-code.ts';
import type { Core } from '../../kernel/core.ts';
import { tickedDetails } from '../../kernel/authorization-details/choice.ts';
import { OAuthError } from '../../model/errors.ts';
import type { HttpRequest, HttpResponse } from '../../kernel/http/message.ts';
import {
  assertNotRepeated,
  parseForm,
  parseParameters,
  requireParameter,
} from '../../kernel/http/parameters.ts';
import { page, redirect, retryHeaders } from '../../kernel/http/responses.ts';
import type { Client } from '../../model/entities.ts';
import { emitRefusal } from '../../kernel/errors/refusal-event.ts';
import { networkOf } from '../../rules/network.ts';
import { lacksTwoFactors } from '../../kernel/accounts/factor-demand.ts';
import { termsBefore } from '../../kernel/pages/terms.ts';
import { stepUpAddress } from '../../kernel/pages/step-up.ts';
import { parseDecision } from '../../kernel/pages/decision.ts';
import { askedViews } from '../../kernel/pages/asked-views.ts';
import { requesterView, lifetimeView } from '../../kernel/pages/client-view.ts';
import { sealContinuation, signInAddress } from '../../kernel/pages/continuation.ts';
import { assertOwnForm, formMark, markBrowser } from '../../kernel/pages/own-form.ts';
import { loadSession, type SignedIn } from '../../kernel/pages/session.ts';
import type { DeviceDoneView } from '../../model/pages.ts';
import { sealValue, unsealValue } from '../../kernel/sealing/sealed.ts';

const path = '/device';

export async function showDevice(core: Core, request: HttpRequest): Promise<HttpResponse> {
  const parameters = parseParameters(request.query);
  assertNotRepeated(parameters);
  const code = shownCode(parameters.get('user_code') ?? '');
  const signedIn = await loadSession(core, request, core.clock.nowSeconds());
  if (signedIn === undefined) return redirect(signInAddress(core, addressOf(code)));
  return renderCode(core, request, signedIn, { code });
}

/** The code in its usual form, or an empty text if it cannot be a code of this server. */
function shownCode(typed: string): string {
  const code = readUserCode(typed);
  return code === undefined ? '' : showUserCode(code);
}

function addressOf(code: string): string {
  return code === '' ? path : `${path}?user_code=${code}`;
}

/** The user has sent the code. From here on, the request belongs to this user. */
export async function handleDevice(core: Core, request: HttpRequest): Promise<HttpResponse> {
  const parameters = parseForm(request);
  const typed = parameters.get('user_code') ?? '';
  const now = core.clock.nowSeconds();
  const signedIn = await loadSession(core, request, now);
  if (signedIn === undefined) return redirect(signInAddress(core, addressOf(shownCode(typed))));
  assertOwnForm(core, request, parameters, aboutCode(signedIn));
  try {
    const { account } = signedIn;
    const found = await tryUserCode(
      core,
      { typed, accountId: account.id, remoteAddress: request.remoteAddress },
      now,
    );
    if (!(await core.store.deferred.take(found.digest, account.id, now)))
      throw new OAuthError('deferred_not_pending', { log: { accountId: account.id } });
    return redirect(
      `${core.options.basePath}${path}/confirm?request=${sealAsked(core, found, typed, signedIn)}`,
    );
  } catch (error) {
    if (!(error instanceof OAuthError)) throw error;
    const decision = emitRefusal(core, request, 'device.refused', error);
    return renderCode(core, request, signedIn, { code: typed.slice(0, 20), error, decision });
  }
}

function aboutCode({ session }: SignedIn): string {
  return `device ${session.id}`;
}

interface Typed {
  readonly code: string;
  readonly error?: OAuthError;
  readonly decision?: string;
}

function renderCode(
  core: Core,
  request: HttpRequest,
  signedIn: SignedIn,
  { code, error, decision }: Typed,
): HttpResponse {
  const browser = markBrowser(core, request);
  const { email, name } = signedIn.account;
  const html = core.pages.deviceCode({
    form: {
      action: core.options.basePath + path,
      fields: { csrf: formMark(core, browser.id, aboutCode(signedIn)) },
    },
    account: { email, name },
    switchAccount: signInAddress(core, addressOf(shownCode(code))),
    stay: `${core.options.basePath}/account`,
    userCode: code,
    ...(error !== undefined ? { error: error.message } : {}),
    ...(decision !== undefined ? { decision } : {}),
  });
  const refused = error && { status: error.refusal.status, headers: retryHeaders(error.detail) };
  return page(html, { cookies: browser.cookies, ...refused });
}

interface Asked {
  readonly sealed: string;
  readonly userCode: string;
  readonly request: DeferredRequest;
  readonly client: Client;
}

/** The content of the address of the page that asks. */
type Carried = Pick<DeferredRequest, 'digest'> & Pick<Asked, 'userCode'>;

/** Sealed for the account, so the address has no meaning in the browser of another user. */
function sealAsked(
  core: Core,
  { digest }: DeferredRequest,
  typed: string,
  { account }: SignedIn,
): string {
  const carried: Carried = { digest, userCode: shownCode(typed) };
  return sealValue(core, 'device-request', carried, account.id);
}

/** Throws deferred_not_pending unless the request belongs to this user and waits for an answer. */
async function loadAsked(
  core: Core,
  sealed: string,
  { account }: SignedIn,
  now: number,
): Promise<Asked> {
  const carried = unsealValue(core, 'device-request', sealed, account.id) as Carried | undefined;
  if (carried === undefined) throw new OAuthError('deferred_not_pending');
  const { digest, userCode } = carried;
  const request = await core.store.deferred.load(digest);
  const waits = request?.status === 'pending' && request.expiresAt > now;
  if (request === undefined || !waits || request.accountId !== account.id)
    throw new OAuthError('deferred_not_pending');
  const client = await core.loadClient(request.clientId);
  if (client === undefined) throw new OAuthError('client_unknown');
  return { sealed, userCode, request, client };
}

export async function showDeviceConfirmation(
  core: Core,
  request: HttpRequest,
): Promise<HttpResponse> {
  const parameters = parseParameters(request.query);
  assertNotRepeated(parameters);
  const sealed = requireParameter(parameters, 'request');
  const now = core.clock.nowSeconds();
  const signedIn = await loadSession(core, request, now);
  if (signedIn === undefined) return redirect(signInAddress(core, path));
  const asked = await loadAsked(core, sealed, signedIn, now);
  if (await lacksTwoFactors(core, asked.client, asked.request.ask.scopes, signedIn.session)) {
    const next = sealContinuation(core, `${path}/confirm?request=${sealed}`);
    return redirect(stepUpAddress(core, { next }));
  }
  const terms = termsBefore(core, `${path}/confirm?request=${sealed}`, signedIn.account, now);
  if (terms !== undefined) return redirect(terms);
  return renderConfirmation(core, request, asked, signedIn);
}

export async function handleDeviceConfirmation(
  core: Core,
  request: HttpRequest,
): Promise<HttpResponse> {
  const parameters = parseForm(request, ['scope', 'detail']);
  const sealed = requireParameter(parameters, 'request');
  const now = core.clock.nowSeconds();
  const signedIn = await loadSession(core, request, now);
  if (signedIn === undefined) return redirect(signInAddress(core, path));
  const asked = await loadAsked(core, sealed, signedIn, now);
  assertOwnForm(core, request, parameters, aboutConfirmation(asked, signedIn));
  const { account, session } = signedIn;
  const { client, approved } = await answerDeferred(core, {
    digest: asked.request.digest,
    accountId: account.id,
    approve: parseDecision(parameters) === 'allow',
    scopes: parameters.all('scope'),
    details: tickedDetails(asked.request.ask.details, {}, parameters),
    signedIn: session,
  });
  const notice = sealValue(core, 'device-answered', { name: client.name, approved }, account.id);
  return redirect(`${core.options.basePath}${path}/done?answer=${notice}`);
}

/**
 * The mark of the form contains the session and the request, so nobody can answer a page that
 * another user has seen.
 */
function aboutConfirmation({ request }: Asked, { session }: SignedIn): string {
  return `device ${request.digest} ${session.id}`;
}

async function renderConfirmation(
  core: Core,
  request: HttpRequest,
  asked: Asked,
  signedIn: SignedIn,
): Promise<HttpResponse> {
  const browser = markBrowser(core, request);
  const { email, name } = signedIn.account;
  const { ask, createdAt } = asked.request;
  const html = core.pages.deviceConfirmation({
    form: {
      action: `${core.options.basePath}${path}/confirm`,
      fields: {
        csrf: formMark(core, browser.id, aboutConfirmation(asked, signedIn)),
        request: asked.sealed,
      },
    },
    client: requesterView(asked.client),
    account: { email, name },
    userCode: asked.userCode,
    askedAt: createdAt,
    network: ask.network,
    isSameNetwork: networkOf(request.remoteAddress) === ask.network,
    ...(await askedViews(core, ask, asked.client, signedIn.account.id)),
    lifetime: lifetimeView(core, asked.client, 'changes-nothing'),
  });
  return page(html, { cookies: browser.cookies });
}

/**
 * Only what this user answered. So a foreign link cannot make this page say that something was
 * allowed.
 */
export async function showDeviceDone(core: Core, request: HttpRequest): Promise<HttpResponse> {
  const signedIn = await loadSession(core, request, core.clock.nowSeconds());
  const sealed = parseParameters(request.query).get('answer');
  const view =
    signedIn &&
    (unsealValue(core, 'device-answered', sealed, signedIn.account.id) as
      | DeviceDoneView
      | undefined);
  return view ? page(core.pages.deviceDone(view)) : redirect(core.options.basePath + path);
}
