/**
 * Sign-in with a passkey and without a name (Web Authentication §7.2). The authenticator has
 * verified its user, so it is two factors at once, and no second question follows. Every passkey
 * that is not accepted has the same answer: an unknown one, one of a disabled account, one with a
 * wrong signature.
 */
import { digest } from '@keywright/jwt';
import {
  completeSignIn,
  nextOf,
  onwardFrom,
  readPending,
  renderSignIn,
} from '../authorization/sign-in.ts';
import type { Core } from '../../kernel/core.ts';
import { OAuthError } from '../../model/errors.ts';
import { readCookie } from '../../kernel/http/cookies.ts';
import type { HttpRequest, HttpResponse } from '../../kernel/http/message.ts';
import { type Parameters, parseForm } from '../../kernel/http/parameters.ts';
import type { Account } from '../../model/entities.ts';
import type { Passkey, PasskeyUse, PasskeyVerifier } from '../../model/passkey-ports.ts';
import type { ReplayMarker } from '../../model/ports.ts';
import { emitRefusal } from '../../kernel/errors/refusal-event.ts';
import { networkOf } from '../../rules/network.ts';
import { readChallenge } from '../../kernel/passkeys/challenge.ts';
import { passkeyField } from '../../kernel/passkeys/request.ts';
import { assertOwnForm } from '../../kernel/pages/own-form.ts';
import { passwordAlone } from '../../kernel/accounts/acr.ts';
import { tellOfNewBrowser } from '../../kernel/accounts/new-browser.ts';
import { seenFrom } from '../../kernel/accounts/seen-from.ts';
import { loadSession, newSession, type SignedIn } from '../../kernel/pages/session.ts';
import { inAdditionField } from '../../kernel/pages/step-up.ts';
import { expectationOf } from './expectation.ts';
import { parsePasskeyResponse, type PasskeyResponse } from './response.ts';

/**
 * Verified instead of an unknown passkey, so that the answer takes the same time. Never accepted.
 */
const decoy = {
  id: 'decoy',
  publicKey:
    'pQECAyYgASFYINcUjzbXq8qwb-k1q80tUsrR0jMbDC7r2OMYXA7MWHZqIlggYrgs3HRpSNPP33RI35a64zKQtsRsMnvsap8Ip4iGVXk',
};

export async function handlePasskeySignIn(
  core: Core,
  request: HttpRequest,
  verifier: PasskeyVerifier,
): Promise<HttpResponse> {
  const parameters = parseForm(request);
  const pending = await readPending(core, parameters);
  assertOwnForm(core, request, parameters, 'sign-in');
  const now = core.clock.nowSeconds();
  try {
    const proven = await prove(core, request, verifier, parameters, now);
    const isInAddition = parameters.get(inAdditionField) === 'yes';
    const former = isInAddition ? await loadSession(core, request, now) : undefined;
    const cookie = await startSession(core, request, proven, former, now);
    const onward = onwardFrom(core, parameters, pending);
    return completeSignIn(core, request, proven.account, cookie, onward);
  } catch (error) {
    if (!(error instanceof OAuthError)) throw error;
    const decision = emitRefusal(core, request, 'sign_in.refused', error, {
      clientId: pending?.request.clientId,
    });
    return renderSignIn(core, request, pending, { error, decision, ...nextOf(parameters) });
  }
}

interface Proven {
  readonly passkey: Passkey;
  readonly account: Account;
  readonly use: PasskeyUse;
  readonly challenge: ReplayMarker;
}

/** Throws passkey_refused, passkey_expired. Changes nothing. */
async function prove(
  core: Core,
  request: HttpRequest,
  verifier: PasskeyVerifier,
  parameters: Parameters,
  now: number,
): Promise<Proven> {
  const response = parsePasskeyResponse(parameters.get(passkeyField));
  if (response === undefined) throw refused('malformed');
  const browserId = readCookie(request, 'browser', core.options) ?? '';
  const challenge = readChallenge(core, `sign-in ${browserId}`, response.challenge, now);
  if (challenge === 'expired') throw new OAuthError('passkey_expired');
  if (challenge === 'foreign') throw refused('challenge');
  const found = await core.store.passkeys.load(response.id);
  const use = await verifier.verifyAssertion(
    response.json,
    found?.passkey ?? decoy,
    expectationOf(core, response.challenge),
  );
  if (found === undefined) throw refused('unknown');
  if (use === undefined) throw refused('signature');
  if (!isOf(response, found.account)) throw refused('user handle');
  return { ...found, use, challenge };
}

/** §7.2 step 6: the user was not identified before, so the authenticator must say who it is. */
function isOf({ userHandle }: PasskeyResponse, { id }: Account): boolean {
  return userHandle !== undefined && Buffer.from(userHandle, 'base64url').toString('utf8') === id;
}

/**
 * RFC 8176 §2: `hwk` for a key that never leaves its authenticator, `swk` for one that may be
 * copied to other devices of the user. `user`: the user was present. `mfa`: the authenticator is
 * one factor, and what it verified its user by is the other.
 */
export function methodsOf({ isSyncable }: Pick<Passkey, 'isSyncable'>): readonly string[] {
  return [isSyncable ? 'swk' : 'hwk', 'user', 'mfa'];
}

/**
 * Of a passkey that was asked for in addition to what the session has proven, also the methods of
 * that session.
 */
function allMethodsOf({ passkey, account }: Proven, former: SignedIn | undefined) {
  const methods = methodsOf(passkey);
  if (former?.account.id !== account.id) return methods;
  return [...new Set([...(former.session.terms?.amr ?? passwordAlone), ...methods])];
}

/** The cookie of the new session. Throws passkey_refused, passkey_expired. */
async function startSession(
  core: Core,
  request: HttpRequest,
  proven: Proven,
  inAdditionTo: SignedIn | undefined,
  now: number,
): Promise<string> {
  const { passkey, account, use, challenge } = proven;
  const { session, cookie } = newSession(
    core,
    seenFrom(request),
    account,
    allMethodsOf(proven, inAdditionTo),
    now,
  );
  const former = readCookie(request, 'session', core.options);
  const outcome = await core.store.passkeys.signIn(
    {
      id: passkey.id,
      challenge,
      ...use,
      session,
      formerDigest: former === undefined ? undefined : digest(former),
      mail: await tellOfNewBrowser(core, request, account, now),
    },
    now,
  );
  if (outcome === 'started') return cookie;
  if (outcome === 'spent') throw new OAuthError('passkey_expired', { log: { note: 'replayed' } });
  if (outcome === 'counter') tellOfCopy(core, request, passkey);
  throw refused(outcome);
}

/** §7.2 step 22: two authenticators may have the same key. */
function tellOfCopy(core: Core, request: HttpRequest, { id, accountId }: Passkey): void {
  const network = networkOf(request.remoteAddress);
  core.events.emit({ type: 'passkey.copied', accountId, passkeyId: id, network });
}

function refused(note: string): OAuthError {
  return new OAuthError('passkey_refused', { log: { note } });
}
