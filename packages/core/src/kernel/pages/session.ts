/**
 * The sign-in at the pages of this server. The cookie contains a secret, and the store its digest.
 * APIs get neither.
 */
import { digest } from '@keywright/jwt';
import type { Core } from '../core.ts';
import { isPasswordAlone, passwordAlone } from '../accounts/acr.ts';
import { type SeenFrom, seenFrom } from '../accounts/seen-from.ts';
import { readCookie, writeCookie } from '../http/cookies.ts';
import type { HttpRequest } from '../http/message.ts';
import type { Delivery } from '../../model/delivery-ports.ts';
import type { LogoutTarget } from '../../model/logout-ports.ts';
import type { Account, Session, SignedIn } from '../../model/entities.ts';
import { idPrefixes, newId } from '../../model/token-id.ts';
import { networkOf } from '../../rules/network.ts';

export type { SignedIn };

// The time of the last use is written at most this often.
const touchSeconds = 60;

/** Returns the active session of this browser with its account, or undefined. */
export async function loadSession(
  core: Core,
  request: HttpRequest,
  now: number,
): Promise<SignedIn | undefined> {
  const secret = readCookie(request, 'session', core.options);
  if (secret === undefined) return undefined;
  const signedIn = await core.store.sessions.load(
    digest(secret),
    core.options.sessionIdleSeconds,
    now,
  );
  if (signedIn === undefined) return undefined;
  const { lastSeenAt, digest: key } = signedIn.session;
  if (now - lastSeenAt >= touchSeconds)
    await core.store.sessions.touch(key, now, networkOf(request.remoteAddress));
  return signedIn;
}

/**
 * Starts a session with a new id and secret, and ends the former session of the browser (ASVS
 * 7.2.4). Returns the cookie. Returns undefined if the password was changed or the account was
 * disabled after the password was checked.
 */
export async function startSession(
  core: Core,
  request: HttpRequest,
  account: Account,
  methods: readonly string[],
  now: number,
  mail?: Delivery,
): Promise<string | undefined> {
  const { session, cookie } = newSession(core, seenFrom(request), account, methods, now);
  const former = readCookie(request, 'session', core.options);
  const formerDigest = former === undefined ? undefined : digest(former);
  return (await core.store.sessions.start(session, formerDigest, account.passwordHash, mail))
    ? cookie
    : undefined;
}

/**
 * Starts a session without a browser. Nobody gets its secret, so it serves only what it starts.
 * Undefined as above.
 */
export async function startSessionOf(
  core: Core,
  from: SeenFrom,
  account: Account,
  methods: readonly string[],
  now: number,
): Promise<Session | undefined> {
  const { session } = newSession(core, from, account, methods, now);
  return (await core.store.sessions.start(session, undefined, account.passwordHash))
    ? session
    : undefined;
}

/**
 * Makes a session that is not stored yet, and its cookie. `methods`: how the user was authenticated
 * (RFC 8176 §2).
 */
export function newSession(
  core: Core,
  from: SeenFrom,
  account: Account,
  methods: readonly string[],
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
    terms: { amr: methods },
    ...from,
  };
  return { session, cookie: writeCookie('session', secret, core.options) };
}

/**
 * The same sign-in with another secret, after the password was typed again. The time of the other
 * proven factors does not change.
 */
export function newSessionAfterPassword(
  core: Core,
  from: SeenFrom,
  { session: former, account }: SignedIn,
  now: number,
): { readonly session: Session; readonly cookie: string } {
  const { session, cookie } = newSession(core, from, account, passwordAlone, now);
  if (isPasswordAlone(former.terms)) return { session, cookie };
  const { authenticatedAt, terms = {} } = former;
  return { session: { ...session, authenticatedAt, terms }, cookie };
}

export interface EndedSession {
  /** Removes the session from the browser. */
  readonly cookie: string;
  /** The clients that must be notified. */
  readonly targets: readonly LogoutTarget[];
}

/**
 * Ends the session at the server, with all access that must not continue without the user. Then
 * ends it in the browser (ASVS 7.4.1).
 */
export async function endSession(
  core: Core,
  request: HttpRequest,
  now: number,
): Promise<EndedSession> {
  const secret = readCookie(request, 'session', core.options);
  const targets = secret === undefined ? [] : await core.store.sessions.end(digest(secret), now);
  return { cookie: writeCookie('session', '', core.options, 0), targets };
}
