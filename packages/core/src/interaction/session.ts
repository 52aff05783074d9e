/** The sign-in at the server's own pages. The cookie carries a secret, the store its digest; APIs never see either. */
import { digest } from '@keywright/jwt';
import { type Core, newId } from '../core.ts';
import { readCookie, writeCookie } from '../http/cookies.ts';
import type { HttpRequest } from '../http/message.ts';
import type { LogoutTarget } from '../logout/ports.ts';
import { type Account, idPrefixes, type Session } from '../model.ts';

// A session that is used is written at most this often.
const touchSeconds = 60;

export interface SignedIn {
  readonly session: Session;
  readonly account: Account;
}

/** The living session of this browser with its account, or undefined. */
export async function loadSession(
  core: Core,
  request: HttpRequest,
  now: number,
): Promise<SignedIn | undefined> {
  const secret = readCookie(request, 'session', core.options);
  if (secret === undefined) return undefined;
  const session = await core.store.sessions.load(digest(secret), core.options.sessionIdleSeconds, now);
  const account = session && (await core.store.accounts.load(session.accountId));
  if (session === undefined || account === undefined || account.status !== 'active') return undefined;
  if (now - session.lastSeenAt >= touchSeconds) await core.store.sessions.touch(session.digest, now);
  return { session, account };
}

/** Starts a session with an id and secret of its own and ends the browser's former one (ASVS 7.2.4). Answers the cookie. */
export async function startSession(
  core: Core,
  request: HttpRequest,
  account: Account,
  now: number,
): Promise<string> {
  const secret = core.newSecret();
  const former = readCookie(request, 'session', core.options);
  const session = newSession(core, account, secret, now);
  await core.store.sessions.start(session, former === undefined ? undefined : digest(former));
  return writeCookie('session', secret, core.options);
}

/** A sign-in without a browser: nobody is given its secret, so nothing but what it starts hangs on it. */
export async function startSessionOf(core: Core, account: Account, now: number): Promise<Session> {
  const session = newSession(core, account, core.newSecret(), now);
  await core.store.sessions.start(session);
  return session;
}

function newSession(core: Core, account: Account, secret: string, now: number): Session {
  return {
    id: newId(core, idPrefixes.session),
    digest: digest(secret),
    accountId: account.id,
    authenticatedAt: now,
    lastSeenAt: now,
    expiresAt: now + core.options.sessionAbsoluteSeconds,
  };
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
