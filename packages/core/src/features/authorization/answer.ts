/**
 * The answer to a request that the user or the tier has agreed to: a code, or for the implicit
 * grant the tokens.
 */
import { digest } from '@keywright/jwt';
import { type Core, lifetimesOf } from '../../kernel/core.ts';
import { audiencesAgreed } from '../../kernel/authorization-details/asked.ts';
import { withDetails } from '../../kernel/authorization-details/covering.ts';
import { assertFits } from '../../kernel/authorization-details/requested.ts';
import { descriptionOf, keepDescription } from '../../kernel/clients/document-agreement.ts';
import { emitConsent } from '../../kernel/consents/given.ts';
import { OAuthError } from '../../model/errors.ts';
import type { HttpResponse } from '../../kernel/http/message.ts';
import { keepTarget } from '../../kernel/pages/logout-targets.ts';
import { isNotifiedOfEnd } from '../../kernel/tokens/sid.ts';
import type { Consent } from '../../model/entities.ts';
import type { Agreement, IssueOutcome } from '../../model/ports.ts';
import { isCovered, wantedScopes } from './decide.ts';
import { frontChannelTokens, type Kept } from './front-channel.ts';
import { type Granted, termsOf } from './granted.ts';
import type { AuthorizationRequest } from './authorization-request.ts';
import { answeredBefore } from './request.ts';
import { answer } from './respond.ts';
import { gives } from '../../kernel/clients/response-type.ts';
import { familyIdOf, handleOfCode, idPrefixes, newId } from '../../model/token-id.ts';

/** `answered.scopes` are all agreed scopes. */
export async function answerGranted(
  core: Core,
  answered: Granted,
  now: number,
): Promise<HttpResponse> {
  const granted = await tellGranted(core, answered, now);
  const { request } = granted;
  const { responseType } = request;
  const kept = await (gives(responseType, 'code') ? keepCode : keepAgreement)(core, granted, now);
  if (responseType === 'code') return answer(core, request, { code: kept.code });
  return answer(core, request, await frontChannelTokens(core, granted, kept, now));
}

/** Only the code, for a client that asked without a browser. */
export async function grantCode(
  core: Core,
  answered: Granted,
  now: number,
): Promise<string | undefined> {
  return (await keepCode(core, await tellGranted(core, answered, now), now)).code;
}

async function tellGranted(core: Core, answered: Granted, now: number): Promise<Granted> {
  const granted = withoutClaimScopes(answered);
  const { client, signedIn } = granted;
  core.events.emit({
    type: 'authorization.granted',
    clientId: client.id,
    accountId: signedIn.account.id,
    scopes: granted.scopes,
  });
  await keepDescription(core, client, now);
  if (isNotifiedOfEnd(core, client) && granted.scopes.includes('openid'))
    await keepTarget(core, client, signedIn);
  return granted;
}

/** Consent to single claims of a scope gives no token this scope (OpenID Connect Core §5.5). */
function withoutClaimScopes(granted: Granted): Granted {
  const { request, scopes } = granted;
  if (request.claimScopes === undefined) return granted;
  return {
    ...granted,
    agreed: scopes,
    scopes: scopes.filter((scope) => request.scopes.includes(scope)),
  };
}

/**
 * The agreement to store with this answer. Undefined if the active grant covers it and the user was
 * not asked. Then the act itself checks that the grant still covers it, because it may be taken
 * back at this moment.
 */
function agreementOf(
  core: Core,
  { request, client, signedIn, scopes, agreed = scopes, details, consent, asked = false }: Granted,
): Agreement | undefined {
  if (!asked && isCovered(request, consent)) return undefined;
  if (details !== undefined) assertFits(staysOf(request, consent), details);
  const described = descriptionOf(client);
  const terms = {
    ...(details && withDetails(undefined, details.granted, details.declined)),
    ...(described === undefined ? {} : { described }),
  };
  return {
    grantId: newId(core, idPrefixes.grant),
    accountId: signedIn.account.id,
    clientId: client.id,
    scopes: agreed,
    declinedScopes: wantedScopes(request).filter((scope) => !agreed.includes(scope)),
    audiences: request.audiences,
    sessionId: signedIn.session.id,
    ...(Object.keys(terms).length > 0 ? { terms } : {}),
    ...(request.grantAction !== undefined ? { action: request.grantAction } : {}),
  };
}

/** A consent that is replaced or started again does not stay. */
function staysOf(
  { grantAction }: AuthorizationRequest,
  consent: Consent | undefined,
): Consent | undefined {
  return grantAction === undefined || grantAction.action === 'merge' ? consent : undefined;
}

async function keepCode(core: Core, granted: Granted, now: number): Promise<Kept> {
  const { request, client, signedIn, scopes, details, consent, marker } = granted;
  const audiences = audiencesAgreed(request, scopes, details, await core.loadApis());
  const code = core.newSecret();
  const agreement = agreementOf(core, granted);
  const result = await core.store.codes.issue(
    {
      code: {
        digest: digest(code),
        familyId: familyIdOf(handleOfCode(code)),
        accountId: signedIn.account.id,
        clientId: client.id,
        redirectUri: request.redirectUri,
        redirectUriSent: request.redirectUriSent,
        codeChallenge: request.codeChallenge ?? '',
        scopes,
        audiences,
        authenticatedAt: signedIn.session.authenticatedAt,
        sessionId: signedIn.session.id,
        expiresAt: now + lifetimesOf(core, client).codeSeconds,
        ...(request.nonce !== undefined ? { nonce: request.nonce } : {}),
        ...termsOf(core, granted),
      },
      ...(agreement !== undefined ? { agreement } : {}),
      ...(consent !== undefined ? { seen: consent } : {}),
      ...(marker !== undefined ? { marker } : {}),
    },
    now,
  );
  const grantId = grantIdOf(result, request);
  tellConsent(core, granted, grantId);
  return { code, grantId };
}

/** Without a code, only the agreement is stored, if it is new. */
async function keepAgreement(core: Core, granted: Granted, now: number): Promise<Kept> {
  const agreement = agreementOf(core, granted);
  if (agreement === undefined) return answerOnce(core, granted);
  const result = await core.store.grants.agree(agreement, granted.marker, now);
  const grantId = grantIdOf(result, granted.request);
  tellConsent(core, granted, grantId);
  return { grantId };
}

/** Stores only that the request was answered. */
async function answerOnce({ store }: Core, { request, consent, marker }: Granted): Promise<Kept> {
  if (marker !== undefined && !(await store.claims.take(marker.id, marker.expiresAt)))
    throw answeredBefore(request);
  return { grantId: consent?.id };
}

/** Called after it is stored: what the user agreed to, and what the user declined. */
function tellConsent(
  core: Core,
  { request, client, signedIn, scopes, agreed = scopes, details, asked }: Granted,
  grantId: string,
): void {
  if (asked !== true) return;
  const declinedScopes = wantedScopes(request).filter((scope) => !agreed.includes(scope));
  const consent = {
    clientId: client.id,
    accountId: signedIn.account.id,
    scopes: agreed,
    declinedScopes,
  };
  emitConsent(core, consent, grantId, details, { grantAction: request.grantAction?.action });
}

/**
 * RFC 9700 §4.7: one page has one answer, so a form that is sent twice must not make two codes.
 */
function grantIdOf(result: IssueOutcome, request: AuthorizationRequest): string {
  if (result.outcome === 'issued') return result.grantId;
  // The grant was taken back between the read and the act. The client may start again, and the user
  // is asked.
  throw result.outcome === 'answered-before'
    ? answeredBefore(request)
    : new OAuthError('consent_required');
}
