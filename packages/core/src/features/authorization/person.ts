/**
 * Whether the person who is signed in is the one whom the client means, and signed in as the client
 * asks and the operator demands.
 */
import { subjectOf } from '../../kernel/accounts/subject.ts';
import type { Core } from '../../kernel/core.ts';
import { OAuthError } from '../../model/errors.ts';
import type { SignedIn } from '../../kernel/pages/session.ts';
import type { Account, Client } from '../../model/entities.ts';
import { type AcrWish, strongerAcrs } from '../../model/terms.ts';
import { meetsAcr } from '../../kernel/accounts/acr.ts';
import { lacksTwoFactors, loadWaysIn, type WaysIn } from '../../kernel/accounts/factor-demand.ts';
import { lacksTerms } from '../../kernel/accounts/terms-demand.ts';
import { isFresh, needsSignIn, wantedScopes } from './decide.ts';
import type { AuthorizationRequest } from './authorization-request.ts';

/**
 * What has to come before the answer. `sign-in`: a new sign-in. `step-up`: a passkey, in addition
 * to the sign-in that there is. `enrolment`: the account has to get a second factor. `unmet`:
 * nothing that this account can sign in with is enough. `terms`: the user has to accept the terms,
 * and everything else is there.
 */
export type Missing = 'sign-in' | 'step-up' | 'enrolment' | 'unmet' | 'terms';

/** Undefined if this sign-in will do: by its age, person and strength, and by accepted terms. */
export async function findMissing(
  core: Core,
  request: AuthorizationRequest,
  client: Client,
  signedIn: SignedIn,
  now: number,
): Promise<Missing | undefined> {
  const missing = await findWeakness(core, request, client, signedIn, now);
  return missing ?? (lacksTerms(core, signedIn.account, now) ? 'terms' : undefined);
}

async function findWeakness(
  core: Core,
  request: AuthorizationRequest,
  client: Client,
  signedIn: SignedIn,
  now: number,
): Promise<Missing | undefined> {
  const { account, session } = signedIn;
  if (needsSignIn(request, session, now)) return 'sign-in';
  if (!isMeant(core, request, client, account)) return 'sign-in';
  const isTooWeak = await lacksTwoFactors(core, client, wantedScopes(request), session);
  const isWished = !meetsAcr(core, request.acr, session);
  if (!isTooWeak && !isWished) return undefined;
  const ways = await loadWaysIn(core, account);
  const demanded = isTooWeak ? secondFactorOf(ways) : undefined;
  if (!isWished) return demanded;
  const help = helpFor(core, request.acr, ways, demanded);
  // Somebody who signed in for this request would not meet it after another sign-in.
  const isTried = isFresh(request, session);
  if (request.acr?.essential === true)
    return help === undefined || (isTried && help === 'sign-in') ? 'unmet' : help;
  // A wish that is not essential is tried for once, and only if the account can meet it (OpenID
  // Connect Core §3.1.2.1, acr_values).
  return isTried ? demanded : (help ?? demanded);
}

/** How the account gets two factors. One with an app was asked for its code at the sign-in. */
function secondFactorOf({ hasApp, hasPasskey }: WaysIn): Missing {
  if (hasPasskey) return 'step-up';
  return hasApp ? 'sign-in' : 'enrolment';
}

/** How the account reaches the first of the wished strengths that it can. */
function helpFor(
  { options }: Core,
  wish: AcrWish | undefined,
  ways: WaysIn,
  demanded: Missing | undefined,
): Missing | undefined {
  const [twoFactor, phishingResistant] = strongerAcrs;
  const isEnrolled = ways.hasApp || ways.hasPasskey;
  const help: Readonly<Record<string, Missing | undefined>> = {
    [options.passwordAcr]: ways.hasPassword ? 'sign-in' : undefined,
    [twoFactor]: isEnrolled ? secondFactorOf(ways) : demanded,
    [phishingResistant]: ways.hasPasskey ? 'step-up' : undefined,
  };
  for (const value of wish?.values ?? [])
    if (Object.hasOwn(help, value) && help[value] !== undefined) return help[value];
  return undefined;
}

/**
 * OpenID Connect Core §3.1.2.2: never an answer for another person than the one who was named. A
 * person who signed in for this request would be the wrong one again. Throws login_required.
 */
export function assertMeant(
  core: Core,
  request: AuthorizationRequest,
  client: Client,
  { account, session }: SignedIn,
): void {
  if (isFresh(request, session) && !isMeant(core, request, client, account))
    throw new OAuthError('login_required', { description: 'Another user signed in.' });
}

export function isMeant(
  core: Core,
  { subject }: AuthorizationRequest,
  client: Client,
  account: Account,
): boolean {
  return subject === undefined || subjectOf(core, client, account.id) === subject;
}
