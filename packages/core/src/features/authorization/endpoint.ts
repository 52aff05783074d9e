/**
 * The authorization endpoint (RFC 6749 §3.1; OpenID Connect Core §3.1.2): parse, check, decide,
 * answer.
 */
import type { Core } from '../../kernel/core.ts';
import { detailsWithoutAsking } from '../../kernel/authorization-details/requested.ts';
import { OAuthError } from '../../model/errors.ts';
import { assertOwnConsent } from '../../kernel/consents/grant-action.ts';
import type { HttpRequest, HttpResponse } from '../../kernel/http/message.ts';
import { assertForm, type Parameters, parseParameters } from '../../kernel/http/parameters.ts';
import { errorPage } from '../../kernel/http/error-page.ts';
import { redirect } from '../../kernel/http/responses.ts';
import { goOnView } from '../../kernel/pages/client-view.ts';
import { loadSession, type SignedIn } from '../../kernel/pages/session.ts';
import { emitRefusal } from '../../kernel/errors/refusal-event.ts';
import type { Client } from '../../model/entities.ts';
import type { ReplayMarker } from '../../model/ports.ts';
import { carried, checkAuthorizationRequest } from './check.ts';
import { type Requester, loadRequester } from './client.ts';
import { needsConsent, scopesWithoutAsking } from './decide.ts';
import { assertSignInHelps, mustSignIn } from './person.ts';
import { present } from './presented.ts';
import type { AuthorizationRequest } from './authorization-request.ts';
import { assertCarriable, markerOf, sealRequest } from './request.ts';
import { answerError, type ReturnAddress } from './respond.ts';
import { modeOfErrors } from '../../kernel/clients/response-mode.ts';
import { answerGranted } from './answer.ts';

export async function handleAuthorize(core: Core, request: HttpRequest): Promise<HttpResponse> {
  const now = core.clock.nowSeconds();
  const outer = request.method === 'POST' ? parsePost(request) : parseParameters(request.query);
  const found = present(core, outer, now);
  const presented = found instanceof Promise ? await found : found;
  const { parameters } = presented;
  const requester = await loadRequester(core, presented);
  if (request.learned !== undefined) request.learned.clientId = requester.client.id;
  return answeringErrors(core, request, returnAddress(core, parameters, requester), async () => {
    const checked = await checkAuthorizationRequest(core, parameters, requester, now);
    assertCarriable(checked);
    // A post from the client's site comes without our cookies (SameSite=Lax): only a visit of our
    // own can tell who is there.
    if (request.method === 'POST')
      return redirect(consentAddress(core, sealRequest(core, { ...checked, isPosted: true })));
    const signedIn = await loadSession(core, request, now);
    const started = startWith(checked, signedIn);
    // What was pushed may be asked for again by a reload, and is answered once.
    const marker = started.pushed === undefined ? undefined : markerOf(core, started, now);
    return goOn(core, started, requester.client, signedIn, now, marker);
  });
}

/** In this browser, where it is first seen with our cookies. */
export function startWith(
  { isPosted: _, ...request }: AuthorizationRequest,
  signedIn: SignedIn | undefined,
): AuthorizationRequest {
  return signedIn === undefined ? request : { ...request, sessionAtStart: signedIn.session.id };
}

/** OpenID Connect Core §3.1.2.1: the request may be posted, too. */
function parsePost(request: HttpRequest): Parameters {
  if (request.query !== '') throw new OAuthError('credentials_in_query');
  assertForm(request);
  return parseParameters(request.body);
}

/** Where a sealed request goes on. */
export function consentAddress(core: Core, sealed: string): string {
  return `${core.options.basePath}/consent?request=${sealed}`;
}

/**
 * The next step of a checked request: a page of ours, or the answer. Also where a sign-in comes
 * back to: then with the claim of the sealed request, which is answered once.
 */
export async function goOn(
  core: Core,
  request: AuthorizationRequest,
  client: Client,
  signedIn: SignedIn | undefined,
  now: number,
  marker?: ReplayMarker,
): Promise<HttpResponse> {
  const silent = request.prompt.includes('none');
  if (signedIn === undefined || mustSignIn(core, request, client, signedIn, now)) {
    if (silent) throw new OAuthError('login_required');
    if (signedIn !== undefined) assertSignInHelps(core, request, client, signedIn);
    return redirect(`${core.options.basePath}/sign-in?request=${sealRequest(core, request)}`);
  }
  const consent = await core.store.grants.load(signedIn.account.id, client.id);
  assertOwnConsent(request.grantAction, consent);
  if (needsConsent(request, client, consent)) {
    if (silent) throw new OAuthError('consent_required');
    return redirect(consentAddress(core, sealRequest(core, request)));
  }
  const scopes = scopesWithoutAsking(request, client, consent);
  const details = detailsWithoutAsking(request.details, client, consent);
  return answerGranted(core, { request, client, signedIn, scopes, details, consent, marker }, now);
}

/**
 * From here on a refusal goes back to the client; a bug of ours still ends at the one place for
 * bugs.
 */
export async function answeringErrors(
  core: Core,
  request: HttpRequest,
  to: ReturnAddress,
  act: () => Promise<HttpResponse>,
): Promise<HttpResponse> {
  try {
    return await act();
  } catch (error) {
    if (!(error instanceof OAuthError)) throw error;
    const { clientId } = to;
    const decision = emitRefusal(core, request, 'authorization.refused', error, { clientId });
    const answer = await answerError(core, to, error, decision);
    return isByLink(request) ? heldBack(core, to, error, decision, answer) : answer;
  }
}

/** Not by a form of ours: the person may not even have seen a page of this server. */
function isByLink({ path, method }: HttpRequest): boolean {
  return method !== 'POST' || path.endsWith('/authorize');
}

/**
 * RFC 9700 §4.11.2: anybody can register an application here that asks for nonsense, and use our
 * address to lead people to theirs. Where nobody has checked the application, a refusal stops at a
 * page that says where it leads.
 */
async function heldBack(
  core: Core,
  { clientId }: ReturnAddress,
  error: OAuthError,
  decision: string,
  answer: HttpResponse,
): Promise<HttpResponse> {
  const client = await core.loadClient(clientId);
  if (client?.trust !== 'unverified') return answer;
  const { location: address } = answer.headers;
  // A form would send itself.
  if (typeof address !== 'string') return errorPage(error, core.pages, decision);
  return errorPage(error, core.pages, decision, goOnView(client, address));
}

/**
 * RFC 6749 §4.1.2.1: state goes back exactly as it came, if it came once. Throws, for a page, when
 * it is too long to.
 */
function returnAddress(
  core: Core,
  parameters: Parameters,
  { client, redirectUri }: Requester,
): ReturnAddress {
  return {
    clientId: client.id,
    redirectUri,
    responseMode: modeOfErrors(core, client, parameters, redirectUri),
    state: parameters.repeated.has('state') ? undefined : carried(parameters, 'state'),
  };
}
