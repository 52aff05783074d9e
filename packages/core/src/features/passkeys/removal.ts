/**
 * A user removes a passkey. The page warns if nobody could sign in to the account without it; the
 * store decides whether it is so when the passkey is removed.
 */
import type { Core } from '../../kernel/core.ts';
import { OAuthError } from '../../model/errors.ts';
import { emitRefusal } from '../../kernel/errors/refusal-event.ts';
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
import { pageBeforeChange, redirectToSecurity, securityPath } from '../../kernel/pages/security.ts';
import { loadSession, type SignedIn } from '../../kernel/pages/session.ts';
import type { Passkey } from '../../model/passkey-ports.ts';
import { networkOf } from '../../rules/network.ts';
import { paths } from './section.ts';

export async function showRemoval(core: Core, request: HttpRequest): Promise<HttpResponse> {
  const parameters = parseParameters(request.query);
  assertNotRepeated(parameters);
  const asked = await readAsked(core, request, parameters);
  return 'status' in asked ? asked : render(core, request, asked);
}

export async function handleRemoval(core: Core, request: HttpRequest): Promise<HttpResponse> {
  const parameters = parseForm(request);
  const asked = await readAsked(core, request, parameters);
  if ('status' in asked) return asked;
  const { signedIn, passkey } = asked;
  const { account } = signedIn;
  assertOwnForm(core, request, parameters, about(asked));
  const network = networkOf(request.remoteAddress);
  const content = { kind: 'passkey_removed', passkey: passkey.name, network } as const;
  const outcome = await core.store.passkeys.remove(passkey.id, account.id, {
    mayBeLast: parameters.get('understood') === 'yes',
    mail: makeMail(core, account, content, core.clock.nowSeconds()),
  });
  if (outcome === 'last') return refuseLast(core, request, asked);
  if (outcome === 'removed') {
    const event = { accountId: account.id, passkeyId: passkey.id, network };
    core.events.emit({ type: 'passkey.removed', ...event });
  }
  return redirectToSecurity(core, account, { passkeyRemoved: passkey.name });
}

interface Asked {
  readonly signedIn: SignedIn;
  readonly passkey: Passkey;
  /** Whether there is no other way to sign in. */
  readonly isLastWayIn: boolean;
}

/** Where to go instead, if the sign-in is not fresh or the account has no such passkey. */
async function readAsked(
  core: Core,
  request: HttpRequest,
  parameters: Parameters,
): Promise<Asked | HttpResponse> {
  const now = core.clock.nowSeconds();
  const id = parameters.get('id') ?? '';
  const signedIn = await loadSession(core, request, now);
  const here = `${paths.remove}?id=${encodeURIComponent(id)}`;
  const first = signedIn && (await pageBeforeChange(core, signedIn, here, now));
  if (signedIn === undefined || first !== undefined)
    return redirect(first ?? signInAddress(core, here));
  const { account } = signedIn;
  const passkeys = await core.store.passkeys.list(account.id);
  const passkey = passkeys.find((one) => one.id === id);
  if (passkey === undefined) return redirect(core.options.basePath + securityPath);
  const isLastWayIn = passkeys.length === 1 && account.passwordHash === '';
  return { signedIn, passkey, isLastWayIn };
}

/** A page that was shown for one passkey removes no other one. */
function about({ signedIn, passkey }: Asked): string {
  return `remove passkey ${passkey.id} ${signedIn.session.id}`;
}

function refuseLast(core: Core, request: HttpRequest, asked: Asked): HttpResponse {
  const error = new OAuthError('passkey_last');
  const { id: accountId } = asked.signedIn.account;
  const decision = emitRefusal(core, request, 'passkey_change.refused', error, { accountId });
  return render(core, request, { ...asked, isLastWayIn: true }, { error, decision });
}

function render(
  core: Core,
  request: HttpRequest,
  asked: Asked,
  refused?: { readonly error: OAuthError; readonly decision: string },
): HttpResponse {
  const { signedIn, passkey, isLastWayIn } = asked;
  const { basePath } = core.options;
  const browser = markBrowser(core, request);
  const html = core.pages.passkeyRemoval({
    form: {
      action: basePath + paths.remove,
      fields: { csrf: formMark(core, browser.id, about(asked)), id: passkey.id },
    },
    account: { email: signedIn.account.email },
    name: passkey.name,
    isLastWayIn,
    stay: basePath + securityPath,
    ...(refused && { error: refused.error.message, decision: refused.decision }),
  });
  return page(html, {
    cookies: browser.cookies,
    ...(refused && { status: refused.error.refusal.status }),
  });
}
