/**
 * What is missing beside the sign-in that there is: the passkey of the account, or a second factor
 * that it does not have yet. Nothing is issued before: the page leads on to where the user came
 * from, and that page decides again.
 */
import type { Core } from '../../kernel/core.ts';
import type { HttpRequest, HttpResponse } from '../../kernel/http/message.ts';
import { assertNotRepeated, parseParameters } from '../../kernel/http/parameters.ts';
import { ownScripts, page, redirect } from '../../kernel/http/responses.ts';
import type { SecuritySection } from '../../kernel/routing/feature.ts';
import { hasTwoFactors, isPhishingResistant } from '../../kernel/accounts/acr.ts';
import { loadWaysIn, type WaysIn } from '../../kernel/accounts/factor-demand.ts';
import { signInRequest, takesPasskeys } from '../../kernel/passkeys/request.ts';
import { brandOnward } from '../../kernel/pages/brand.ts';
import { clientView, formTargetsOf } from '../../kernel/pages/client-view.ts';
import { type Onward, onwardOf, pageAddress } from '../../kernel/pages/onward.ts';
import { type BrowserMark, formMark, markBrowser } from '../../kernel/pages/own-form.ts';
import { isFresh, readSecurityNotice } from '../../kernel/pages/security.ts';
import { loadSession, type SignedIn } from '../../kernel/pages/session.ts';
import { inAdditionField } from '../../kernel/pages/step-up.ts';
import type { StepUpView } from '../../model/pages.ts';
import { onwardFrom, readPending } from './sign-in.ts';

/** `sections`: what features offer to add. */
export async function showStepUp(
  core: Core,
  request: HttpRequest,
  sections: readonly SecuritySection[],
): Promise<HttpResponse> {
  const parameters = parseParameters(request.query);
  assertNotRepeated(parameters);
  const pending = await readPending(core, parameters);
  const onward = onwardOf(parameters);
  const now = core.clock.nowSeconds();
  const signedIn = await loadSession(core, request, now);
  const ways = signedIn && (await loadWaysIn(core, signedIn.account));
  if (signedIn === undefined || ways === undefined || mustSignInFirst(core, signedIn, ways, now))
    return redirect(pageAddress(core, '/sign-in', onward));
  if (isEnough(core, signedIn, ways)) return redirect(onwardFrom(core, parameters, pending));
  const client = pending && (await core.loadClient(pending.request.clientId));
  const browser = markBrowser(core, request);
  const html = core.pages.stepUp({
    ...(await brandOnward(core, onward)),
    account: { email: signedIn.account.email },
    ...(pending !== undefined && client !== undefined
      ? { client: clientView(core, client, pending.request.redirectUri) }
      : {}),
    ...(ways.hasPasskey
      ? { passkey: passkeyRequest(core, browser, onward, now) }
      : { add: await waysToAdd(core, sections, signedIn, browser, onward) }),
    signIn: pageAddress(core, '/sign-in', onward),
    ...readSecurityNotice(core, signedIn.account, parameters.get('told')),
  });
  return page(html, {
    cookies: browser.cookies,
    keepsOpener: pending !== undefined,
    ...(takesPasskeys(core) ? { scriptSource: ownScripts } : {}),
    formTargets: pending === undefined ? [] : formTargetsOf(pending.request.redirectUri),
  });
}

/** An app is asked for by the sign-in. A second factor is only added after a fresh one. */
function mustSignInFirst(
  core: Core,
  signedIn: SignedIn,
  { hasApp, hasPasskey }: WaysIn,
  now: number,
): boolean {
  if (hasPasskey || hasTwoFactors(core, signedIn.session)) return false;
  return hasApp || !isFresh(signedIn, now);
}

/** Nothing on this page could make the sign-in stronger. */
function isEnough(core: Core, { session }: SignedIn, { hasPasskey }: WaysIn): boolean {
  return isPhishingResistant(core, session) || (hasTwoFactors(core, session) && !hasPasskey);
}

function passkeyRequest(core: Core, browser: BrowserMark, onward: Onward, now: number) {
  const csrf = formMark(core, browser.id, 'sign-in');
  return signInRequest(core, browser.id, { csrf, ...onward, [inAdditionField]: 'yes' }, now);
}

async function waysToAdd(
  core: Core,
  sections: readonly SecuritySection[],
  signedIn: SignedIn,
  { id }: BrowserMark,
  onward: Onward,
): Promise<NonNullable<StepUpView['add']>> {
  const shown = await Promise.all(
    sections.map((section) => section(core, signedIn, id, { onward })),
  );
  const { totp, passkeys } = Object.assign({}, ...shown) as Awaited<ReturnType<SecuritySection>>;
  return {
    ...(totp?.add === undefined ? {} : { totp: totp.add }),
    ...(passkeys?.add === undefined ? {} : { passkey: passkeys.add }),
  };
}
