/**
 * The terms of use after a sign-in: a user who has not accepted this version is asked once. The
 * answer leads on to where the user came from, and that page decides again.
 */
import type { Core } from '../../kernel/core.ts';
import type { HttpRequest, HttpResponse } from '../../kernel/http/message.ts';
import {
  assertNotRepeated,
  type Parameters,
  parseForm,
  parseParameters,
} from '../../kernel/http/parameters.ts';
import { page, redirect } from '../../kernel/http/responses.ts';
import { lacksTerms } from '../../kernel/accounts/terms-demand.ts';
import { brandOnward } from '../../kernel/pages/brand.ts';
import { clientView, formTargetsOf } from '../../kernel/pages/client-view.ts';
import { onwardOf, pageAddress } from '../../kernel/pages/onward.ts';
import { assertOwnForm, formMark, markBrowser } from '../../kernel/pages/own-form.ts';
import { loadSession, type SignedIn } from '../../kernel/pages/session.ts';
import { termsPath } from '../../kernel/pages/terms.ts';
import type { Terms } from '../../kernel/policy/server-options.ts';
import { networkOf } from '../../rules/network.ts';
import { onwardFrom, type Pending, readPending } from './sign-in.ts';
import { refusalForm } from './sign-in-refusal.ts';

export async function showTerms(core: Core, request: HttpRequest): Promise<HttpResponse> {
  const parameters = parseParameters(request.query);
  assertNotRepeated(parameters);
  return asking(core, request, parameters, (signedIn, terms, pending) =>
    render(core, request, parameters, signedIn, terms, pending),
  );
}

export async function handleTerms(core: Core, request: HttpRequest): Promise<HttpResponse> {
  const parameters = parseForm(request);
  return asking(core, request, parameters, async (signedIn, terms, pending, now) => {
    // Nobody accepts a version that was not on the page.
    if (parameters.get('version') !== terms.version)
      return render(core, request, parameters, signedIn, terms, pending);
    assertOwnForm(core, request, parameters, about(signedIn, terms));
    const { id: accountId } = signedIn.account;
    const { version } = terms;
    await core.store.accounts.acceptTerms(accountId, { terms: version, at: now });
    const network = networkOf(request.remoteAddress);
    core.events.emit({ type: 'account.terms_accepted', accountId, network, version });
    return redirect(onwardFrom(core, parameters, pending));
  });
}

/** Leads on, or to the sign-in, if there is nothing to ask. */
async function asking(
  core: Core,
  request: HttpRequest,
  parameters: Parameters,
  act: (
    signedIn: SignedIn,
    terms: Terms,
    pending: Pending | undefined,
    now: number,
  ) => HttpResponse | Promise<HttpResponse>,
): Promise<HttpResponse> {
  const now = core.clock.nowSeconds();
  const pending = await readPending(core, parameters);
  const signedIn = await loadSession(core, request, now);
  if (signedIn === undefined) return redirect(pageAddress(core, '/sign-in', onwardOf(parameters)));
  const { terms } = core.options;
  if (terms === undefined || !lacksTerms(core, signedIn.account, now))
    return redirect(onwardFrom(core, parameters, pending));
  return act(signedIn, terms, pending, now);
}

function about({ session }: SignedIn, { version }: Terms): string {
  return `terms ${session.id} ${version}`;
}

async function render(
  core: Core,
  request: HttpRequest,
  parameters: Parameters,
  signedIn: SignedIn,
  terms: Terms,
  pending: Pending | undefined,
): Promise<HttpResponse> {
  const { account } = signedIn;
  const client = pending && (await core.loadClient(pending.request.clientId));
  const browser = markBrowser(core, request);
  const html = core.pages.terms({
    ...(await brandOnward(core, onwardOf(parameters))),
    form: {
      action: core.options.basePath + termsPath,
      fields: {
        csrf: formMark(core, browser.id, about(signedIn, terms)),
        version: terms.version,
        ...onwardOf(parameters),
      },
    },
    account: { email: account.email },
    terms: { url: terms.url, version: terms.version },
    isChanged: account.accepted !== undefined,
    ...(pending !== undefined && client !== undefined
      ? {
          client: clientView(core, client, pending.request.redirectUri),
          refuse: refusalForm(core, browser, pending),
        }
      : { later: `${core.options.basePath}/account` }),
  });
  return page(html, {
    cookies: browser.cookies,
    keepsOpener: pending !== undefined,
    formTargets: pending === undefined ? [] : formTargetsOf(pending.request.redirectUri),
  });
}
