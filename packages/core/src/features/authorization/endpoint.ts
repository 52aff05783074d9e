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
import { termsAddress } from '../../kernel/pages/terms.ts';
import { stepUpAddress } from '../../kernel/pages/step-up.ts';
import { loadSession, type SignedIn } from '../../kernel/pages/session.ts';
import { emitRefusal } from '../../kernel/errors/refusal-event.ts';
import type { Client } from '../../model/entities.ts';
import type { ReplayMarker } from '../../model/ports.ts';
import { carried, checkAuthorizationRequest } from './check.ts';
import { type Requester, loadRequester } from './client.ts';
import { needsConsent, scopesWithoutAsking } from './decide.ts';
import { assertMeant, findMissing, type Missing } from './person.ts';
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
    // A POST from the site of the client comes without our cookies (SameSite=Lax). Only a later GET
    // can show who is signed in.
    if (request.method === 'POST')
      return redirect(consentAddress(core, sealRequest(core, { ...checked, isPosted: true })));
    const signedIn = await loadSession(core, request, now);
    const started = startWith(checked, signedIn);
    // A reload may send a pushed request again, but it is answered once.
    const marker = started.pushed === undefined ? undefined : markerOf(core, started, now);
    return goOn(core, started, requester.client, signedIn, now, marker);
  });
}

/** In this browser, at the first request with our cookies. */
export function startWith(
  { isPosted: _, ...request }: AuthorizationRequest,
  signedIn: SignedIn | undefined,
): AuthorizationRequest {
  return signedIn === undefined ? request : { ...request, sessionAtStart: signedIn.session.id };
}

/** OpenID Connect Core §3.1.2.1: the request may also be sent by POST. */
function parsePost(request: HttpRequest): Parameters {
  if (request.query !== '') throw new OAuthError('credentials_in_query');
  assertForm(request);
  return parseParameters(request.body);
}

/** The address at which a sealed request continues. */
export function consentAddress(core: Core, sealed: string): string {
  return `${core.options.basePath}/consent?request=${sealed}`;
}

/**
 * The next step of a checked request: a page of this server, or the answer. A sign-in also returns
 * here, with the replay marker of the sealed request, which is answered once.
 */
export async function goOn(
  core: Core,
  request: AuthorizationRequest,
  client: Client,
  signedIn: SignedIn | undefined,
  now: number,
  marker?: ReplayMarker,
): Promise<HttpResponse> {
  const missing = signedIn && (await findMissing(core, request, client, signedIn, now));
  if (signedIn === undefined || missing !== undefined)
    return askFor(core, request, client, signedIn, missing);
  const consent = await core.store.grants.load(signedIn.account.id, client.id);
  assertOwnConsent(request.grantAction, consent);
  if (needsConsent(request, client, consent)) {
    if (request.prompt.includes('none')) throw new OAuthError('consent_required');
    return redirect(consentAddress(core, sealRequest(core, request)));
  }
  const scopes = scopesWithoutAsking(request, client, consent);
  const details = detailsWithoutAsking(request.details, client, consent);
  return answerGranted(core, { request, client, signedIn, scopes, details, consent, marker }, now);
}

/** The page that asks for what is missing. Throws what `prompt=none` has to answer in its place. */
function askFor(
  core: Core,
  request: AuthorizationRequest,
  client: Client,
  signedIn: SignedIn | undefined,
  missing: Missing = 'sign-in',
): HttpResponse {
  // RFC 9470 §5: the user is not asked for what would not help.
  if (missing === 'unmet') throw new OAuthError('authentication_unmet');
  if (request.prompt.includes('none')) throw new OAuthError(refusals[missing]);
  if (signedIn !== undefined) assertMeant(core, request, client, signedIn);
  const sealed = sealRequest(core, request);
  if (missing === 'sign-in') return redirect(`${core.options.basePath}/sign-in?request=${sealed}`);
  const address = missing === 'terms' ? termsAddress : stepUpAddress;
  return redirect(address(core, { request: sealed }));
}

/** OpenID Connect Core §3.1.2.6. */
const refusals = {
  'sign-in': 'login_required',
  'step-up': 'login_required',
  enrolment: 'second_factor_missing',
  terms: 'terms_missing',
} as const;

/**
 * From here on, a refusal is answered to the client. A fault of the server is still handled in the
 * one place for faults.
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

/**
 * The request did not come from a form of this server. The user may not even have seen a page of
 * this server.
 */
function isByLink({ path, method }: HttpRequest): boolean {
  return method !== 'POST' || path.endsWith('/authorize');
}

/**
 * RFC 9700 §4.11.2: anybody can register an application, let it send invalid requests, and so use
 * our address to send users to another one. For an unreviewed application, a refusal stops at a
 * page that shows the address.
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
  // A form would submit itself.
  if (typeof address !== 'string') return errorPage(error, core.pages, decision);
  return errorPage(error, core.pages, decision, goOnView(client, address));
}

/**
 * RFC 6749 §4.1.2.1: state is returned unchanged if it was sent once. Throws, for a page, if it is
 * too long.
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
