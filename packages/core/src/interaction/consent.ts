/** The consent page: who asks, for what, for how long, with which account; and the one answer to it. */
import { answerGranted } from '../authorize/answer.ts';
import { isCovered, needsConsent, needsSignIn } from '../authorize/decide.ts';
import { answeringErrors, goOn } from '../authorize/endpoint.ts';
import { type AuthorizationRequest, unsealRequest } from '../authorize/request.ts';
import { mayUseGrant } from '../clients/tiers.ts';
import { type Core, lifetimesOf } from '../core.ts';
import { OAuthError } from '../errors.ts';
import type { HttpRequest, HttpResponse } from '../http/message.ts';
import {
  assertNotRepeated,
  type Parameters,
  parseForm,
  parseParameters,
  requireParameter,
} from '../http/parameters.ts';
import { page } from '../http/responses.ts';
import type { Client, Grant } from '../model.ts';
import type { ConsentView } from '../pages.ts';
import type { Claim } from '../ports.ts';
import { matchRedirectUri } from '../rules/redirect-uri.ts';
import { clientView, formTargetsOf } from './client-view.ts';
import { assertOwnForm, formMark, markBrowser } from './own-form.ts';
import { scopeGroups } from './scope-groups.ts';
import { loadSession, type SignedIn } from './session.ts';

const daySeconds = 86_400;

interface Asked {
  readonly sealed: string;
  readonly request: AuthorizationRequest;
  readonly client: Client;
}

/** Shows the page, unless there is nothing to ask: then the request goes on. A sign-in comes back to here. */
export async function showConsent(core: Core, request: HttpRequest): Promise<HttpResponse> {
  const now = core.clock.nowSeconds();
  const parameters = parseParameters(request.query);
  assertNotRepeated(parameters);
  const asked = await readAsked(core, parameters, now);
  return answeringErrors(core, request, asked.request, async () => {
    const signedIn = await loadSession(core, request, now);
    if (signedIn === undefined || needsSignIn(asked.request, signedIn.session, now))
      return goOn(core, asked.request, asked.client, signedIn, now);
    const grant = await core.store.grants.load(signedIn.account.id, asked.client.id);
    if (!needsConsent(asked.request, asked.client, grant))
      return goOn(core, asked.request, asked.client, signedIn, now, claimOf(core, asked.request, now));
    return renderConsent(core, request, asked, signedIn, grant);
  });
}

export async function handleConsent(core: Core, request: HttpRequest): Promise<HttpResponse> {
  const now = core.clock.nowSeconds();
  const parameters = parseForm(request, ['scope']);
  const asked = await readAsked(core, parameters, now);
  const signedIn = await loadSession(core, request, now);
  if (signedIn === undefined || needsSignIn(asked.request, signedIn.session, now))
    return goOn(core, asked.request, asked.client, signedIn, now);
  // The form's mark names the session: nobody answers a page that was shown to somebody else.
  assertOwnForm(core, request, parameters, aboutConsent(asked.request, signedIn));
  const decision = requireParameter(parameters, 'decision');
  if (decision !== 'allow' && decision !== 'deny') throw new OAuthError('parameter_unsupported');
  if (decision === 'deny') return deny(core, request, asked, signedIn);
  const grant = await core.store.grants.load(signedIn.account.id, asked.client.id);
  const scopes = tickedScopes(asked, grant, parameters);
  const claim = claimOf(core, asked.request, now);
  return answerGranted(core, { ...asked, signedIn, scopes, grant, claim, asked: true }, now);
}

/** A sealed request is answered once, within its life (RFC 9700 §4.7). */
function claimOf(core: Core, request: AuthorizationRequest, now: number): Claim {
  return { id: request.id, expiresAt: now + core.options.interactionSeconds };
}

async function readAsked(core: Core, parameters: Parameters, now: number): Promise<Asked> {
  const sealed = requireParameter(parameters, 'request');
  const request = unsealRequest(core, sealed, now);
  // The client as it is now: it may have been disabled, or have lost this address, since the request was sealed.
  const client = await core.loadClient(request.clientId);
  if (client === undefined) throw new OAuthError('client_unknown');
  if (!matchRedirectUri(request.redirectUri, client.redirectUris, client.kind === 'native'))
    throw new OAuthError('redirect_uri_mismatch');
  return { sealed, request, client };
}

/** Everything requested, less the optional scopes that were unticked. A form cannot add a scope. */
function tickedScopes(
  { request, client }: Asked,
  grant: Grant | undefined,
  parameters: Parameters,
): readonly string[] {
  const kept = [...parameters.all('scope'), ...scopesShownAsGranted(request, grant)];
  return request.scopes.filter((scope) => !client.optionalScopes.includes(scope) || kept.includes(scope));
}

/** Agreed before and not asked again, so without a box to untick. Where nothing is new, the client wants all asked anew. */
function scopesShownAsGranted(request: AuthorizationRequest, grant: Grant | undefined): readonly string[] {
  return isCovered(request, grant) ? [] : (grant?.scopes ?? []);
}

async function deny(
  core: Core,
  request: HttpRequest,
  { request: asked, client }: Asked,
  { account }: SignedIn,
): Promise<HttpResponse> {
  core.events.emit({ type: 'authorization.denied', clientId: client.id, accountId: account.id });
  const denied = new OAuthError('user_denied', { log: { accountId: account.id } });
  return answeringErrors(core, request, asked, () => Promise.reject(denied));
}

function aboutConsent(request: AuthorizationRequest, { session }: SignedIn): string {
  return `consent ${request.id} ${session.id}`;
}

async function renderConsent(
  core: Core,
  request: HttpRequest,
  asked: Asked,
  signedIn: SignedIn,
  grant: Grant | undefined,
): Promise<HttpResponse> {
  const browser = markBrowser(core, request);
  const { account } = signedIn;
  const { basePath } = core.options;
  const view: ConsentView = {
    form: {
      action: `${basePath}/consent`,
      fields: {
        csrf: formMark(core, browser.id, aboutConsent(asked.request, signedIn)),
        request: asked.sealed,
      },
    },
    client: clientView(asked.client, asked.request.redirectUri),
    account: { email: account.email, name: account.name },
    groups: scopeGroups(await core.loadApis(), {
      scopes: asked.request.scopes,
      optionalScopes: asked.client.optionalScopes,
      grantedScopes: scopesShownAsGranted(asked.request, grant),
    }),
    lifetime: lifetimeOf(core, asked),
    switchAccount: `${basePath}/sign-in?request=${asked.sealed}`,
  };
  return page(core.pages.consent(view), {
    cookies: browser.cookies,
    formTargets: formTargetsOf(asked.request.redirectUri),
  });
}

function lifetimeOf(core: Core, { client, request }: Asked): ConsentView['lifetime'] {
  if (request.responseType !== 'code' || !mayUseGrant(client, 'refresh_token')) return undefined;
  const { refreshIdleSeconds, refreshAbsoluteSeconds } = lifetimesOf(core, client);
  return {
    idleDays: Math.ceil(refreshIdleSeconds / daySeconds),
    absoluteDays: Math.ceil(refreshAbsoluteSeconds / daySeconds),
  };
}
