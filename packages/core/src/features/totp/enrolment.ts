/**
 * A user adds an authenticator app: the page shows a new secret, and a code of the app shows that
 * it has the secret. The secret is carried by the form, sealed for this session, and stored only
 * then.
 */
import { digest } from '@keywright/jwt';
import type { Core } from '../../kernel/core.ts';
import { OAuthError } from '../../model/errors.ts';
import {
  digestOfRecoveryCode,
  newRecoveryCodes,
  secretPurpose,
} from '../../kernel/accounts/second-factor.ts';
import { seenFrom } from '../../kernel/accounts/seen-from.ts';
import { emitRefusal } from '../../kernel/errors/refusal-event.ts';
import { readCookie } from '../../kernel/http/cookies.ts';
import type { HttpRequest, HttpResponse } from '../../kernel/http/message.ts';
import {
  assertNotRepeated,
  type Parameters,
  parseForm,
  parseParameters,
} from '../../kernel/http/parameters.ts';
import { page, redirect } from '../../kernel/http/responses.ts';
import { makeMail } from '../../kernel/mail/mail.ts';
import { signInAddress } from '../../kernel/pages/continuation.ts';
import { assertOwnForm, formMark, markBrowser } from '../../kernel/pages/own-form.ts';
import { isFresh, securityPath } from '../../kernel/pages/security.ts';
import { loadSession, newSession, type SignedIn } from '../../kernel/pages/session.ts';
import { sealValue, unsealValue } from '../../kernel/sealing/sealed.ts';
import type { OneTimePasswords } from '../../model/second-factor-ports.ts';
import { networkOf } from '../../rules/network.ts';
import { renderRecoveryCodes } from './recovery-codes.ts';
import { paths } from './section.ts';

const purpose = 'totp-enrolment';
const enrolmentSeconds = 1800;
/** RFC 4226 §4 R6: 160 bits. */
const secretBytes = 20;

interface Offer {
  /** In base64url. */
  readonly secret: string;
  readonly sessionId: string;
  readonly until: number;
}

export const showEnrolment =
  (passwords: OneTimePasswords) =>
  async (core: Core, request: HttpRequest): Promise<HttpResponse> => {
    assertNotRepeated(parseParameters(request.query));
    const now = core.clock.nowSeconds();
    const signedIn = await loadSession(core, request, now);
    if (signedIn === undefined || !isFresh(signedIn, now))
      return redirect(signInAddress(core, paths.add));
    if ((await core.store.secondFactors.load(signedIn.account.id)) !== undefined)
      return redirect(core.options.basePath + securityPath);
    return renderEnrolment(core, request, passwords, signedIn, {
      secret: Buffer.from(core.random.bytes(secretBytes)).toString('base64url'),
      sessionId: signedIn.session.id,
      until: now + enrolmentSeconds,
    });
  };

export const handleEnrolment =
  (passwords: OneTimePasswords) =>
  async (core: Core, request: HttpRequest): Promise<HttpResponse> => {
    const parameters = parseForm(request);
    const now = core.clock.nowSeconds();
    const signedIn = await loadSession(core, request, now);
    if (signedIn === undefined) return redirect(signInAddress(core, paths.add));
    assertOwnForm(core, request, parameters, about(signedIn));
    const offer = readOffer(core, signedIn, parameters, now);
    if (offer === undefined) return redirect(core.options.basePath + paths.add);
    try {
      return await enrol(core, request, passwords, signedIn, offer, parameters, now);
    } catch (error) {
      if (!(error instanceof OAuthError)) throw error;
      const { id: accountId } = signedIn.account;
      const refused = 'second_factor_change.refused';
      const decision = emitRefusal(core, request, refused, error, { accountId });
      return renderEnrolment(core, request, passwords, signedIn, offer, { error, decision });
    }
  };

function about({ session }: SignedIn): string {
  return `add totp ${session.id}`;
}

/** The offer was only made to a fresh sign-in. Undefined if it is another session's, or too old. */
function readOffer(
  core: Core,
  { session, account }: SignedIn,
  parameters: Parameters,
  now: number,
): Offer | undefined {
  const sealed = parameters.get('offer');
  const offer = unsealValue(core, purpose, sealed, account.id) as Offer | undefined;
  return offer?.sessionId === session.id && offer.until > now ? offer : undefined;
}

/** Throws second_factor_wrong, second_factor_expired. */
async function enrol(
  core: Core,
  request: HttpRequest,
  passwords: OneTimePasswords,
  signedIn: SignedIn,
  offer: Offer,
  parameters: Parameters,
  now: number,
): Promise<HttpResponse> {
  const { account } = signedIn;
  const secret = Buffer.from(offer.secret, 'base64url');
  const code = (parameters.get('totp') ?? '').replaceAll(/\s/g, '');
  const step = await passwords.findStep(secret, code, now);
  if (step === undefined) throw new OAuthError('second_factor_wrong');
  const codes = newRecoveryCodes(core);
  const network = networkOf(request.remoteAddress);
  const content = { kind: 'second_factor', change: 'added', by: 'user', network } as const;
  const { session, cookie } = renewed(core, request, signedIn, now);
  const isAdded = await core.store.secondFactors.enrol(
    {
      factor: {
        accountId: account.id,
        sealedSecret: core.vault.seal(secretPurpose, secret, account.id),
        lastStep: step,
        createdAt: now,
      },
      recoveryCodes: codes.map((one) => digestOfRecoveryCode(account.id, one)),
      renewed: {
        session,
        formerDigest: digest(readCookie(request, 'session', core.options) ?? ''),
      },
      mail: makeMail(core, account, content, now),
    },
    now,
  );
  if (!isAdded) throw new OAuthError('second_factor_expired', { log: { accountId: account.id } });
  core.events.emit({ type: 'account.second_factor_added', accountId: account.id, network });
  return renderRecoveryCodes(core, account, codes, { isNew: true, cookies: [cookie] });
}

/**
 * ASVS 7.2.4: the sign-in goes on with another secret. It is as old as it was, and the code counts
 * as the other factor.
 */
function renewed(
  core: Core,
  request: HttpRequest,
  { session: former, account }: SignedIn,
  now: number,
) {
  const methods = [...new Set([...(former.terms?.amr ?? ['pwd']), 'otp', 'mfa'])];
  const { session, cookie } = newSession(core, seenFrom(request), account, methods, now);
  return { session: { ...session, authenticatedAt: former.authenticatedAt }, cookie };
}

async function renderEnrolment(
  core: Core,
  request: HttpRequest,
  passwords: OneTimePasswords,
  signedIn: SignedIn,
  offer: Offer,
  refused?: { readonly error: OAuthError; readonly decision: string },
): Promise<HttpResponse> {
  const { account } = signedIn;
  const { basePath } = core.options;
  const browser = markBrowser(core, request);
  const secret = Buffer.from(offer.secret, 'base64url');
  const html = core.pages.totpEnrolment({
    form: {
      action: basePath + paths.add,
      fields: {
        csrf: formMark(core, browser.id, about(signedIn)),
        offer: sealValue(core, purpose, offer, account.id),
      },
    },
    account: { email: account.email },
    ...(await passwords.describe(secret, account.email)),
    stay: basePath + securityPath,
    ...(refused && { error: refused.error.message, decision: refused.decision }),
  });
  return page(html, {
    cookies: browser.cookies,
    ...(refused && { status: refused.error.refusal.status }),
  });
}
