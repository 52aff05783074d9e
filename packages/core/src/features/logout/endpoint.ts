/**
 * The end session endpoint (RP-Initiated Logout 1.0): a client sends the user here to sign them
 * out.
 * - With an ID token of the user who is signed in, the session ends at once. A third-party client
 *   must have got it from this very sign-in (§2: "belong to the current OP session with the RP").
 * - Without one, or with one of another user, the user is asked (§2; OWASP ASVS 5.0 10.6.2). So a
 *   link alone signs nobody out.
 * - For an unreviewed client, the user is always asked, and no redirect goes to its address (§6;
 *   RFC 9700 §4.11.2), because anybody can register a client and sign in at it.
 * - In a frame, an image or a form of another site, nothing happens, because our cookies are not
 *   sent there (SameSite=Lax).
 */
import type { Core } from '../../kernel/core.ts';
import { OAuthError } from '../../model/errors.ts';
import type { HttpRequest, HttpResponse } from '../../kernel/http/message.ts';
import { assertNotRepeated, parseForm, parseParameters } from '../../kernel/http/parameters.ts';
import { redirect } from '../../kernel/http/responses.ts';
import { endSession, loadSession, type SignedIn } from '../../kernel/pages/session.ts';
import { type IdTokenHint, isHintOf } from '../../kernel/tokens/id-token-hint.ts';
import type { Client } from '../../model/entities.ts';
import { leave } from './leaving.ts';
import { checkLogoutRequest, type LogoutRequest, sealLogout } from './request.ts';
import { sidFor } from '../../kernel/tokens/sid.ts';

export async function handleEndSession(core: Core, request: HttpRequest): Promise<HttpResponse> {
  const now = core.clock.nowSeconds();
  // §2: by GET or by POST.
  const isPost = request.method === 'POST';
  if (isPost && request.query !== '') throw new OAuthError('credentials_in_query');
  const parameters = isPost ? parseForm(request) : parseParameters(request.query);
  assertNotRepeated(parameters);
  const logout = await checkLogoutRequest(core, parameters, now);
  if (request.learned !== undefined && logout.clientId !== undefined)
    request.learned.clientId = logout.clientId;
  // A POST from the site of the client comes without our cookies. Only a later GET can show who is
  // signed in.
  if (isPost) return redirect(askingAddress(core, logout));
  return (await endUnasked(core, request, logout, now)) ?? redirect(askingAddress(core, logout));
}

function askingAddress(core: Core, logout: LogoutRequest): string {
  return `${core.options.basePath}/sign-out?request=${sealLogout(core, logout)}`;
}

/**
 * The answer if nobody must be asked: the session is the one that the client means, or there is
 * none. Undefined otherwise.
 */
export async function endUnasked(
  core: Core,
  request: HttpRequest,
  logout: LogoutRequest,
  now: number,
): Promise<HttpResponse | undefined> {
  const signedIn = await loadSession(core, request, now);
  if (signedIn === undefined)
    return leave(core, logout, { isAgreed: logout.hint !== undefined }, now);
  return (await isMeant(core, logout, signedIn))
    ? endAndLeave(core, request, signedIn, logout, now)
    : undefined;
}

async function isMeant(core: Core, { hint }: LogoutRequest, signedIn: SignedIn): Promise<boolean> {
  const client = hint && (await core.loadClient(hint.clientId));
  if (hint === undefined || client === undefined || client.trust === 'unverified') return false;
  if (!isHintOf(core, hint, client, signedIn.account.id)) return false;
  // First-party clients act for the operator, so an ID token of the same user is enough.
  return client.trust === 'first-party' || isOfSession(core, hint, client, signedIn);
}

/**
 * A client may keep an ID token for any time. It must not end a sign-in in which the client had no
 * part.
 */
function isOfSession(
  core: Core,
  hint: IdTokenHint,
  client: Client,
  { session }: SignedIn,
): boolean {
  return (
    hint.authenticatedAt === session.authenticatedAt &&
    hint.sid === sidFor(core, client, session.id)
  );
}

/** Ends the session, notifies clients, and redirects the user to the address of the client. */
export async function endAndLeave(
  core: Core,
  request: HttpRequest,
  { account }: SignedIn,
  logout: LogoutRequest | undefined,
  now: number,
): Promise<HttpResponse> {
  const { cookie, targets } = await endSession(core, request, now);
  const { clientId } = logout ?? {};
  core.events.emit({
    type: 'sign_out',
    accountId: account.id,
    ...(clientId !== undefined ? { clientId } : {}),
  });
  return leave(core, logout, { isAgreed: true, targets, cookies: [cookie] }, now);
}
