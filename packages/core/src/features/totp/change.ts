import type { Core } from '../../kernel/core.ts';
import type { HttpRequest, HttpResponse } from '../../kernel/http/message.ts';
import { parseForm } from '../../kernel/http/parameters.ts';
import { redirect } from '../../kernel/http/responses.ts';
import { signInAddress } from '../../kernel/pages/continuation.ts';
import { assertOwnForm } from '../../kernel/pages/own-form.ts';
import { pageBeforeChange, securityPath } from '../../kernel/pages/security.ts';
import { loadSession, type SignedIn } from '../../kernel/pages/session.ts';
import { aboutTotp } from './section.ts';

/**
 * Who asks for a change of the second factor. Where to go instead, if the sign-in is not fresh. A
 * sign-in to an account with a second factor has proven that factor.
 */
export async function readChange(
  core: Core,
  request: HttpRequest,
): Promise<SignedIn | HttpResponse> {
  const parameters = parseForm(request);
  const now = core.clock.nowSeconds();
  const signedIn = await loadSession(core, request, now);
  if (signedIn === undefined) return redirect(signInAddress(core, securityPath));
  assertOwnForm(core, request, parameters, aboutTotp(signedIn));
  const first = await pageBeforeChange(core, signedIn, securityPath, now);
  return first === undefined ? signedIn : redirect(first);
}
