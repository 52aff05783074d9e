/** Signing out of the server's own pages. It asks first, so that no link can sign a person out. */
import type { Core } from '../core.ts';
import type { HttpRequest, HttpResponse } from '../http/message.ts';
import { parseForm } from '../http/parameters.ts';
import { page, redirect } from '../http/responses.ts';
import { assertOwnForm, formMark, markBrowser } from './own-form.ts';
import { endSession, loadSession } from './session.ts';

export async function showSignOut(core: Core, request: HttpRequest): Promise<HttpResponse> {
  const signedIn = await loadSession(core, request, core.clock.nowSeconds());
  if (signedIn === undefined) return redirect(`${core.options.basePath}/signed-out`);
  const browser = markBrowser(core, request);
  const html = core.pages.signOut({
    form: {
      action: `${core.options.basePath}/sign-out`,
      fields: { csrf: formMark(core, browser.id, `sign-out ${signedIn.session.id}`) },
    },
    account: { email: signedIn.account.email },
  });
  return page(html, { cookies: browser.cookies });
}

export async function handleSignOut(core: Core, request: HttpRequest): Promise<HttpResponse> {
  const parameters = parseForm(request);
  const now = core.clock.nowSeconds();
  const signedIn = await loadSession(core, request, now);
  if (signedIn === undefined) return redirect(`${core.options.basePath}/signed-out`);
  assertOwnForm(core, request, parameters, `sign-out ${signedIn.session.id}`);
  const cookie = await endSession(core, request, now);
  core.events.emit({ type: 'sign_out', accountId: signedIn.account.id });
  return redirect(`${core.options.basePath}/signed-out`, [cookie]);
}

export async function showSignedOut(core: Core): Promise<HttpResponse> {
  return page(core.pages.signedOut());
}
