/** The sign-in at the server's own pages. The cookie carries a secret, the store its digest; APIs never see either. */
import { digest } from '@keywright/jwt';
import type { Core } from '../core.ts';
import { readCookie, writeCookie } from '../http/cookies.ts';
import type { HttpRequest } from '../http/message.ts';
import type { LogoutTarget } from '../../model/logout-ports.ts';
import type { Account, Session, SignedIn } from '../../model/entities.ts';
import { idPrefixes, newId } from '../../model/token-id.ts';

export type { SignedIn };

// A session that is used is written at most this often.
const touchSeconds = 60;

/** The living session of this browser with its account, or undefined. */
export async function loadSession(
  core: Core,
  request: HttpRequest,
  now: number,
): Promise<SignedIn | undefined> {
  const secret = readCookie(request, 'session', core.options);
  if (secret === undefined) return undefined;
  const signedIn = await core.store.sessions.load(digest(secret), core.options.sessionIdleSeconds, now);
  if (signedIn === undefined) return undefined;
  const { lastSeenAt, digest: key } = signedIn.session;
  if (now - lastSeenAt >= touchSeconds) await core.store.sessions.touch(key, now);
  return signedIn;
}

/**
 * Starts a session with an id and secret of its own and ends the browser's former one (ASVS 7.2.4). Answers the cookie; undefined when the
 * password was changed, or the account disabled, since the password was checked.
 */
export async function startSession(
  core: Core,
  request: HttpRequest,
  account: Account,
  now: number,
): Promise<string | undefined> {
  const { session, cookie } = newSession(core, account, now);
  const former = readCookie(request, 'session', core.options);
  const formerDigest = former === undefined ? undefined : digest(former);
  return (await core.store.sessions.start(session, formerDigest, account.passwordHash)) ? cookie : undefined;
}

/** A sign-in without a browser: nobody is given its secret, so nothing but what it starts hangs on it. Undefined as above. */
export async function startSessionOf(
  core: Core,
  account: Account,
  now: number,
): Promise<Session | undefined> {
  const { session } = newSession(core, account, now);
  return (await core.store.sessions.start(session, undefined, account.passwordHash)) ? session : undefined;
}

/** Not stored yet, with the cookie that opens it. */
export function newSession(
  core: Core,
  account: Account,
  now: number,
): { readonly session: Session; readonly cookie: string } {
  const secret = core.newSecret();
  const session = {
    id: newId(core, idPrefixes.session),
    digest: digest(secret),
    accountId: account.id,
    authenticatedAt: now,
    lastSeenAt: now,
    expiresAt: now + core.options.sessionAbsoluteSeconds,
  };
  return { session, cookie: writeCookie('session', secret, core.options) };
}

export interface EndedSession {
  /** Takes the session out of the browser. */
  readonly cookie: string;
  /** The clients that are to be told. */
  readonly targets: readonly LogoutTarget[];
}

/** Ends the session on the server, with what it started that is not to go on without the person, then in the browser (ASVS 7.4.1). */
export async function endSession(core: Core, request: HttpRequest, now: number): Promise<EndedSession> {
  const secret = readCookie(request, 'session', core.options);
  const targets = secret === undefined ? [] : await core.store.sessions.end(digest(secret), now);
  return { cookie: writeCookie('session', '', core.options, 0), targets };
}
