/**
 * The consent page: who asks, for what, for how long, with which account; and the one answer to it.
 */
import { digest } from '@keywright/jwt';
import { answerGranted } from './answer.ts';
import { assertRedirectUri } from './client.ts';
import { isCovered, needsConsent, wantedScopes } from './decide.ts';
import { answeringErrors, goOn, startWith } from './endpoint.ts';
import { narrowRequest } from './held.ts';
import { withTicks } from './kept-ticks.ts';
import { findMissing } from './person.ts';
import type { AuthorizationRequest } from './authorization-request.ts';
import { answeredBefore, markerOf, sealRequest, unsealRequest } from './request.ts';
import { gives } from '../../kernel/clients/response-type.ts';
import type { Core } from '../../kernel/core.ts';
import {
  detailViews,
  findPickProblem,
  offersOf,
  type Offers,
  tickedDetails,
} from '../../kernel/authorization-details/choice.ts';
import { heldAnswer } from '../../kernel/authorization-details/held.ts';
import { descriptionOf } from '../../kernel/clients/document-agreement.ts';
import { OAuthError } from '../../model/errors.ts';
import { assertOwnConsent } from '../../kernel/consents/grant-action.ts';
import type { HttpRequest, HttpResponse } from '../../kernel/http/message.ts';
import {
  assertNotRepeated,
  type Parameters,
  parseForm,
  parseParameters,
  requireParameter,
} from '../../kernel/http/parameters.ts';
import { page } from '../../kernel/http/responses.ts';
import type { Client, Consent } from '../../model/entities.ts';
import type { ConsentView, LifetimeView } from '../../model/pages.ts';
import {
  requesterView,
  clientView,
  formTargetsOf,
  lifetimeView,
} from '../../kernel/pages/client-view.ts';
import { parseDecision } from '../../kernel/pages/decision.ts';
import { assertOwnForm, formMark, markBrowser } from '../../kernel/pages/own-form.ts';
import { loadNaming } from '../../kernel/resources/naming.ts';
import { scopeGroups } from '../../kernel/pages/scope-groups.ts';
import { loadSession, type SignedIn } from '../../kernel/pages/session.ts';
import type { ApiDirectory } from '../../model/services.ts';

export interface Asked {
  readonly sealed: string;
  readonly request: AuthorizationRequest;
  readonly client: Client;
}

/**
 * Shows the page, unless there is nothing to ask: then the request goes on. A sign-in comes back to
 * here.
 */
export async function showConsent(core: Core, request: HttpRequest): Promise<HttpResponse> {
  const now = core.clock.nowSeconds();
  const parameters = parseParameters(request.query);
  assertNotRepeated(parameters);
  const carried = await readAsked(core, parameters, now);
  return answeringErrors(core, request, carried.request, async () => {
    const signedIn = await loadSession(core, request, now);
    const asked = carried.request.isPosted === true ? start(core, carried, signedIn) : carried;
    const { client } = asked;
    const held = narrowRequest(core, asked.request, client, await core.loadApis());
    if (signedIn === undefined || (await findMissing(core, held, client, signedIn, now)))
      return goOn(core, held, client, signedIn, now);
    const consent = await core.store.grants.load(signedIn.account.id, client.id);
    assertOwnConsent(held.grantAction, consent);
    if (!needsConsent(held, client, consent))
      return goOn(core, held, client, signedIn, now, markerOf(core, held, now));
    return renderConsent(core, request, { ...asked, held }, signedIn, consent);
  });
}

function start(core: Core, asked: Asked, signedIn: SignedIn | undefined): Asked {
  const request = startWith(asked.request, signedIn);
  return { ...asked, request, sealed: sealRequest(core, request) };
}

export async function handleConsent(core: Core, request: HttpRequest): Promise<HttpResponse> {
  const now = core.clock.nowSeconds();
  const parameters = parseForm(request, ['scope', 'detail']);
  const { offers, asked } = withoutOffers(await readAsked(core, parameters, now));
  const signedIn = await loadSession(core, request, now);
  if (
    signedIn === undefined ||
    (await findMissing(core, asked.request, asked.client, signedIn, now))
  )
    return answeringErrors(core, request, asked.request, () =>
      goOn(core, asked.request, asked.client, signedIn, now),
    );
  // The form's mark names the session: nobody answers a page that was shown to somebody else.
  assertOwnForm(core, request, parameters, aboutConsent(asked.request, signedIn));
  if (parseDecision(parameters) === 'deny') return deny(core, request, asked, signedIn, now);
  const apis = await core.loadApis();
  const held = narrowOrRefusal(core, asked, apis);
  if (held instanceof OAuthError)
    return answeringErrors(core, request, asked.request, () => Promise.reject(held));
  const { client } = asked;
  const consent = await core.store.grants.load(signedIn.account.id, client.id);
  assertOwnConsent(held.grantAction, consent);
  // Client ID Metadata Documents §8.4, RFC 7592: nobody has agreed to what was not on the page.
  if (asked.request.shown !== descriptionShown(client))
    return renderConsent(core, request, { ...asked, held }, signedIn, consent, hasChangedMeanwhile);
  const shown = consentShown(held, consent);
  const scopes = tickedScopes(held, client, shown, parameters);
  // The form has the numbers of all that was asked for when the page was made.
  const answers = { shown, former: consent, offers };
  const ticked = tickedDetails(asked.request.details, answers, parameters);
  const details = heldAnswer(ticked, client, apis);
  const isEmpty = scopes.length === 0 && details?.granted.length === 0;
  const problem = isEmpty ? missingPick(offers) : findPickProblem(asked.request.details, details);
  if (problem !== undefined)
    return renderConsent(core, request, { ...asked, held }, signedIn, consent, problem, {
      parameters,
      offers,
    });
  // A user who declines everything has not agreed.
  if (isEmpty) return deny(core, request, asked, signedIn, now);
  const marker = markerOf(core, held, now);
  const answered = {
    request: held,
    client,
    signedIn,
    scopes,
    details,
    consent,
    marker,
    asked: true,
  };
  return answerGranted(core, answered, now);
}

/** What the page offered belongs to the form. No address carries it on. */
function withoutOffers({ request, ...rest }: Asked): { offers: Offers; asked: Asked } {
  const { offers = {}, ...own } = request;
  return { offers, asked: { ...rest, request: own } };
}

/** With nothing picked, the button "Allow" does not mean what it says. */
function missingPick(offers: Offers): string | undefined {
  return Object.values(offers).some((offered) => offered.length > 0)
    ? 'Choose at least one, or cancel.'
    : undefined;
}

/**
 * A refusal of what was lost while the page was open is told to the client; one of the form is not.
 */
function narrowOrRefusal(
  core: Core,
  { request, client }: Asked,
  apis: ApiDirectory,
): AuthorizationRequest | OAuthError {
  try {
    return narrowRequest(core, request, client, apis);
  } catch (error) {
    if (error instanceof OAuthError) return error;
    throw error;
  }
}

/**
 * The request of the form or the address, and its client as it is now. Throws request_expired,
 * client_unknown, redirect_uri_mismatch.
 */
export async function readAsked(core: Core, parameters: Parameters, now: number): Promise<Asked> {
  const sealed = requireParameter(parameters, 'request');
  const request = await unsealRequest(core, sealed, now);
  // As the store has it now: what is agreed to here outlives what is remembered of the client. It
  // may have been changed or disabled, or have lost this address, since the request was sealed.
  const client = await core.loadClient(request.clientId, 'stored');
  if (client === undefined) throw new OAuthError('client_unknown');
  assertRedirectUri(client, request.redirectUri);
  return { sealed, request, client };
}

/** Everything requested, less the optional scopes that were unticked. A form cannot add a scope. */
function tickedScopes(
  request: AuthorizationRequest,
  client: Client,
  shown: Consent | undefined,
  parameters: Parameters,
): readonly string[] {
  const kept = [...parameters.all('scope'), ...(shown?.scopes ?? [])];
  return wantedScopes(request).filter(
    (scope) => !client.optionalScopes.includes(scope) || kept.includes(scope),
  );
}

/**
 * The grant of which the page shows what was agreed before, without a box to untick. Where nothing
 * is new, the client wants all asked anew; a grant that is to be replaced, or started afresh, holds
 * nothing but what is agreed to now.
 */
function consentShown(
  request: AuthorizationRequest,
  consent: Consent | undefined,
): Consent | undefined {
  const action = request.grantAction?.action;
  if (action === 'create' || action === 'replace') return undefined;
  return isCovered(request, consent) ? undefined : consent;
}

async function deny(
  core: Core,
  request: HttpRequest,
  { request: asked, client }: Asked,
  { account }: SignedIn,
  now: number,
): Promise<HttpResponse> {
  // A refusal is an answer too. A person who sees the page again cannot change it.
  const { id, expiresAt } = markerOf(core, asked, now);
  if (!(await core.store.claims.take(id, expiresAt))) throw answeredBefore(asked);
  core.events.emit({ type: 'authorization.denied', clientId: client.id, accountId: account.id });
  const denied = new OAuthError('user_denied', { log: { accountId: account.id } });
  return answeringErrors(core, request, asked, () => Promise.reject(denied));
}

const hasChangedMeanwhile =
  'The description of this application changed while the page was open. Please check it again.';

/**
 * All that the page says of the client, and what is kept of its description when the person agrees.
 */
function descriptionShown(client: Client): string {
  return digest(JSON.stringify([requesterView(client), descriptionOf(client)]));
}

function aboutConsent(request: AuthorizationRequest, { session }: SignedIn): string {
  return `consent ${request.id} ${session.id}`;
}

async function renderConsent(
  core: Core,
  request: HttpRequest,
  asked: Asked & { readonly held: AuthorizationRequest },
  signedIn: SignedIn,
  consent: Consent | undefined,
  error?: string,
  sent?: { readonly parameters: Parameters; readonly offers: Offers },
): Promise<HttpResponse> {
  const browser = markBrowser(core, request);
  const { account } = signedIn;
  const { basePath } = core.options;
  const apis = await core.loadApis();
  const { held } = asked;
  const shown = consentShown(held, consent);
  const { details } = asked.request;
  const naming = await loadNaming(core, details, asked.client, account.id, apis);
  const offers = offersOf(details, naming, apis);
  const carried = {
    ...asked.request,
    shown: descriptionShown(asked.client),
    ...(details?.choices === undefined ? {} : { offers }),
  };
  const view: ConsentView = {
    form: {
      action: `${basePath}/consent`,
      fields: {
        csrf: formMark(core, browser.id, aboutConsent(asked.request, signedIn)),
        request: sealRequest(core, carried),
      },
    },
    client: clientView(core, asked.client, asked.request.redirectUri, consent),
    account: { email: account.email, name: account.name },
    groups: scopeGroups(apis, {
      scopes: wantedScopes(held),
      optionalScopes: asked.client.optionalScopes,
      grantedScopes: shown?.scopes ?? [],
      audiences: held.audiences,
      grantedAudiences: shown?.audiences ?? [],
    }),
    details: detailViews(details, shown, asked.client, apis, naming),
    lifetime: gives(asked.request.responseType, 'code')
      ? lifetimeView(core, asked.client, signOutOf(held, asked.client, shown))
      : undefined,
    switchAccount: `${basePath}/sign-in?request=${asked.sealed}`,
    ...(error !== undefined ? { error } : {}),
  };
  const isSameList = JSON.stringify(sent?.offers) === JSON.stringify(offers);
  const shownView = sent === undefined ? view : withTicks(view, sent.parameters, isSameList);
  return page(core.pages.consent(shownView), {
    cookies: browser.cookies,
    keepsOpener: true,
    formTargets: formTargetsOf(asked.request.redirectUri),
  });
}

/** Whether what is asked for would end as the person signs out here. */
function signOutOf(
  { scopes }: AuthorizationRequest,
  client: Client,
  shown: Consent | undefined,
): LifetimeView['signOut'] {
  const lasting = 'offline_access';
  if (!scopes.includes(lasting)) return 'ends-it';
  const isChoice =
    client.optionalScopes.includes(lasting) && shown?.scopes.includes(lasting) !== true;
  return isChoice ? 'ends-it-if-unticked' : 'changes-nothing';
}
