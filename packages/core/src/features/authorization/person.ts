/**
 * Checks whether the signed-in user is the one that the client means, and has signed in as the
 * client requires.
 */
import { subjectOf } from '../../kernel/accounts/subject.ts';
import type { Core } from '../../kernel/core.ts';
import { OAuthError } from '../../model/errors.ts';
import type { SignedIn } from '../../kernel/pages/session.ts';
import type { Account, Client } from '../../model/entities.ts';
import { canStepUp, meetsAcr } from '../../kernel/accounts/acr.ts';
import { isFresh, needsSignIn } from './decide.ts';
import type { AuthorizationRequest } from './authorization-request.ts';

/** Whether this sign-in is not sufficient: because of its age, its user or its strength. */
export function mustSignIn(
  core: Core,
  request: AuthorizationRequest,
  client: Client,
  signedIn: SignedIn,
  now: number,
): boolean {
  if (needsSignIn(request, signedIn.session, now)) return true;
  if (!isMeant(core, request, client, signedIn.account)) return true;
  if (meetsAcr(core, request.acr, signedIn.session)) return false;
  // A strength that is not essential is tried once (OpenID Connect Core §3.1.2.1, acr_values).
  return request.acr?.essential === true
    ? true
    : canStepUp(core, request.acr) && !isFresh(request, signedIn.session);
}

/**
 * The user signed in for this request, and still does not meet it. Another sign-in would not help,
 * so the client gets an error.
 */
export function assertSignInHelps(
  core: Core,
  request: AuthorizationRequest,
  client: Client,
  { account, session }: SignedIn,
): void {
  if (!isFresh(request, session)) return;
  // OpenID Connect Core §3.1.2.2: never an answer for another user than the named one.
  if (!isMeant(core, request, client, account))
    throw new OAuthError('login_required', { description: 'Another user signed in.' });
  if (request.acr?.essential === true && !meetsAcr(core, request.acr, session))
    throw new OAuthError('authentication_unmet');
}

export function isMeant(
  core: Core,
  { subject }: AuthorizationRequest,
  client: Client,
  account: Account,
): boolean {
  return subject === undefined || subjectOf(core, client, account.id) === subject;
}
