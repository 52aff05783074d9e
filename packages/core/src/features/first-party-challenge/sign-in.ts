/**
 * The sign-in of the challenge endpoint: the same check of the password, with the same limits and
 * events, as on the page.
 */
import { digest, equalDigests } from '@keywright/jwt';
import { grantCode } from '../authorization/answer.ts';
import { meetsAcr, passwordAlone } from '../../kernel/accounts/acr.ts';
import { scopesWithoutAsking, wantedScopes } from '../authorization/decide.ts';
import { narrowRequest } from '../authorization/held.ts';
import { isMeant } from '../authorization/person.ts';
import type { AuthorizationRequest } from '../authorization/authorization-request.ts';
import type { Core } from '../../kernel/core.ts';
import { detailsWithoutAsking } from '../../kernel/authorization-details/requested.ts';
import { OAuthError } from '../../model/errors.ts';
import type { Asking } from '../../kernel/accounts/end-user-address.ts';
import { checkSecondFactor, passwordAndCode } from '../../kernel/accounts/second-factor.ts';
import { lacksTwoFactors } from '../../kernel/accounts/factor-demand.ts';
import { lacksTerms } from '../../kernel/accounts/terms-demand.ts';
import { checkPassword } from '../../kernel/accounts/password-check.ts';
import { startSessionOf } from '../../kernel/pages/session.ts';
import { networkOf } from '../../rules/network.ts';
import type { Account } from '../../model/entities.ts';
import { type AuthSession, authSessionSeconds } from './auth-session.ts';
import type { Step } from './step.ts';

export interface Typed {
  readonly username: string;
  /** Not needed again if it was right in an earlier step. */
  readonly password: string | undefined;
  /** A code of the second factor. */
  readonly otp: string | undefined;
  readonly asking: Asking;
}

/**
 * §5.2.2.1: questions that the user must answer, and changes of a consent, need the pages of this
 * server.
 */
export function needsWeb(
  core: Core,
  { prompt, grantAction, acr, details }: AuthorizationRequest,
): boolean {
  if (prompt.includes('consent') || prompt.includes('select_account') || grantAction !== undefined)
    return true;
  if (details?.everyTime !== undefined || details?.choices !== undefined) return true;
  return acr?.essential === true && !meetsAcr(core, acr, {});
}

/**
 * Throws challenge_wrong, challenge_to_web, throttled, overloaded, and login_required if the client
 * means another user.
 */
export async function codeFor(
  core: Core,
  { client, session, now }: Step,
  typed: Typed,
): Promise<{ readonly account: Account; readonly code: string | undefined }> {
  // The code contains nothing that the client has lost between the steps.
  const request = narrowRequest(core, session.request, client, await core.loadApis());
  const { asking } = typed;
  const account = await checkTyped(core, session, typed, now);
  const methods = await checkFactor(core, session, account, typed, now);
  // The account has no second factor, and adds one in the browser.
  const proven = { accountId: account.id, terms: { amr: methods } };
  if (await lacksTwoFactors(core, client, wantedScopes(request), proven))
    throw new OAuthError('challenge_to_web');
  // The terms are accepted in the browser, too.
  if (lacksTerms(core, account, now)) throw new OAuthError('challenge_to_web');
  if (!isMeant(core, request, client, account)) throw new OAuthError('login_required');
  const network = networkOf(asking.address);
  // No browser takes part.
  const from = { network, userAgent: '' };
  const started = await startSessionOf(core, from, account, methods, now);
  if (started === undefined) throw new OAuthError('challenge_wrong');
  const signedIn = { account, session: started };
  core.events.emit({
    type: 'sign_in.succeeded',
    accountId: account.id,
    clientId: client.id,
    network,
  });
  const consent = await core.store.grants.load(account.id, client.id);
  const scopes = scopesWithoutAsking(request, client, consent);
  const details = detailsWithoutAsking(request.details, client, consent);
  // One sign-in gives one code: the same auth_session does not give a second one.
  const marker = { id: request.id, expiresAt: now + authSessionSeconds };
  const code = await grantCode(
    core,
    { request, client, signedIn, scopes, details, consent, marker },
    now,
  );
  return { account, code };
}

/** Checks the password, or its proof in the session. Throws challenge_wrong, throttled. */
async function checkTyped(
  core: Core,
  session: AuthSession,
  { username, password, asking }: Typed,
  now: number,
): Promise<Account> {
  const email = username.trim();
  if (password === undefined) return loadProven(core, session, email);
  const knownBrowser = markFor(core, session, email);
  const known = knownBrowser === undefined ? {} : { knownBrowser };
  const account = await checkPassword(core, { email, password, asking, ...known }, now);
  if (account === undefined) throw new OAuthError('challenge_wrong');
  return account;
}

async function loadProven(core: Core, { proven }: AuthSession, email: string): Promise<Account> {
  const account = await core.store.accounts.loadByEmailKey(core.accounts.emailKey(email));
  const isProven =
    account?.status === 'active' && proven !== undefined && equalDigests(proven, proofOf(account));
  if (!isProven) throw new OAuthError('challenge_wrong');
  return account;
}

/** It belongs to one account, and is void when the password changes. */
export function proofOf({ id, passwordHash }: Account): string {
  return digest(`password of ${id} ${passwordHash}`);
}

/** §5.2.2: the account has a second factor, and its code is missing. */
export class FactorMissing extends Error {
  readonly account: Account;
  constructor(account: Account) {
    super('a second factor is missing');
    this.account = account;
  }
}

/** The methods of the sign-in. Throws FactorMissing, challenge_code_wrong, throttled. */
async function checkFactor(
  core: Core,
  session: AuthSession,
  account: Account,
  { otp, asking }: Typed,
  now: number,
): Promise<readonly string[]> {
  const factor = await core.store.secondFactors.load(account.id);
  if (factor === undefined) return passwordAlone;
  if (otp === undefined) throw new FactorMissing(account);
  const knownBrowser = markFor(core, session, account.email);
  const { address: remoteAddress } = asking;
  const attempt = { account, factor, code: otp, remoteAddress, knownBrowser };
  try {
    await checkSecondFactor(core, attempt, now);
  } catch (error) {
    const isWrong = error instanceof OAuthError && error.reason === 'second_factor_wrong';
    throw isWrong ? new OAuthError('challenge_code_wrong', error.detail) : error;
  }
  return passwordAndCode;
}

/** The mark of the device, if the same account has signed in on it before. */
function markFor(core: Core, { knownDevice }: AuthSession, email: string): string | undefined {
  if (knownDevice === undefined) return undefined;
  return equalDigests(knownDevice.account, digest(core.accounts.emailKey(email)))
    ? knownDevice.mark
    : undefined;
}
