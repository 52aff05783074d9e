/** The page of one application that the user has connected. */
import type { Core } from '../../kernel/core.ts';
import type { HttpRequest, HttpResponse } from '../../kernel/http/message.ts';
import {
  assertNotRepeated,
  parseParameters,
  requireParameter,
} from '../../kernel/http/parameters.ts';
import { page, redirect } from '../../kernel/http/responses.ts';
import { markBrowser } from '../../kernel/pages/own-form.ts';
import { loadSession } from '../../kernel/pages/session.ts';
import { connectionView } from './connection-view.ts';

/** A user who is signed out, or whose consent has ended, goes to the list. */
export async function showConnection(core: Core, request: HttpRequest): Promise<HttpResponse> {
  const parameters = parseParameters(request.query);
  assertNotRepeated(parameters);
  const list = `${core.options.basePath}/account`;
  const signedIn = await loadSession(core, request, core.clock.nowSeconds());
  if (signedIn === undefined) return redirect(list);
  const { email, name, id } = signedIn.account;
  const consent = await core.store.grants.findUsed(requireParameter(parameters, 'grant'), id);
  if (consent === undefined) return redirect(list);
  const browser = markBrowser(core, request);
  const html = core.pages.connection({
    account: { email, name },
    connection: await connectionView(core, consent, signedIn, browser.id),
    back: list,
  });
  return page(html, { cookies: browser.cookies });
}
