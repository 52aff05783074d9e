/**
 * The user's part of CIBA (§9). Requests of applications wait on the account page, in a browser
 * with a session. This browser is the authentication device. An operator may send a message with a
 * link to this page (`backchannel.requested`).
 */
import { answerDeferred } from '../../kernel/deferred/answer.ts';
import type { DeferredRequest } from '../../model/deferred-ports.ts';
import type { Core } from '../../kernel/core.ts';
import { tickedDetails } from '../../kernel/authorization-details/choice.ts';
import { OAuthError } from '../../model/errors.ts';
import type { HttpRequest, HttpResponse } from '../../kernel/http/message.ts';
import { parseForm, requireParameter } from '../../kernel/http/parameters.ts';
import { redirect } from '../../kernel/http/responses.ts';
import type { AccountView, WaitingRequestView } from '../../model/pages.ts';
import { askedViews } from '../../kernel/pages/asked-views.ts';
import { requesterView, lifetimeView } from '../../kernel/pages/client-view.ts';
import { lacksTwoFactors } from '../../kernel/accounts/factor-demand.ts';
import { sealContinuation } from '../../kernel/pages/continuation.ts';
import { termsBefore } from '../../kernel/pages/terms.ts';
import { stepUpAddress } from '../../kernel/pages/step-up.ts';
import { parseDecision } from '../../kernel/pages/decision.ts';
import { assertOwnForm, formMark } from '../../kernel/pages/own-form.ts';
import { loadSession, type SignedIn } from '../../kernel/pages/session.ts';
import { redirectToAccount } from '../../kernel/pages/account-notice.ts';

/** The requests that the account page shows. */
export async function waitingViews(
  core: Core,
  signedIn: SignedIn,
  browserId: string,
  now: number,
): Promise<Pick<AccountView, 'waiting'>> {
  const requests = await core.store.deferred.listPending(signedIn.account.id, 'ciba', now);
  const views = await Promise.all(
    requests.map((one) => waitingView(core, one, signedIn, browserId)),
  );
  return { waiting: views.filter((view) => view !== undefined) };
}

/** Undefined if its client was removed: then nothing can be allowed. */
async function waitingView(
  core: Core,
  { digest, clientId, ask, createdAt, expiresAt }: DeferredRequest,
  signedIn: SignedIn,
  browserId: string,
): Promise<WaitingRequestView | undefined> {
  const client = await core.loadClient(clientId);
  if (client === undefined) return undefined;
  return {
    form: {
      action: `${core.options.basePath}/account/answer`,
      fields: { csrf: formMark(core, browserId, aboutAnswer(digest, signedIn)), request: digest },
    },
    client: requesterView(client),
    ...(ask.bindingMessage !== undefined ? { bindingMessage: ask.bindingMessage } : {}),
    askedAt: createdAt,
    expiresAt,
    lifetime: lifetimeView(core, client, 'changes-nothing'),
    ...(await askedViews(core, ask, client, signedIn.account.id)),
  };
}

/**
 * The mark of the form contains the request and the session, so nobody can answer a page that
 * another user has seen.
 */
function aboutAnswer(digest: string, { session }: SignedIn): string {
  return `answer ${digest} ${session.id}`;
}

/** Whether the user must bring a second factor, and then answer again. */
async function isTooWeak(
  core: Core,
  { clientId, ask }: DeferredRequest,
  { session }: SignedIn,
): Promise<boolean> {
  const client = await core.loadClient(clientId, 'stored');
  return client !== undefined && (await lacksTwoFactors(core, client, ask.scopes, session));
}

export async function handleAnswer(core: Core, request: HttpRequest): Promise<HttpResponse> {
  const { basePath } = core.options;
  const parameters = parseForm(request, ['scope', 'detail']);
  const signedIn = await loadSession(core, request, core.clock.nowSeconds());
  if (signedIn === undefined) return redirect(`${basePath}/sign-in`);
  const digest = requireParameter(parameters, 'request');
  assertOwnForm(core, request, parameters, aboutAnswer(digest, signedIn));
  const { account, session } = signedIn;
  // A request of a device has its own page, which shows where the request comes from.
  const asked = await core.store.deferred.load(digest);
  if (asked?.kind !== 'ciba') throw new OAuthError('deferred_not_pending');
  const approve = parseDecision(parameters) === 'allow';
  if (approve && (await isTooWeak(core, asked, signedIn)))
    return redirect(stepUpAddress(core, { next: sealContinuation(core, '/account') }));
  const terms = termsBefore(core, '/account', account, core.clock.nowSeconds());
  if (approve && terms !== undefined) return redirect(terms);
  const { client, approved } = await answerDeferred(core, {
    digest,
    accountId: account.id,
    approve,
    scopes: parameters.all('scope'),
    details: tickedDetails(asked.ask.details, {}, parameters),
    signedIn: session,
  });
  return redirectToAccount(core, account, { answered: { name: client.name, approved } });
}
