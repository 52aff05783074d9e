/**
 * Sign-out from the pages of this server, started by the user or by a client
 * (features/logout/endpoint.ts). The page asks first, so that no link can sign a user out.
 */
import type { Core } from '../../kernel/core.ts';
import type { HttpRequest, HttpResponse } from '../../kernel/http/message.ts';
import {
  assertNotRepeated,
  type Parameters,
  parseForm,
  parseParameters,
} from '../../kernel/http/parameters.ts';
import { page } from '../../kernel/http/responses.ts';
import { endAndLeave, endUnasked } from './endpoint.ts';
import { leave } from './leaving.ts';
import { type LogoutRequest, unsealLogout } from './request.ts';
import type { Client } from '../../model/entities.ts';
import type { SignOutView } from '../../model/pages.ts';
import { requesterView, formTargetsOf } from '../../kernel/pages/client-view.ts';
import { assertOwnForm, formMark, markBrowser } from '../../kernel/pages/own-form.ts';
import { loadSession, type SignedIn } from '../../kernel/pages/session.ts';

interface Pending {
  readonly sealed: string;
  readonly logout: LogoutRequest;
}

export async function showSignOut(core: Core, request: HttpRequest): Promise<HttpResponse> {
  const now = core.clock.nowSeconds();
  const parameters = parseParameters(request.query);
  assertNotRepeated(parameters);
  const pending = readPending(core, parameters, now);
  const answered = pending && (await endUnasked(core, request, pending.logout, now));
  if (answered !== undefined) return answered;
  const signedIn = await loadSession(core, request, now);
  return signedIn === undefined
    ? leave(core, undefined, { isAgreed: false }, now)
    : renderSignOut(core, request, signedIn, pending);
}

export async function handleSignOut(core: Core, request: HttpRequest): Promise<HttpResponse> {
  const parameters = parseForm(request);
  const now = core.clock.nowSeconds();
  const logout = readPending(core, parameters, now)?.logout;
  const signedIn = await loadSession(core, request, now);
  if (signedIn === undefined) return leave(core, logout, { isAgreed: false }, now);
  assertOwnForm(core, request, parameters, aboutSignOut(signedIn));
  return endAndLeave(core, request, signedIn, logout, now);
}

/** The request of the client, if a client has sent the user. Throws request_expired. */
function readPending(core: Core, parameters: Parameters, now: number): Pending | undefined {
  const sealed = parameters.get('request');
  return sealed === undefined ? undefined : { sealed, logout: unsealLogout(core, sealed, now) };
}

/** The same for the form of the account page. */
function aboutSignOut({ session }: SignedIn): string {
  return `sign-out ${session.id}`;
}

async function renderSignOut(
  core: Core,
  request: HttpRequest,
  signedIn: SignedIn,
  pending: Pending | undefined,
): Promise<HttpResponse> {
  const browser = markBrowser(core, request);
  const { clientId, redirectUri } = pending?.logout ?? {};
  const client = clientId === undefined ? undefined : await core.loadClient(clientId);
  const isUnverified = client?.trust === 'unverified';
  const html = core.pages.signOut({
    form: {
      action: `${core.options.basePath}/sign-out`,
      fields: {
        csrf: formMark(core, browser.id, aboutSignOut(signedIn)),
        ...(pending !== undefined ? { request: pending.sealed } : {}),
      },
    },
    account: { email: signedIn.account.email },
    ...(client !== undefined ? { client: signingOut(client) } : {}),
    stay: `${core.options.basePath}/account`,
  });
  return page(html, {
    cookies: browser.cookies,
    keepsOpener: client !== undefined,
    // No form of this server leads to an unreviewed client.
    formTargets: redirectUri === undefined || isUnverified ? [] : formTargetsOf(redirectUri),
  });
}

function signingOut(client: Client): NonNullable<SignOutView['client']> {
  const { name, verifiedHost, trust } = requesterView(client);
  return { name: verifiedHost ?? name, ...(trust === 'unverified' ? { isUnverified: true } : {}) };
}
