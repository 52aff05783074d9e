/** The one place that renders answers and refusals for each channel. Endpoints return data or throw. */
import type { ErrorView, Pages } from '../pages.ts';
import type { OAuthError, OAuthErrorDetail } from '../errors.ts';
import { rateLimitHeaders } from '../limits/policy.ts';
import type { HttpResponse } from './message.ts';

export type Headers = Record<string, string | readonly string[]>;

/** RFC 6749 §5.1: answers that hold tokens or secrets are never stored. */
const noStore = { 'cache-control': 'no-store', pragma: 'no-cache' } as const;
const privateJson = {
  'content-type': 'application/json',
  ...noStore,
  'x-content-type-options': 'nosniff',
} as const;

export function json(body: unknown, status = 200): HttpResponse {
  return { status, headers: privateJson, body: JSON.stringify(body) };
}

/** A public document whose text is made once and served many times. */
export function publicJson(body: string, maxAgeSeconds: number): HttpResponse {
  return {
    status: 200,
    headers: {
      'content-type': 'application/json',
      'cache-control': `public, max-age=${maxAgeSeconds}`,
      'x-content-type-options': 'nosniff',
    },
    body,
  };
}

export function empty(status: number, headers: Headers = {}): HttpResponse {
  return { status, headers: { ...noStore, ...headers }, body: '' };
}

/** The same headers again and again become the same open headers, so that a carrier can know them by identity. */
const opened = new WeakMap<HttpResponse['headers'], HttpResponse['headers']>();

/** For what a browser calls from an application's page. No cookie is ever read there, so any origin may (Fetch §3.2). */
export function openToAnyOrigin({ status, headers, body }: HttpResponse): HttpResponse {
  let open = opened.get(headers);
  if (open === undefined) {
    open = { ...headers, 'access-control-allow-origin': '*' };
    opened.set(headers, open);
  }
  return { status, headers: open, body };
}

/** RFC 9700 §4.12: 303, so that no browser ever sends a form's credentials on. */
export function redirect(location: string, cookies: readonly string[] = []): HttpResponse {
  return {
    status: 303,
    headers: {
      location,
      ...noStore,
      'referrer-policy': 'no-referrer',
      ...(cookies.length > 0 ? { 'set-cookie': cookies } : {}),
    },
    body: '',
  };
}

/** A page. `formTargets` are the sources that its form may lead on to, beside our own (CSP3 form-action covers redirects). */
export function page(
  html: string,
  { status = 200, cookies = [], formTargets = [], headers = {} }: PageParts = {},
): HttpResponse {
  const formAction = ["'self'", ...formTargets].join(' ');
  return {
    status,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      ...noStore,
      // RFC 9700 §4.16: nobody may frame a page that asks for a password or for consent.
      'content-security-policy': `default-src 'none'; style-src 'self'; img-src 'self' data:; form-action ${formAction}; frame-ancestors 'none'; base-uri 'none'`,
      'x-frame-options': 'DENY',
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'permissions-policy': 'camera=(), microphone=(), geolocation=()',
      ...headers,
      ...(cookies.length > 0 ? { 'set-cookie': cookies } : {}),
    },
    body: html,
  };
}

export interface PageParts {
  readonly status?: number;
  readonly cookies?: readonly string[];
  readonly formTargets?: readonly string[];
  readonly headers?: Headers;
}

/** What a script may read of a refusal (Fetch §3.2.5), where it may read the answer at all. */
const exposed = 'WWW-Authenticate, Retry-After, RateLimit, RateLimit-Policy';

/** RFC 9110 §10.2.3: when to come again; and by which limit, where it was one. */
export function retryHeaders({ retryAfterSeconds, policy }: OAuthErrorDetail): Headers {
  if (retryAfterSeconds === undefined) return {};
  return {
    'retry-after': String(retryAfterSeconds),
    ...(policy === undefined ? {} : rateLimitHeaders(policy, 0, retryAfterSeconds)),
  };
}

/** In an answer of AuthZEN `decision` is the permit itself: a caller that forgets the status must not find a word there. */
function memberOfDecision(path: string): string {
  return path.includes('/access/v1/') ? 'decision_id' : 'decision';
}

/** RFC 6749 §5.2: the error answer of the endpoints that clients call. `decision` is the id of this refusal, for the log. */
export function errorJson(error: OAuthError, issuer: string, decision?: string, path = ''): HttpResponse {
  const { refusal, reason, message } = error;
  return {
    status: refusal.status,
    headers: { ...privateJson, 'access-control-expose-headers': exposed, ...errorHeaders(error, issuer) },
    // RFC 6750 §3.1: no error, and then nothing that describes it, for a request without any token.
    body: JSON.stringify({
      error: refusal.error,
      error_description: refusal.error === undefined ? undefined : message,
      reason,
      [memberOfDecision(path)]: decision,
    }),
  };
}

function errorHeaders(error: OAuthError, issuer: string): Headers {
  const { detail, refusal } = error;
  return {
    ...(detail.allow !== undefined ? { allow: detail.allow.join(', ') } : {}),
    ...retryHeaders(detail),
    // RFC 9110 §15.5.2: every 401 says how to authenticate.
    ...(refusal.status === 401 ? { 'www-authenticate': challengeOf(detail.scheme, issuer) } : {}),
    ...(refusal.status === 413 ? { connection: 'close' } : {}),
  };
}

function challengeOf(scheme: OAuthError['detail']['scheme'], issuer: string): string {
  // RFC 7617 §2.1 gives the charset a meaning for Basic alone.
  return scheme === undefined ? `Basic realm="${issuer}", charset="UTF-8"` : `${scheme} realm="${issuer}"`;
}

/** RFC 6750 §3: the error answer of an endpoint that takes a bearer token. */
export function errorBearer(error: OAuthError, issuer: string, decision: string, path: string): HttpResponse {
  const { refusal, detail } = error;
  const parts = [`realm="${issuer}"`];
  // §3.1: a request without any token gets no error code.
  if (refusal.error !== undefined)
    parts.push(`error="${refusal.error}"`, `error_description="${refusal.text}"`);
  if (detail.scope !== undefined) parts.push(`scope="${detail.scope}"`);
  const answer = errorJson(error, issuer, decision, path);
  const challenged = refusal.status === 401 || refusal.status === 403 || refusal.status === 400;
  return {
    ...answer,
    headers: {
      ...answer.headers,
      ...(challenged ? { 'www-authenticate': `Bearer ${parts.join(', ')}` } : {}),
    },
  };
}

/** For people: a page, and never a redirect. */
export function errorPage(error: OAuthError, pages: Pages, decision: string): HttpResponse {
  const view: ErrorView = {
    status: error.refusal.status,
    title: titleOf(error.refusal.status),
    text: error.message,
    reason: error.reason,
    decision,
  };
  const { allow } = error.detail;
  return page(pages.error(view), {
    status: error.refusal.status,
    headers: {
      ...(allow !== undefined ? { allow: allow.join(', ') } : {}),
      ...retryHeaders(error.detail),
    },
  });
}

function titleOf(status: number): string {
  if (status === 404) return 'Nothing here';
  if (status === 429 || status === 503) return 'Please wait a moment';
  return status >= 500 ? 'Something went wrong' : 'This request cannot go on';
}
