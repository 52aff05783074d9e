/** The application's addresses, a function each. */
import { readFileSync } from 'node:fs';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { AuthorizationResponseError } from 'openid-client';
import { page, redirect, send } from './answers.ts';
import { type Authorization, meansAccessEnded } from './authorization.ts';
import { clearCookie, pendingCookie, readCookie, sessionCookie, writeCookie } from './cookies.ts';
import { icon } from './layout.ts';
import * as notices from './notices.ts';
import { renderAlone, renderReadings, renderTrouble, renderWelcome } from './pages.ts';
import { NotAllowed, readBuildings, refresh } from './platform.ts';
import { pending, pendingSeconds, type Session, sessionSeconds, sessions } from './sessions.ts';
import type { Settings } from './settings.ts';

interface Visit {
  readonly settings: Settings;
  readonly authorization: Authorization;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly query: URLSearchParams;
}

const style = readFileSync(new URL('style.css', import.meta.url), 'utf8');
const anHour = 'max-age=3600';

const routes: Readonly<Record<string, (visit: Visit) => Promise<void> | void>> = {
  'GET /': showHome,
  'GET /connect': connect,
  'GET /callback': finishConnecting,
  'POST /refresh': refreshData,
  'POST /disconnect': disconnect,
  'GET /style.css': ({ response }) => send(response, 200, style, 'text/css; charset=utf-8', anHour),
  'GET /icon.svg': ({ response }) => send(response, 200, icon, 'image/svg+xml', anHour),
  'GET /health': ({ response }) => send(response, 200, '{"status":"ok"}', 'application/json'),
};

export function createApplication(
  settings: Settings,
  authorization: Authorization,
): RequestListener {
  return (request, response) => {
    const [path = '/', query] = (request.url ?? '/').split('?', 2);
    const method = request.method === 'HEAD' ? 'GET' : (request.method ?? 'GET');
    const visit = { settings, authorization, request, response, query: new URLSearchParams(query) };
    const route = routes[`${method} ${path}`] ?? showUnknown;
    new Promise((resolve) => resolve(route(visit))).catch((error: unknown) =>
      showFault(visit, error),
    );
  };
}

async function showHome(visit: Visit): Promise<void> {
  const session = findSession(visit);
  if (session === undefined) return page(visit.response, 200, renderWelcome());
  try {
    const readings = await readBuildings(visit.authorization, session, visit.settings.apiUrl);
    page(visit.response, 200, renderReadings(session.name, readings));
  } catch (error) {
    if (meansAccessEnded(error)) return showEnded(visit);
    if (error instanceof NotAllowed)
      return page(visit.response, 200, renderTrouble(session.name, notices.buildingsRefused));
    logFault(error);
    page(visit.response, 502, renderTrouble(session.name, notices.platformSilent));
  }
}

async function connect(visit: Visit): Promise<void> {
  const { address, pending: waiting } = await visit.authorization.begin(
    visit.query.get('ask') === 'again',
  );
  const cookie = writeCookie(pendingCookie, pending.put(waiting), pendingSeconds, isSecure(visit));
  redirect(visit.response, address.href, [cookie]);
}

/** What was pending is used up whatever comes of it; a session starts under a new id. */
async function finishConnecting(visit: Visit): Promise<void> {
  const id = readCookie(visit.request.headers.cookie, pendingCookie);
  const waiting = pending.find(id);
  pending.remove(id);
  visit.response.appendHeader('Set-Cookie', clearCookie(pendingCookie));
  if (waiting === undefined)
    return page(visit.response, 400, renderWelcome(notices.connectionStale));
  try {
    const connection = await visit.authorization.complete(visit.query, waiting);
    sessions.remove(readCookie(visit.request.headers.cookie, sessionCookie));
    const cookie = writeCookie(
      sessionCookie,
      sessions.put(connection),
      sessionSeconds,
      isSecure(visit),
    );
    redirect(visit.response, '/', [cookie]);
  } catch (error) {
    const denied = error instanceof AuthorizationResponseError && error.error === 'access_denied';
    if (!denied) logFault(error);
    page(
      visit.response,
      denied ? 200 : 400,
      renderWelcome(denied ? notices.connectionDenied : notices.connectionFailed),
    );
  }
}

/**
 * Gets a fresh access token first, so that access taken back at the platform is noticed at once.
 */
async function refreshData(visit: Visit): Promise<void> {
  if (!isOwnForm(visit)) return page(visit.response, 403, renderWelcome(notices.formForeign));
  const session = findSession(visit);
  try {
    if (session !== undefined) await refresh(visit.authorization, session);
    redirect(visit.response, '/', []);
  } catch (error) {
    if (!meansAccessEnded(error)) throw error;
    showEnded(visit);
  }
}

function disconnect(visit: Visit): void {
  if (!isOwnForm(visit)) return page(visit.response, 403, renderWelcome(notices.formForeign));
  sessions.remove(readCookie(visit.request.headers.cookie, sessionCookie));
  redirect(visit.response, '/', [clearCookie(sessionCookie)]);
}

function showEnded(visit: Visit): void {
  sessions.remove(readCookie(visit.request.headers.cookie, sessionCookie));
  visit.response.appendHeader('Set-Cookie', clearCookie(sessionCookie));
  page(visit.response, 200, renderWelcome(notices.accessEnded));
}

function showUnknown(visit: Visit): void {
  page(visit.response, 404, renderAlone(notices.pageUnknown));
}

function showFault(visit: Visit, error: unknown): void {
  logFault(error);
  if (visit.response.headersSent) visit.response.destroy();
  else page(visit.response, 502, renderWelcome(notices.platformSilent));
}

function findSession(visit: Visit): Session | undefined {
  return sessions.find(readCookie(visit.request.headers.cookie, sessionCookie));
}

/**
 * Only our own pages may post here. SameSite alone does not do: other ports of localhost are the
 * same site.
 */
function isOwnForm({ request, settings }: Visit): boolean {
  return request.headers.origin === settings.redirectUri.origin;
}

function isSecure({ settings }: Visit): boolean {
  return settings.redirectUri.protocol === 'https:';
}

/**
 * Names and codes only: error objects of OAuth libraries can hold whole answers, tokens included.
 */
function logFault(error: unknown): void {
  const {
    name,
    message,
    code,
    error: oauth,
  } = error as Error & { code?: unknown; error?: unknown };
  process.stderr.write(`${['fault', name, message, code, oauth].filter(Boolean).join(' ')}\n`);
}
