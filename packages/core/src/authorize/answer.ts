/** The answer to a request that the person, or the tier, has agreed to: a code, or for implicit the tokens themselves. */
import { digest } from '@keywright/jwt';
import { openIdClaims } from '../accounts/claims.ts';
import { type Core, lifetimesOf, newId } from '../core.ts';
import { OAuthError } from '../errors.ts';
import type { HttpResponse } from '../http/message.ts';
import type { SignedIn } from '../interaction/session.ts';
import { issueAccessToken } from '../issue/access-token.ts';
import { issueIdToken } from '../issue/id-token.ts';
import { familyIdOf, handleOfCode } from '../issue/refresh-token.ts';
import { type Client, type Grant, idPrefixes } from '../model.ts';
import type { Agreement, Claim, IssueOutcome } from '../ports.ts';
import type { AuthorizationTerms } from '../terms.ts';
import { audiencesLeft, chooseAudience, scopesForAudience } from '../rules/target.ts';
import { isCovered } from './decide.ts';
import type { AuthorizationRequest } from './request.ts';
import { answer } from './respond.ts';

export interface Granted {
  readonly request: AuthorizationRequest;
  readonly client: Client;
  readonly signedIn: SignedIn;
  /** What the answer carries: requested, and agreed. */
  readonly scopes: readonly string[];
  /** The living grant, if there is one. */
  readonly grant: Grant | undefined;
  /** The person answered the consent page; otherwise nobody was asked. */
  readonly asked?: boolean;
  /** Single use of the sealed request, where there is one: of the consent page, or of a sign-in that comes back. */
  readonly claim?: Claim | undefined;
}

export async function answerGranted(core: Core, granted: Granted, now: number): Promise<HttpResponse> {
  const { request, client, signedIn } = granted;
  core.events.emit({
    type: 'authorization.granted',
    clientId: client.id,
    accountId: signedIn.account.id,
    scopes: granted.scopes,
  });
  return request.responseType === 'code' ? answerCode(core, granted, now) : answerTokens(core, granted, now);
}

/** What is to be kept of this answer; undefined when the living grant covers it and the person was not asked. */
function agreementOf(
  core: Core,
  { request, client, signedIn, scopes, grant, claim }: Granted,
): Agreement | undefined {
  if (claim === undefined && isCovered(request, grant)) return undefined;
  return {
    grantId: newId(core, idPrefixes.grant),
    accountId: signedIn.account.id,
    clientId: client.id,
    scopes,
    declinedScopes: request.scopes.filter((scope) => !scopes.includes(scope)),
    audiences: request.audiences,
    ...(request.terms?.authorizationDetails !== undefined
      ? { terms: { authorizationDetails: request.terms.authorizationDetails } }
      : {}),
  };
}

async function answerCode(core: Core, granted: Granted, now: number): Promise<HttpResponse> {
  const { request, client, signedIn, scopes, claim } = granted;
  const audiences = audiencesLeft(request.audiences, request.scopes, scopes, await core.loadApis());
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
        ...termsOf(request, signedIn),
      },
      ...(agreement !== undefined ? { agreement } : {}),
      ...(claim !== undefined ? { claim } : {}),
    },
    now,
  );
  assertFirstAnswer(result.outcome);
  if (result.outcome === 'issued') tellConsent(core, granted, result.grantId);
  return answer(core, request, { code });
}

/** What the request asked for beyond scopes, and how the person signed in. */
function termsOf(
  { terms }: AuthorizationRequest,
  { session }: SignedIn,
): { readonly terms?: AuthorizationTerms } {
  if (terms === undefined && session.terms === undefined) return {};
  return { terms: { ...session.terms, ...terms } };
}

/** RFC 6749 §4.2.2: no refresh token ever; OpenID Connect Core §3.2.2.5. */
async function answerTokens(core: Core, granted: Granted, now: number): Promise<HttpResponse> {
  const { request, client, signedIn, grant, claim } = granted;
  const agreement = agreementOf(core, granted);
  const result = agreement && (await core.store.grants.agree(agreement, claim, now));
  if (result !== undefined) assertFirstAnswer(result.outcome);
  if (result?.outcome === 'issued') tellConsent(core, granted, result.grantId);
  const grantId = result?.outcome === 'issued' ? result.grantId : grant?.id;

  const withAccess = request.responseType !== 'id_token';
  const access = withAccess ? await implicitAccessToken(core, granted, grantId, now) : undefined;
  const idToken =
    request.responseType === 'token'
      ? undefined
      : await implicitIdToken(core, granted, access?.access_token, now);
  core.events.emit({
    type: 'implicit_grant.used',
    clientId: client.id,
    accountId: signedIn.account.id,
    grantId,
    scopes: granted.scopes,
    advice: 'move to the authorization code grant with PKCE',
  });
  return answer(core, request, { ...access, id_token: idToken });
}

async function implicitAccessToken(core: Core, granted: Granted, grantId: string | undefined, now: number) {
  const { request, client, signedIn } = granted;
  const apis = await core.loadApis();
  const audiences = audiencesLeft(request.audiences, request.scopes, granted.scopes, apis);
  const audience = chooseAudience([], audiences, core.options.issuer);
  const scopes = scopesForAudience(granted.scopes, audience, apis);
  const { accessToken, expiresIn } = await issueAccessToken(
    core,
    {
      subject: signedIn.account.id,
      client,
      scopes,
      audience,
      apis,
      authenticatedAt: signedIn.session.authenticatedAt,
      ...(grantId !== undefined ? { origin: grantId } : {}),
    },
    now,
  );
  return { access_token: accessToken, token_type: 'Bearer', expires_in: expiresIn, scope: scopes.join(' ') };
}

function implicitIdToken(
  core: Core,
  granted: Granted,
  accessToken: string | undefined,
  now: number,
): Promise<string> {
  const { request, client, signedIn, scopes } = granted;
  return issueIdToken(
    core,
    {
      accountId: signedIn.account.id,
      client,
      authenticatedAt: signedIn.session.authenticatedAt,
      ...(request.nonce !== undefined ? { nonce: request.nonce } : {}),
      ...(accessToken !== undefined ? { accessToken } : { claims: openIdClaims(signedIn.account, scopes) }),
    },
    now,
  );
}

/** Once it is kept: what a person agreed to, and what they took out of it. */
function tellConsent(
  core: Core,
  { request, client, signedIn, scopes, asked }: Granted,
  grantId: string,
): void {
  if (asked !== true) return;
  core.events.emit({
    type: 'consent.given',
    clientId: client.id,
    accountId: signedIn.account.id,
    grantId,
    scopes,
    declinedScopes: request.scopes.filter((scope) => !scopes.includes(scope)),
  });
}

/** One page, one answer (RFC 9700 §4.7): a form sent twice must not make two codes. */
function assertFirstAnswer(outcome: IssueOutcome['outcome']): void {
  if (outcome === 'answered-before') throw new OAuthError('request_expired');
  // Taken back between our look at the grant and the act: the client may send the person again, and they are asked.
  if (outcome === 'not-agreed') throw new OAuthError('consent_required');
}
