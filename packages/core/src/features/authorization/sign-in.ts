/** The sign-in page: with an application's request, or on the person's own way to their account. */
import { consentAddress } from './endpoint.ts';
import type { AuthorizationRequest } from './authorization-request.ts';
import { unsealRequest } from './request.ts';
import type { Core } from '../../kernel/core.ts';
import { OAuthError } from '../../model/errors.ts';
import type { HttpRequest, HttpResponse } from '../../kernel/http/message.ts';
import {
  assertNotRepeated,
  type Parameters,
  parseForm,
  parseParameters,
} from '../../kernel/http/parameters.ts';
import { ownScripts, page, redirect } from '../../kernel/http/responses.ts';
import type { Account } from '../../model/entities.ts';
import { emitRefusal } from '../../kernel/errors/refusal-event.ts';
import { networkOf } from '../../rules/network.ts';
import { brandOnward } from '../../kernel/pages/brand.ts';
import { clientView, formTargetsOf } from '../../kernel/pages/client-view.ts';
import { readContinuation, sealContinuation } from '../../kernel/pages/continuation.ts';
import { stepUpAddress } from '../../kernel/pages/step-up.ts';
import { isDemandedOf } from '../../kernel/accounts/factor-demand.ts';
import { passwordAlone } from '../../kernel/accounts/acr.ts';
import { knownBrowserCookie, knownBrowserOf } from '../../kernel/accounts/known-browser.ts';
import { hasStrongerSignIn } from '../../kernel/accounts/stronger-sign-in.ts';
import { onwardOf, pageAddress } from '../../kernel/pages/onward.ts';
import { secondFactorAddress } from './pending-sign-in.ts';
import { assertOwnForm, formMark, markBrowser } from '../../kernel/pages/own-form.ts';
import { checkPassword } from '../../kernel/accounts/password-check.ts';
import { signInRequest, takesPasskeys } from '../../kernel/passkeys/request.ts';
import { makeWork, readWork } from '../../kernel/limits/work.ts';
import { refusalForm } from './sign-in-refusal.ts';
import { tellOfNewBrowser } from '../../kernel/accounts/new-browser.ts';
import { startSession } from '../../kernel/pages/session.ts';
import { termsBefore } from '../../kernel/pages/terms.ts';
import { signInHeaders } from '../../kernel/pages/sign-in-headers.ts';

export async function showSignIn(core: Core, request: HttpRequest): Promise<HttpResponse> {
  const parameters = parseParameters(request.query);
  assertNotRepeated(parameters);
  return renderSignIn(core, request, await readPending(core, parameters), nextOf(parameters));
}

export async function handleSignIn(core: Core, request: HttpRequest): Promise<HttpResponse> {
  const parameters = parseForm(request);
  const pending = await readPending(core, parameters);
  assertOwnForm(core, request, parameters, 'sign-in');
  const email = parameters.get('email')?.trim() ?? '';
  const now = core.clock.nowSeconds();
  try {
    const account = await tryPassword(core, request, email, parameters, now);
    // ASVS 6.3.8: only who knows the password learns that there is more to ask.
    if (await hasStrongerSignIn(core, account))
      return redirect(secondFactorAddress(core, request, account, onwardOf(parameters), now));
    return await signIn(core, request, account, onwardFrom(core, parameters, pending), now);
  } catch (error) {
    if (!(error instanceof OAuthError)) throw error;
    const decision = emitRefusal(core, request, 'sign_in.refused', error, {
      clientId: pending?.request.clientId,
    });
    const tried = { email, error, decision, hasWorked: parameters.get('work') !== undefined };
    return renderSignIn(core, request, pending, { ...tried, ...nextOf(parameters) });
  }
}

/** The authorization request of a sign-in page. */
export interface Pending {
  readonly sealed: string;
  readonly request: AuthorizationRequest;
}

/** Throws request_expired. */
export async function readPending(
  core: Core,
  parameters: Parameters,
): Promise<Pending | undefined> {
  const sealed = parameters.get('request');
  if (sealed === undefined) return undefined;
  return { sealed, request: await unsealRequest(core, sealed, core.clock.nowSeconds()) };
}

/** A page of ours that the sign-in leads on to, still sealed. */
export function nextOf(parameters: Parameters): Pick<Tried, 'next'> {
  const next = parameters.get('next');
  return next === undefined ? {} : { next };
}

/** The address of the page that follows the sign-in. */
export function onwardFrom(
  core: Core,
  parameters: Parameters,
  pending: Pending | undefined,
): string {
  if (pending !== undefined) return consentAddress(core, pending.sealed);
  return readContinuation(core, parameters.get('next')) ?? `${core.options.basePath}/account`;
}

async function tryPassword(
  core: Core,
  request: HttpRequest,
  email: string,
  parameters: Parameters,
  now: number,
): Promise<Account> {
  const known = knownBrowserOf(core, request, email);
  const account = await checkPassword(
    core,
    {
      email,
      password: parameters.get('password') ?? '',
      asking: { address: request.remoteAddress },
      work: await readWork(core, markBrowser(core, request).id, 'sign-in', parameters),
      ...(known !== undefined ? { knownBrowser: known } : {}),
    },
    now,
  );
  if (account === undefined) throw new OAuthError('sign_in_wrong');
  return account;
}

async function signIn(
  core: Core,
  request: HttpRequest,
  account: Account,
  onward: string,
  now: number,
): Promise<HttpResponse> {
  const mail = await tellOfNewBrowser(core, request, account, now);
  const session = await startSession(core, request, account, passwordAlone, now, mail);
  if (session === undefined) throw new OAuthError('sign_in_wrong');
  const next = (await secondFactorOn(core, onward, account)) ?? onward;
  return completeSignIn(core, request, account, session, next);
}

/** The path below the issuer. Undefined for an application's request, which asks for all itself. */
function pathBesideRequests({ options }: Core, onward: string): string | undefined {
  const path = onward.slice(options.basePath.length);
  return path.startsWith('/consent?') ? undefined : path;
}

/**
 * A user of whom two factors are demanded at every client adds one at the first sign-in, and not
 * only on the way to a client.
 */
async function secondFactorOn(
  core: Core,
  onward: string,
  account: Account,
): Promise<string | undefined> {
  const path = pathBesideRequests(core, onward);
  if (path === undefined || !(await isDemandedOf(core, account.id))) return undefined;
  return stepUpAddress(core, { next: sealContinuation(core, path) });
}

/** After the session has started. `session` is its cookie. */
export function completeSignIn(
  core: Core,
  request: HttpRequest,
  account: Account,
  session: string,
  onward: string,
): HttpResponse {
  core.events.emit({
    type: 'sign_in.succeeded',
    accountId: account.id,
    network: networkOf(request.remoteAddress),
  });
  const path = pathBesideRequests(core, onward);
  const now = core.clock.nowSeconds();
  const terms = path === undefined ? undefined : termsBefore(core, path, account, now);
  return redirect(terms ?? onward, [session, knownBrowserCookie(core, account)]);
}

/** What was typed, and how it was refused. */
export interface Tried {
  readonly email?: string;
  readonly error?: OAuthError;
  readonly decision?: string;
  readonly next?: string;
  /** The browser has worked for this attempt, and so must work for the next one. */
  readonly hasWorked?: boolean;
}

/** The sign-in page, again if it was refused. */
export async function renderSignIn(
  core: Core,
  request: HttpRequest,
  pending: Pending | undefined,
  { email, error, decision, next, hasWorked = false }: Tried,
): Promise<HttpResponse> {
  const client = pending && (await core.loadClient(pending.request.clientId));
  if (pending !== undefined && client === undefined) throw new OAuthError('client_unknown');
  const browser = markBrowser(core, request);
  const onward = {
    ...(pending !== undefined ? { request: pending.sealed } : {}),
    ...(next !== undefined ? { next } : {}),
  };
  const fields = { csrf: formMark(core, browser.id, 'sign-in'), ...onward };
  const asksPasskey = takesPasskeys(core);
  const now = core.clock.nowSeconds();
  const isKnown = knownBrowserOf(core, request, email ?? '') !== undefined;
  const isNeeded = !isKnown && (hasWorked || error?.reason === 'throttled');
  const work = isNeeded ? await makeWork(core, browser.id, 'sign-in') : undefined;
  const html = core.pages.signIn({
    ...(await brandOnward(core, onward)),
    form: { action: `${core.options.basePath}/sign-in`, fields },
    ...(asksPasskey ? { passkey: signInRequest(core, browser.id, fields, now) } : {}),
    ...(work !== undefined ? { work } : {}),
    ...(pending !== undefined && client !== undefined
      ? {
          client: clientView(core, client, pending.request.redirectUri),
          refuse: refusalForm(core, browser, pending),
        }
      : {}),
    email: email ?? pending?.request.loginHint ?? '',
    ...(core.options.sendsMail ? { recover: pageAddress(core, '/recover', onward) } : {}),
    ...(isSignUpOffered(core) ? { signUp: pageAddress(core, '/sign-up', onward) } : {}),
    ...(error !== undefined ? { error: error.message } : {}),
    ...(decision !== undefined ? { decision } : {}),
  });
  return page(html, {
    cookies: browser.cookies,
    keepsOpener: pending !== undefined,
    ...(asksPasskey || work !== undefined ? { scriptSource: ownScripts } : {}),
    formTargets: pending === undefined ? [] : formTargetsOf(pending.request.redirectUri),
    ...(error !== undefined ? { status: error.refusal.status, headers: signInHeaders(error) } : {}),
  });
}

/** Who was invited follows the link of the mail. */
function isSignUpOffered({ options }: Core): boolean {
  return options.signUp === 'open' || options.signUp === 'domains';
}
