/** The authorization endpoint (RFC 6749 §3.1; OpenID Connect Core §3.1.2): parse, check, decide, answer. */
import type { Core } from '../core.ts';
import { OAuthError } from '../errors.ts';
import type { HttpRequest, HttpResponse } from '../http/message.ts';
import { assertForm, type Parameters, parseParameters } from '../http/parameters.ts';
import { redirect } from '../http/responses.ts';
import { loadSession, type SignedIn } from '../interaction/session.ts';
import { emitRefusal } from '../refusal-event.ts';
import type { Client } from '../model.ts';
import type { Claim } from '../ports.ts';
import { carried, checkAuthorizationRequest, defaultMode } from './check.ts';
import { type Asker, loadAsker } from './client.ts';
import { needsConsent, needsSignIn, scopesWithoutAsking } from './decide.ts';
import { type AuthorizationRequest, sealRequest } from './request.ts';
import { answerError, type ReturnAddress } from './respond.ts';
import { answerGranted } from './answer.ts';

export async function handleAuthorize(core: Core, request: HttpRequest): Promise<HttpResponse> {
  const now = core.clock.nowSeconds();
  const parameters = request.method === 'POST' ? parsePost(request) : parseParameters(request.query);
  const asker = await loadAsker(core, parameters);
  if (request.learned !== undefined) request.learned.clientId = asker.client.id;
  const to = returnAddress(parameters, asker);
  return answeringErrors(core, request, { ...to, clientId: asker.client.id }, async () => {
    const checked = await checkAuthorizationRequest(core, parameters, asker, now);
    // A post from the client's site comes without our cookies (SameSite=Lax): only a visit of our own can tell who is there.
    if (request.method === 'POST') return redirect(consentAddress(core, sealRequest(core, checked)));
    const signedIn = await loadSession(core, request, now);
    const started = signedIn === undefined ? checked : { ...checked, sessionAtStart: signedIn.session.id };
    return goOn(core, started, asker.client, signedIn, now);
  });
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
 * The next step of a checked request: a page of ours, or the answer. Also where a sign-in comes back to: then with the
 * claim of the sealed request, which is answered once.
 */
export async function goOn(
  core: Core,
  request: AuthorizationRequest,
  client: Client,
  signedIn: SignedIn | undefined,
  now: number,
  claim?: Claim,
): Promise<HttpResponse> {
  const silent = request.prompt.includes('none');
  if (signedIn === undefined || needsSignIn(request, signedIn.session, now)) {
    if (silent) throw new OAuthError('login_required');
    return redirect(`${core.options.basePath}/sign-in?request=${sealRequest(core, request)}`);
  }
  const grant = await core.store.grants.load(signedIn.account.id, client.id);
  if (needsConsent(request, client, grant)) {
    if (silent) throw new OAuthError('consent_required');
    return redirect(consentAddress(core, sealRequest(core, request)));
  }
  const scopes = scopesWithoutAsking(request, client, grant);
  return answerGranted(core, { request, client, signedIn, scopes, grant, claim }, now);
}

/** From here on a refusal goes back to the client; a bug of ours still ends at the one place for bugs. */
export async function answeringErrors(
  core: Core,
  request: HttpRequest,
  { clientId, ...to }: ReturnAddress & { readonly clientId: string },
  act: () => Promise<HttpResponse>,
): Promise<HttpResponse> {
  try {
    return await act();
  } catch (error) {
    if (!(error instanceof OAuthError)) throw error;
    return answerError(
      core,
      to,
      error,
      emitRefusal(core, request, 'authorization.refused', error, { clientId }),
    );
  }
}

/** RFC 6749 §4.1.2.1: state goes back exactly as it came, if it came once. Throws, for a page, when it is too long to. */
function returnAddress(parameters: Parameters, asker: Asker): ReturnAddress {
  const mode = parameters.get('response_mode');
  const type = parameters.get('response_type');
  return {
    redirectUri: asker.redirectUri,
    responseMode: mode === 'query' || mode === 'fragment' ? mode : defaultMode(type),
    state: parameters.repeated.has('state') ? undefined : carried(parameters, 'state'),
  };
}
