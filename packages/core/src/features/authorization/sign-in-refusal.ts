/**
 * The user refuses at the sign-in page. The browser returns to the application with `access_denied`
 * (RFC 6749 §4.1.2.1). If a consent is remembered, no other page asks the user. A foreign link
 * cannot use this, because it needs a form of this server. The address is checked again.
 */
import { answeringErrors } from './endpoint.ts';
import type { AuthorizationRequest } from './authorization-request.ts';
import { markerOf } from './request.ts';
import type { Core } from '../../kernel/core.ts';
import { OAuthError } from '../../model/errors.ts';
import type { HttpRequest, HttpResponse } from '../../kernel/http/message.ts';
import { parseForm } from '../../kernel/http/parameters.ts';
import type { FormView } from '../../model/pages.ts';
import { readAsked } from './consent.ts';
import { assertOwnForm, type BrowserMark, formMark } from '../../kernel/pages/own-form.ts';

const path = '/sign-in/refuse';

export function refusalForm(
  core: Core,
  browser: BrowserMark,
  { sealed, request }: { readonly sealed: string; readonly request: AuthorizationRequest },
): FormView {
  return {
    action: core.options.basePath + path,
    fields: { csrf: formMark(core, browser.id, about(request)), request: sealed },
  };
}

export async function handleSignInRefusal(core: Core, request: HttpRequest): Promise<HttpResponse> {
  const now = core.clock.nowSeconds();
  const parameters = parseForm(request);
  const { request: asked, client } = await readAsked(core, parameters, now);
  assertOwnForm(core, request, parameters, about(asked));
  await spendPushed(core, asked, now);
  core.events.emit({ type: 'authorization.denied', clientId: client.id });
  return answeringErrors(core, request, asked, () => Promise.reject(new OAuthError('user_denied')));
}

/**
 * RFC 9126 §4: a pushed request is answered once. For any other request nothing is stored, because
 * the user has not signed in, and anybody can make any number of such requests.
 */
async function spendPushed(core: Core, asked: AuthorizationRequest, now: number): Promise<void> {
  if (asked.pushed === undefined) return;
  const { id, expiresAt } = markerOf(core, asked, now);
  if (!(await core.store.claims.take(id, expiresAt))) throw new OAuthError('request_expired');
}

/** The mark of the form contains the request, so a page for one request refuses no other one. */
function about({ id }: AuthorizationRequest): string {
  return `refuse ${id}`;
}
