/** The page of everything that the user signs in with. */
import type { Core } from '../../kernel/core.ts';
import type { HttpRequest, HttpResponse } from '../../kernel/http/message.ts';
import { assertNotRepeated, parseParameters } from '../../kernel/http/parameters.ts';
import { ownScripts, page, redirect } from '../../kernel/http/responses.ts';
import type { SecuritySection } from '../../kernel/routing/feature.ts';
import { signInAddress } from '../../kernel/pages/continuation.ts';
import { markBrowser } from '../../kernel/pages/own-form.ts';
import { pageBeforeChange, readSecurityNotice, securityPath } from '../../kernel/pages/security.ts';
import { loadSession } from '../../kernel/pages/session.ts';
import { takesPasskeys } from '../../kernel/passkeys/request.ts';
import { sessionsView } from './sessions.ts';

/** `sections`: what features show on it. */
export async function showSecurity(
  core: Core,
  request: HttpRequest,
  sections: readonly SecuritySection[],
): Promise<HttpResponse> {
  const { basePath } = core.options;
  const parameters = parseParameters(request.query);
  assertNotRepeated(parameters);
  const now = core.clock.nowSeconds();
  const signedIn = await loadSession(core, request, now);
  if (signedIn === undefined) return redirect(signInAddress(core, securityPath));
  const browser = markBrowser(core, request);
  const first = await pageBeforeChange(core, signedIn, securityPath, now);
  const shown = await Promise.all(
    sections.map((section) => section(core, signedIn, browser.id, { first })),
  );
  const { email, name } = signedIn.account;
  const html = core.pages.security({
    account: { email, name },
    back: `${basePath}/account`,
    changePassword: `${basePath}/account/password`,
    sessions: await sessionsView(core, signedIn, browser.id, now),
    ...Object.assign({}, ...shown),
    ...readSecurityNotice(core, signedIn.account, parameters.get('told')),
  });
  return page(html, {
    cookies: browser.cookies,
    ...(takesPasskeys(core) ? { scriptSource: ownScripts } : {}),
  });
}
