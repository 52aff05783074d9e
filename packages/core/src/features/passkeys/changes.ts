/** A user adds, renames and removes passkeys (Web Authentication §7.1). */
import type { Core } from '../../kernel/core.ts';
import { OAuthError } from '../../model/errors.ts';
import { emitRefusal } from '../../kernel/errors/refusal-event.ts';
import { readCookie } from '../../kernel/http/cookies.ts';
import type { HttpRequest, HttpResponse } from '../../kernel/http/message.ts';
import { type Parameters, parseForm, requireParameter } from '../../kernel/http/parameters.ts';
import { redirect } from '../../kernel/http/responses.ts';
import { makeMail } from '../../kernel/mail/mail.ts';
import { signInAddress } from '../../kernel/pages/continuation.ts';
import { onwardOf } from '../../kernel/pages/onward.ts';
import { assertOwnForm } from '../../kernel/pages/own-form.ts';
import {
  owesPasskey,
  redirectToSecurity,
  redirectToStepUp,
  type SecurityNotice,
  securityPath,
} from '../../kernel/pages/security.ts';
import { loadSession, type SignedIn } from '../../kernel/pages/session.ts';
import { readChallenge } from '../../kernel/passkeys/challenge.ts';
import { passkeyField } from '../../kernel/passkeys/request.ts';
import type { AddPasskeyOutcome, Passkey, PasskeyVerifier } from '../../model/passkey-ports.ts';
import type { ReplayMarker } from '../../model/ports.ts';
import { refuseDisplayText } from '../../rules/display-text.ts';
import { networkOf } from '../../rules/network.ts';
import { nameFor } from './authenticators.ts';
import { expectationOf } from './expectation.ts';
import { parsePasskeyResponse } from './response.ts';
import { aboutPasskeys, mostPasskeys } from './section.ts';

/** One change on the security page: what it did, for the notice. Throws OAuthError. */
type Change = (
  core: Core,
  request: HttpRequest,
  signedIn: SignedIn,
  parameters: Parameters,
  now: number,
) => Promise<SecurityNotice>;

/** The answer to a form: its page again, with what was done or refused. */
function answering(change: Change) {
  return async (core: Core, request: HttpRequest): Promise<HttpResponse> => {
    const parameters = parseForm(request);
    const now = core.clock.nowSeconds();
    const signedIn = await loadSession(core, request, now);
    if (signedIn === undefined) return redirect(signInAddress(core, securityPath));
    assertOwnForm(core, request, parameters, aboutPasskeys(signedIn));
    const { account } = signedIn;
    const onward = onwardOf(parameters);
    // The page that asked for a second factor asks for the new passkey next.
    const answer = (notice: SecurityNotice) =>
      onward.request === undefined && onward.next === undefined
        ? redirectToSecurity(core, account, notice)
        : redirectToStepUp(core, account, notice, onward);
    try {
      return answer(await change(core, request, signedIn, parameters, now));
    } catch (error) {
      if (!(error instanceof OAuthError)) throw error;
      const decision = emitRefusal(core, request, 'passkey_change.refused', error, {
        accountId: account.id,
      });
      return answer({ error: error.message, decision });
    }
  };
}

export const handleAdd = (verifier: PasskeyVerifier) =>
  answering(async (core, request, signedIn, parameters, now) => {
    const { passkey, challenge } = await prove(core, request, signedIn, verifier, parameters, now);
    const { account } = signedIn;
    const network = networkOf(request.remoteAddress);
    const content = { kind: 'passkey_added', passkey: passkey.name, network } as const;
    const mail = makeMail(core, account, content, now);
    const outcome = await core.store.passkeys.add(
      { passkey, challenge, most: mostPasskeys, mail },
      now,
    );
    if (outcome !== 'added') throw refusalOf(outcome);
    const { id: passkeyId, aaguid, name } = passkey;
    const event = { accountId: account.id, passkeyId, aaguid, network };
    core.events.emit({ type: 'passkey.added', ...event });
    return { passkeyAdded: name };
  });

function refusalOf(outcome: Exclude<AddPasskeyOutcome, 'added'>): OAuthError {
  if (outcome === 'spent') return new OAuthError('passkey_expired', { log: { note: 'replayed' } });
  if (outcome === 'full') return new OAuthError('passkeys_full');
  return new OAuthError('passkey_unfit', { log: { note: outcome } });
}

/**
 * Throws passkey_unfit, passkey_expired, also if the owner has added a passkey since this session
 * got the challenge, and two factors are demanded. The challenge was only given to a fresh sign-in,
 * so the sign-in is not older than the challenge lives after that.
 */
async function prove(
  core: Core,
  request: HttpRequest,
  { account, session }: SignedIn,
  verifier: PasskeyVerifier,
  parameters: Parameters,
  now: number,
): Promise<{ readonly passkey: Passkey; readonly challenge: ReplayMarker }> {
  const response = parsePasskeyResponse(parameters.get(passkeyField));
  if (response === undefined) throw unfit('malformed');
  const browserId = readCookie(request, 'browser', core.options) ?? '';
  const scope = `registration ${browserId} ${session.id}` as const;
  const challenge = readChallenge(core, scope, response.challenge, now);
  if (challenge === 'expired') throw new OAuthError('passkey_expired');
  if (challenge === 'foreign') throw unfit('challenge');
  if (await owesPasskey(core, { account, session })) throw new OAuthError('passkey_expired');
  const registered = await verifier.verifyRegistration(
    response.json,
    expectationOf(core, response.challenge),
  );
  if (registered === undefined || registered.id !== response.id) throw unfit('not verified');
  const others = await core.store.passkeys.list(account.id);
  const names = others.map(({ name }) => name);
  const passkey: Passkey = {
    ...registered,
    accountId: account.id,
    transports: response.transports,
    name: nameFor(registered, names, core.options.passkeys.names),
    createdAt: now,
  };
  return { passkey, challenge };
}

function unfit(note: string): OAuthError {
  return new OAuthError('passkey_unfit', { log: { note } });
}

export const handleRename = answering(async (core, _request, { account }, parameters) => {
  const passkeyId = requireParameter(parameters, 'id');
  const name = (parameters.get('name') ?? '').trim();
  const problem = refuseDisplayText(name);
  if (problem !== undefined)
    throw new OAuthError('parameter_malformed', { description: `The name ${problem}.` });
  // The passkey belongs to another account, or was removed meanwhile. Nothing can be renamed, and
  // no event is emitted.
  if (!(await core.store.passkeys.rename(passkeyId, account.id, name))) return {};
  core.events.emit({ type: 'passkey.renamed', accountId: account.id, passkeyId });
  return { passkeyRenamed: name };
});
