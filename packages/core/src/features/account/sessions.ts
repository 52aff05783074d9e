/**
 * The sign-ins of a user, on the security page, and how the user ends them from another browser.
 * It needs no fresh sign-in: a user who sees a stranger must not have to wait, and ending takes
 * nothing that a sign-in does not give back.
 */
import type { Core } from '../../kernel/core.ts';
import type { HttpRequest, HttpResponse } from '../../kernel/http/message.ts';
import { type Parameters, parseForm } from '../../kernel/http/parameters.ts';
import { redirect } from '../../kernel/http/responses.ts';
import { signInAddress } from '../../kernel/pages/continuation.ts';
import { assertOwnForm, formMark } from '../../kernel/pages/own-form.ts';
import { redirectToSecurity, securityPath } from '../../kernel/pages/security.ts';
import { loadSession, type SignedIn } from '../../kernel/pages/session.ts';
import type { Session } from '../../model/entities.ts';
import type { SessionsView, SessionView } from '../../model/pages.ts';
import { networkOf } from '../../rules/network.ts';

export const endSessionPath = '/account/sessions/end';

/** A page can be read with this many. Older ones end with "all others". */
const mostShown = 50;

function about({ session }: SignedIn): string {
  return `sessions ${session.id}`;
}

export async function sessionsView(
  core: Core,
  signedIn: SignedIn,
  browserId: string,
  now: number,
): Promise<SessionsView> {
  const { basePath, sessionIdleSeconds } = core.options;
  const { account, session } = signedIn;
  const found = await core.store.sessions.list(account.id, sessionIdleSeconds, now, mostShown + 1);
  const others = found.filter(({ id }) => id !== session.id);
  const csrf = formMark(core, browserId, about(signedIn));
  const action = basePath + endSessionPath;
  return {
    current: viewOf(session),
    others: others.slice(0, mostShown).map((other) => ({
      ...viewOf(other),
      end: { action, fields: { csrf, session: other.id } },
    })),
    hasMore: others.length > mostShown,
    signOut: {
      action: `${basePath}/sign-out`,
      fields: { csrf: formMark(core, browserId, `sign-out ${session.id}`) },
    },
    ...(others.length === 0 ? {} : { endOthers: { action, fields: { csrf, others: 'all' } } }),
  };
}

function viewOf({ authenticatedAt, lastSeenAt, network, userAgent }: Session): SessionView {
  return {
    signedInAt: authenticatedAt,
    lastSeenAt,
    ...(network === undefined ? {} : { network }),
    ...(userAgent === undefined ? {} : { userAgent }),
  };
}

export async function handleEndSession(core: Core, request: HttpRequest): Promise<HttpResponse> {
  const parameters = parseForm(request);
  const now = core.clock.nowSeconds();
  const signedIn = await loadSession(core, request, now);
  if (signedIn === undefined) return redirect(signInAddress(core, securityPath));
  assertOwnForm(core, request, parameters, about(signedIn));
  const sessionsEnded = await end(core, signedIn, parameters, now);
  // Ended meanwhile, or sent twice: nothing is told.
  if (sessionsEnded === 0) return redirect(core.options.basePath + securityPath);
  core.events.emit({
    type: 'account.sessions_ended',
    accountId: signedIn.account.id,
    network: networkOf(request.remoteAddress),
    count: sessionsEnded,
  });
  return redirectToSecurity(core, signedIn.account, { sessionsEnded });
}

/** How many sign-ins ended. Not the current one: a sign-out also clears its cookie. */
async function end(
  core: Core,
  { account, session }: SignedIn,
  parameters: Parameters,
  now: number,
): Promise<number> {
  const { sessions } = core.store;
  if (parameters.get('others') === 'all')
    return (await sessions.endOthers(account.id, session.id, now)) ?? 0;
  const id = parameters.get('session');
  if (id === undefined || id === session.id) return 0;
  return (await sessions.endOne(account.id, id, now)) ? 1 : 0;
}
