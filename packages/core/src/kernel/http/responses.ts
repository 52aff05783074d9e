/** The one place that renders answers and refusals for each channel, but for pages of errors. Endpoints return data or throw. */
import { type ErrorDescription, toErrorDescription } from '@keywright/wire';
import type { OAuthError, OAuthErrorDetail } from '../../model/errors.ts';
import { errorUri } from './error-uri.ts';
import { rateLimitHeaders } from './rate-limit-headers.ts';
import { quoted, renderPolicy } from './header-value.ts';
import type { HttpRequest, HttpResponse } from './message.ts';

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

/** What is no JSON but just as private: a signed or encrypted answer. */
export function privateText(mediaType: string, body: string): HttpResponse {
  return { status: 200, headers: { ...privateJson, 'content-type': mediaType }, body };
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
  {
    status = 200,
    cookies = [],
    formTargets = [],
    frameSources = [],
    scriptSource,
    keepsOpener = false,
    headers = {},
  }: PageParts = {},
): HttpResponse {
  const policy = renderPolicy({
    'default-src': ["'none'"],
    'style-src': ["'self'"],
    'script-src': scriptSource === undefined ? [] : [scriptSource],
    'img-src': ["'self'", 'data:'],
    'frame-src': frameSources,
    'form-action': ["'self'", ...formTargets],
    // RFC 9700 §4.16: nobody may frame a page that asks for a password or for consent.
    'frame-ancestors': ["'none'"],
    'base-uri': ["'none'"],
  });
  return {
    status,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      ...noStore,
      'content-security-policy': policy,
      'x-frame-options': 'DENY',
      // HTML §7.1.3: the window that opened ours, of whatever site, can neither watch it nor lead it elsewhere.
      ...(keepsOpener ? {} : { 'cross-origin-opener-policy': 'same-origin' }),
      // Fetch §3.7: no other site loads it as a part of its own.
      'cross-origin-resource-policy': 'same-origin',
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
  /** What it may frame; nothing at all on every page but one. */
  readonly frameSources?: readonly string[];
  /**
   * Of a page on the way of an application's request: it may stand in a window that the application has opened, to which the answer
   * comes back (decision 0031). No other page stays in touch with the window that opened it.
   */
  readonly keepsOpener?: boolean;
  /** Of the one script that the page may run; none by default. */
  readonly scriptSource?: string;
  readonly headers?: Headers;
}

/** RFC 9449 §8.2. A script may read it too, whatever else it may read. */
export function withNonce({ status, headers, body }: HttpResponse, nonce: string): HttpResponse {
  const former = headers['access-control-expose-headers'];
  const readable =
    former === undefined || former === exposed ? (former ?? 'DPoP-Nonce') : `${String(former)}, DPoP-Nonce`;
  return {
    status,
    headers: { ...headers, 'dpop-nonce': nonce, 'access-control-expose-headers': readable },
    body,
  };
}

/** What a script may read of a refusal (Fetch §3.2.5), where it may read the answer at all. */
const exposed = 'WWW-Authenticate, Retry-After, RateLimit, RateLimit-Policy, DPoP-Nonce';

/** RFC 9110 §10.2.3: when to come again; and by which limit, where it was one. */
export function retryHeaders({ retryAfterSeconds, policy }: OAuthErrorDetail): Headers {
  if (retryAfterSeconds === undefined) return {};
  return {
    'retry-after': String(retryAfterSeconds),
    ...(policy === undefined ? {} : rateLimitHeaders(policy, 0, retryAfterSeconds)),
  };
}

/** What an error answer says of itself (RFC 6749 §5.2). */
export interface ErrorMembers {
  readonly error?: string | undefined;
  readonly error_description?: ErrorDescription;
  readonly error_uri: string;
}

/**
 * RFC 6749 §4.1.2.1, §5.2: the same in a redirect as in a body, and none but the standard parameters. The reason and the id of
 * the refusal stand in `error_uri`, which leads to a page that explains them. `decision` is that id.
 */
export function errorMembers(error: OAuthError, issuer: string, decision: string): ErrorMembers {
  const code = error.refusal.error;
  return {
    // RFC 6750 §3.1: no error, and then nothing that describes it, for a request without any token.
    ...(code === undefined ? {} : { error: code, error_description: toErrorDescription(error.message) }),
    error_uri: errorUri(issuer, error.reason, decision),
  };
}

/** What an error answer depends on beside the error. */
export interface ErrorContext {
  readonly issuer: string;
  /** The id of this refusal, for the log. */
  readonly decision: string;
  /** Absent where it was not read. */
  readonly request?: Pick<HttpRequest, 'headers'>;
  /** At an API of ours the body names the reason as well, and the decision by this name. */
  readonly refusalId?: RefusalId | undefined;
}

/** In an answer of AuthZEN `decision` is the permit itself: a caller that forgets the status must not find a text there. */
export type RefusalId = 'decision' | 'decision_id';

/** The error answer of the endpoints that programs call. */
export function errorJson(error: OAuthError, context: ErrorContext): HttpResponse {
  const { issuer, decision, refusalId } = context;
  return {
    status: error.refusal.status,
    headers: { ...privateJson, 'access-control-expose-headers': exposed, ...errorHeaders(error, context) },
    body: JSON.stringify({
      ...errorMembers(error, issuer, decision),
      ...(refusalId === undefined ? {} : { reason: error.reason, [refusalId]: decision }),
      ...error.detail.members,
    }),
  };
}

function errorHeaders(error: OAuthError, context: ErrorContext): Headers {
  const { detail, refusal } = error;
  return {
    ...(detail.allow !== undefined ? { allow: detail.allow.join(', ') } : {}),
    ...retryHeaders(detail),
    ...(refusal.status === 401 && wantsChallenge(context)
      ? { 'www-authenticate': challengeOf(detail.scheme, context.issuer) }
      : {}),
    ...(refusal.status === 413 ? { connection: 'close' } : {}),
  };
}

/**
 * RFC 6749 §5.2: a client that used the Authorization header. One that did not cannot make use of a challenge, and libraries show that in
 * place of the error (docs/decisions/0032). An API of ours has one on every 401, as RFC 9110 §15.5.2 demands.
 */
function wantsChallenge({ request, refusalId }: ErrorContext): boolean {
  return refusalId !== undefined || request?.headers['authorization'] !== undefined;
}

function challengeOf(scheme: OAuthError['detail']['scheme'], issuer: string): string {
  // RFC 7617 §2.1 gives the charset a meaning for Basic alone.
  const realm = `realm=${quoted(issuer)}`;
  return scheme === undefined ? `Basic ${realm}, charset="UTF-8"` : `${scheme} ${realm}`;
}

/**
 * RFC 6750 §3, RFC 9449 §7.1: the error answer of an endpoint that takes an access token. `dpopAlgorithms` are those of the challenge for
 * a proof, absent where none is taken.
 */
export function errorBearer(
  error: OAuthError,
  context: ErrorContext & Required<Pick<ErrorContext, 'request'>>,
  dpopAlgorithms: string | undefined,
): HttpResponse {
  const { status } = error.refusal;
  const answer = errorJson(error, context);
  const challenged = status === 401 || status === 403 || status === 400;
  if (!challenged) return answer;
  const challenge = tokenChallenge(error, context.issuer, context.request, dpopAlgorithms);
  return { ...answer, headers: { ...answer.headers, 'www-authenticate': challenge } };
}

/** Both schemes, with the fault beside the one that was used (RFC 9449 §7.1, §7.2). */
function tokenChallenge(
  { refusal, detail }: OAuthError,
  issuer: string,
  request: Pick<HttpRequest, 'headers'>,
  dpopAlgorithms: string | undefined,
): string {
  // RFC 6750 §3.1: a request without any token gets no error code.
  const fault = [
    ...(refusal.error === undefined
      ? []
      : [`error=${quoted(refusal.error)}`, `error_description=${quoted(toErrorDescription(refusal.text))}`]),
    ...(detail.scope === undefined ? [] : [`scope=${quoted(detail.scope)}`]),
  ];
  const byDpop = dpopAlgorithms !== undefined && /^dpop\b/i.test(request.headers['authorization'] ?? '');
  const bearer = [`realm=${quoted(issuer)}`, ...(byDpop ? [] : fault)];
  if (dpopAlgorithms === undefined) return `Bearer ${bearer.join(', ')}`;
  const dpop = [`algs=${quoted(dpopAlgorithms)}`, ...(byDpop ? fault : [])];
  return `Bearer ${bearer.join(', ')}, DPoP ${dpop.join(', ')}`;
}
