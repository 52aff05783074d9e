/**
 * The authorization challenge endpoint (OAuth 2.0 for First-Party Applications,
 * draft-ietf-oauth-first-party-apps, §5). An application of the operator shows the sign-in itself.
 * It sends what the user typed, the password and a code of the second factor (`otp`) if the account
 * has one, and gets a code. Everything else is asked in the browser. Not supported: other ways to
 * sign in, and challenges at the token endpoint (§6.2).
 */
import { checkAuthorizationRequest } from '../authorization/check.ts';
import { assertRedirectUri } from '../authorization/client.ts';
import { proveSender } from '../../kernel/sender-constraint/index.ts';
import { tierNameOf, tiers } from '../../kernel/policy/tiers.ts';
import { answerClient } from '../../kernel/clients/call.ts';
import type { Core } from '../../kernel/core.ts';
import { OAuthError } from '../../model/errors.ts';
import type { HttpRequest, HttpResponse } from '../../kernel/http/message.ts';
import type { Parameters } from '../../kernel/http/parameters.ts';
import { errorJson, json } from '../../kernel/http/responses.ts';
import type { Client } from '../../model/entities.ts';
import { emitRefusal } from '../../kernel/errors/refusal-event.ts';
import type { Confirmation } from '../../model/terms.ts';
import { askingOf } from '../../kernel/accounts/end-user-address.ts';
import {
  type AuthSession,
  type KnownDevice,
  sealAuthSession,
  sealKnownDevice,
  sessionSpent,
  thumbprintOf,
  unsealAuthSession,
  unsealKnownDevice,
} from './auth-session.ts';
import { codeFor, FactorMissing, needsWeb, proofOf } from './sign-in.ts';
import type { Step } from './step.ts';
import { toWeb } from './web.ts';

export async function handleChallenge(core: Core, request: HttpRequest): Promise<HttpResponse> {
  assertNoPage(request);
  // §4.1: a client that must authenticate at the token endpoint must do so here.
  return answerClient(core, request, async ({ client, parameters, now }) => {
    assertFirstParty(client);
    const proving = proveSender(core, request, client);
    const { confirmation: shown, remember } = (await proving) ?? {};
    const { remoteAddress } = request;
    const session = await loadOrBegin(core, {
      client,
      parameters,
      shown,
      remember,
      remoteAddress,
      now,
    });
    return answerStep(core, request, { client, parameters, session, remember, now });
  });
}

/**
 * A page of any site could let the browsers of its visitors guess passwords here. An application on
 * a device sends no such header (Fetch Metadata §2).
 */
function assertNoPage({ headers }: HttpRequest): void {
  if (headers['sec-fetch-site'] !== undefined || headers['origin'] !== undefined)
    throw new OAuthError('client_not_permitted', {
      log: { note: 'a page in a browser sent the request' },
    });
}

/**
 * §1.1: never for third parties. Each client is switched on separately, and must be a first-party
 * client.
 */
function assertFirstParty(client: Client): void {
  const tier = tierNameOf(client);
  const isOwn =
    client.trust === 'first-party' && tier !== undefined && tiers[tier].consent === 'skip';
  if (!isOwn || client.settings?.firstPartyChallenge !== true)
    throw new OAuthError('client_not_permitted', { log: { endpoint: 'authorize-challenge' } });
}

interface Shown {
  readonly client: Client;
  readonly parameters: Parameters;
  readonly shown: Confirmation | undefined;
  readonly remember: (() => Promise<void>) | undefined;
  readonly remoteAddress: string;
  readonly now: number;
}

function loadOrBegin(core: Core, step: Shown): AuthSession | Promise<AuthSession> {
  const { client, parameters, shown, now } = step;
  const sealed = parameters.get('auth_session');
  if (sealed === undefined) return begin(core, step);
  const knownDevice = unsealKnownDevice(core, client, sealed, shown, now);
  if (knownDevice !== undefined) return begin(core, step, knownDevice);
  // The request of the first step counts. A later step cannot change it.
  return unsealAuthSession(core, client, sealed, shown, now);
}

/**
 * §4.1: the parameters of the authorization endpoint. The only answer is a code. PKCE is required
 * as there.
 */
async function begin(
  core: Core,
  { client, parameters, shown, remember, remoteAddress, now }: Shown,
  knownDevice?: KnownDevice,
): Promise<AuthSession> {
  const sent = parameters.get('redirect_uri');
  if (sent !== undefined) assertRedirectUri(client, sent);
  const wanted: Parameters = {
    ...parameters,
    get: (name) => parameters.get(name) ?? (name === 'response_type' ? 'code' : undefined),
  };
  // The client authenticated, as for a pushed request, or it is public and has not proved who it
  // is.
  const requester = {
    client,
    redirectUri: sent ?? '',
    redirectUriSent: sent !== undefined,
    isSigned: false,
  };
  const request = await checkAuthorizationRequest(core, wanted, requester, now);
  if (request.responseType !== 'code') throw new OAuthError('response_type_unsupported');
  const thumbprint = thumbprintOf(shown);
  if (needsWeb(core, request)) {
    if (remember !== undefined) await remember();
    throw await toWeb(core, client, wanted, thumbprint, remoteAddress, now);
  }
  // RFC 9449 §10.1, as required by §9.4.1: the code is bound to the key that was proved here.
  const bound = thumbprint === undefined ? request : withKey(request, thumbprint);
  return {
    request: bound,
    ...(thumbprint !== undefined ? { thumbprint } : {}),
    ...(knownDevice !== undefined ? { knownDevice } : {}),
  };
}

function withKey(request: AuthSession['request'], dpopThumbprint: string): AuthSession['request'] {
  return { ...request, terms: { ...request.terms, dpopThumbprint } };
}

/**
 * If what the user typed is refused, the log reports it as a refused sign-in, and the client may
 * continue.
 */
async function answerStep(core: Core, request: HttpRequest, step: Step): Promise<HttpResponse> {
  const known = step.parameters.get('username') ?? step.session.username;
  const password = step.parameters.get('password');
  const further = { ...step.session, ...(known !== undefined ? { username: known } : {}) };
  const goOn = { members: { auth_session: sealAuthSession(core, step.client, further) } };
  const otp = step.parameters.get('otp');
  const isProven = step.session.proven !== undefined && otp !== undefined;
  if (known === undefined || (password === undefined && !isProven))
    throw new OAuthError('challenge_incomplete', {
      description: `${missingOf(known, step.session)} is needed.`,
      ...goOn,
    });
  try {
    if (step.remember !== undefined) await step.remember();
    const asking = askingOf(step.client, request);
    const { account, code } = await codeFor(core, step, {
      username: known,
      password,
      otp,
      asking,
    });
    const { client, session, now } = step;
    // §5.3.1: the client stores it after the code, and sends it with its next request.
    const auth_session = sealKnownDevice(core, client, account, session, now);
    return json({ authorization_code: code, auth_session });
  } catch (error) {
    if (error instanceof FactorMissing) throw factorMissing(core, step, further, error);
    if (!(error instanceof OAuthError)) throw error;
    // §5.2.2: this auth_session has given its code before, or has expired. No further step is
    // possible.
    if (error.reason === 'request_expired') throw sessionSpent(step.client);
    const refusal = new OAuthError(error.reason, { ...error.detail, ...goOn });
    const decision = emitRefusal(core, request, 'sign_in.refused', refusal, {
      clientId: step.client.id,
    });
    return errorJson(refusal, { issuer: core.options.issuer, decision, request });
  }
}

function missingOf(username: string | undefined, { proven }: AuthSession): string {
  if (username === undefined) return 'username';
  return proven === undefined ? 'password' : 'otp';
}

/** The client need not send the password again. */
function factorMissing(
  core: Core,
  { client }: Step,
  session: AuthSession,
  { account }: FactorMissing,
): OAuthError {
  const further = { ...session, proven: proofOf(account) };
  return new OAuthError('challenge_incomplete', {
    description: 'otp is needed.',
    members: { auth_session: sealAuthSession(core, client, further) },
  });
}
