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
import { type Onward, onwardAddress, onwardOf, pageAddress } from '../../kernel/pages/onward.ts';
import { assertOwnForm, formMark, markBrowser } from '../../kernel/pages/own-form.ts';
import { owesPasskey, pageBeforeChange, securityPath } from '../../kernel/pages/security.ts';
import { stepUpAddress } from '../../kernel/pages/step-up.ts';
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
    const parameters = parseParameters(request.query);
    assertNotRepeated(parameters);
    const onward = onwardOf(parameters);
    const now = core.clock.nowSeconds();
    const signedIn = await loadSession(core, request, now);
    const first = signedIn && (await pageBeforeChange(core, signedIn, paths.add, now));
    if (signedIn === undefined || first !== undefined)
      return redirect(
        isWaiting(onward) ? stepUpAddress(core, onward) : (first ?? signInAddress(core, paths.add)),
      );
    if ((await core.store.secondFactors.load(signedIn.account.id)) !== undefined)
      return redirect(addressAfter(core, onward));
    return renderEnrolment(core, request, passwords, onward, signedIn, {
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
    const onward = onwardOf(parameters);
    if (signedIn === undefined) return redirect(signInAddress(core, paths.add));
    assertOwnForm(core, request, parameters, about(signedIn));
    const offer = readOffer(core, signedIn, parameters, now);
    // The owner may have added a passkey since this session got the offer.
    if (offer === undefined || (await owesPasskey(core, signedIn)))
      return redirect(pageAddress(core, paths.add, onward));
    try {
      return await enrol(core, request, passwords, signedIn, offer, parameters, now);
    } catch (error) {
      if (!(error instanceof OAuthError)) throw error;
      const { id: accountId } = signedIn.account;
      const refused = 'second_factor_change.refused';
      const decision = emitRefusal(core, request, refused, error, { accountId });
      const refusal = { error, decision };
      return renderEnrolment(core, request, passwords, onward, signedIn, offer, refusal);
    }
  };

/** Where the user comes from: an application's request, or a page that leads on. */
function isWaiting({ request, next }: Onward): boolean {
  return request !== undefined || next !== undefined;
}

function addressAfter(core: Core, onward: Onward): string {
  return onwardAddress(core, onward) ?? core.options.basePath + securityPath;
}

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
  const onward = onwardOf(parameters);
  return renderRecoveryCodes(core, account, codes, {
    isNew: true,
    cookies: [cookie],
    onward: addressAfter(core, onward),
    keepsOpener: onward.request !== undefined,
  });
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
  onward: Onward,
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
        ...onward,
      },
    },
    account: { email: account.email },
    ...(await passwords.describe(secret, account.email)),
    stay: isWaiting(onward) ? stepUpAddress(core, onward) : basePath + securityPath,
    ...(refused && { error: refused.error.message, decision: refused.decision }),
  });
  return page(html, {
    cookies: browser.cookies,
    keepsOpener: onward.request !== undefined,
    ...(refused && { status: refused.error.refusal.status }),
  });
}
