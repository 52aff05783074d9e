/**
 * Renders all answers and refusals for each channel, except error pages. Endpoints return data or
 * throw.
 */
import { type ErrorDescription, toErrorDescription } from '@keywright/wire';
import type { OAuthError, OAuthErrorDetail } from '../../model/errors.ts';
import { errorUri } from './error-uri.ts';
import { rateLimitHeaders } from './rate-limit-headers.ts';
import { quoted, renderPolicy } from './header-value.ts';
import type { HttpRequest, HttpResponse } from './message.ts';

export type Headers = Record<string, string | readonly string[]>;

/** RFC 6749 §5.1: answers with tokens or secrets are never stored. */
const noStore = { 'cache-control': 'no-store', pragma: 'no-cache' } as const;
const privateJson = {
  'content-type': 'application/json',
  ...noStore,
  'x-content-type-options': 'nosniff',
} as const;

export function json(body: unknown, status = 200): HttpResponse {
  return { status, headers: privateJson, body: JSON.stringify(body) };
}

/** An answer that is not JSON but is private too: signed or encrypted. */
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

/** The same object for the same headers, so that the HTTP layer can recognise them by identity. */
const opened = new WeakMap<HttpResponse['headers'], HttpResponse['headers']>();

/**
 * Adds the headers that allow scripts of any origin to read the answer (Fetch §3.2). Only for
 * endpoints that read no cookie.
 */
export function openToAnyOrigin({ status, headers, body }: HttpResponse): HttpResponse {
  let open = opened.get(headers);
  if (open === undefined) {
    open = { ...headers, 'access-control-allow-origin': '*' };
    opened.set(headers, open);
  }
  return { status, headers: open, body };
}

/** RFC 9700 §4.12: 303, so that no browser sends the credentials of a form again. */
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

/**
 * A page. `formTargets` are further sources to which its form may lead (CSP3 form-action covers
 * redirects).
 */
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
    // RFC 9700 §4.16: no frame may show a page that asks for a password or for consent.
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
      // HTML §7.1.3: the window that opened this page can neither watch nor navigate it.
      ...(keepsOpener ? {} : { 'cross-origin-opener-policy': 'same-origin' }),
      // Fetch §3.7: no other site can load it as a part of its page.
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

/** For `scriptSource`: the scripts that the product serves, and no inline script. */
export const ownScripts = "'self'";

export interface PageParts {
  readonly status?: number;
  readonly cookies?: readonly string[];
  readonly formTargets?: readonly string[];
  /** The frames that it may contain. None on every page except one. */
  readonly frameSources?: readonly string[];
  /**
   * For a page that an application's request leads to. It may be in a window that the application
   * opened and to which the answer returns (decision 0031). All other pages are separated from the
   * window that opened them.
   */
  readonly keepsOpener?: boolean;
  /** The only script that the page may run. Default: none. */
  readonly scriptSource?: string;
  readonly headers?: Headers;
}

/** RFC 9449 §8.2. A script may read it too. */
export function withNonce({ status, headers, body }: HttpResponse, nonce: string): HttpResponse {
  const former = headers['access-control-expose-headers'];
  const readable =
    former === undefined || former === exposed
      ? (former ?? 'DPoP-Nonce')
      : `${String(former)}, DPoP-Nonce`;
  return {
    status,
    headers: { ...headers, 'dpop-nonce': nonce, 'access-control-expose-headers': readable },
    body,
  };
}

/** The headers of a refusal that a script may read (Fetch §3.2.5), if it may read the answer. */
const exposed = 'WWW-Authenticate, Retry-After, RateLimit, RateLimit-Policy, DPoP-Nonce';

/** RFC 9110 §10.2.3: when to try again, and the limit that was reached, if any. */
export function retryHeaders({ retryAfterSeconds, policy }: OAuthErrorDetail): Headers {
  if (retryAfterSeconds === undefined) return {};
  return {
    'retry-after': String(retryAfterSeconds),
    ...(policy === undefined ? {} : rateLimitHeaders(policy, 0, retryAfterSeconds)),
  };
}

/** The members that describe an error (RFC 6749 §5.2). */
export interface ErrorMembers {
  readonly error?: string | undefined;
  readonly error_description?: ErrorDescription;
  readonly error_uri: string;
}

/**
 * RFC 6749 §4.1.2.1, §5.2: a redirect has the same members as a body, and only the standard
 * parameters. `error_uri` contains the reason and the id of the refusal, and leads to a page that
 * explains them. `decision` is this id.
 */
export function errorMembers(error: OAuthError, issuer: string, decision: string): ErrorMembers {
  const code = error.refusal.error;
  return {
    // RFC 6750 §3.1: for a request without a token, no error and no description.
    ...(code === undefined
      ? {}
      : { error: code, error_description: toErrorDescription(error.message) }),
    error_uri: errorUri(issuer, error.reason, decision),
  };
}

/** The context of an error answer. */
export interface ErrorContext {
  readonly issuer: string;
  /** The id of this refusal, for the log. */
  readonly decision: string;
  /** Absent if it was not read. */
  readonly request?: Pick<HttpRequest, 'headers'>;
  /** At an API of this server, the body also has the reason, and the decision with this name. */
  readonly refusalId?: RefusalId | undefined;
}

/**
 * In an AuthZEN answer, `decision` is the permit itself. A caller that ignores the status must not
 * find a text there.
 */
export type RefusalId = 'decision' | 'decision_id';

/** The error answer of endpoints for programs, as JSON (RFC 6749 §5.2). */
export function errorJson(error: OAuthError, context: ErrorContext): HttpResponse {
  const { issuer, decision, refusalId } = context;
  return {
    status: error.refusal.status,
    headers: {
      ...privateJson,
      'access-control-expose-headers': exposed,
      ...errorHeaders(error, context),
    },
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
 * RFC 6749 §5.2: only for a client that used the Authorization header. Other clients cannot use a
 * challenge, and libraries show it instead of the error (docs/decisions/0032). An API of this
 * server has a challenge on every 401 (RFC 9110 §15.5.2).
 */
function wantsChallenge({ request, refusalId }: ErrorContext): boolean {
  return refusalId !== undefined || request?.headers['authorization'] !== undefined;
}

function challengeOf(scheme: OAuthError['detail']['scheme'], issuer: string): string {
  // RFC 7617 §2.1 defines charset only for Basic.
  const realm = `realm=${quoted(issuer)}`;
  return scheme === undefined ? `Basic ${realm}, charset="UTF-8"` : `${scheme} ${realm}`;
}

/**
 * RFC 6750 §3, RFC 9449 §7.1: the error answer of an endpoint that accepts an access token.
 * `dpopAlgorithms` are for the DPoP challenge. Absent if no proof is accepted.
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

/**
 * Both schemes. The error is in the challenge of the scheme that was used (RFC 9449 §7.1, §7.2).
 */
function tokenChallenge(
  { refusal, detail }: OAuthError,
  issuer: string,
  request: Pick<HttpRequest, 'headers'>,
  dpopAlgorithms: string | undefined,
): string {
  // RFC 6750 §3.1: no error code for a request without a token.
  const fault = [
    ...(refusal.error === undefined
      ? []
      : [
          `error=${quoted(refusal.error)}`,
          `error_description=${quoted(toErrorDescription(refusal.text))}`,
        ]),
    ...(detail.scope === undefined ? [] : [`scope=${quoted(detail.scope)}`]),
  ];
  const byDpop =
    dpopAlgorithms !== undefined && /^dpop\b/i.test(request.headers['authorization'] ?? '');
  const bearer = [`realm=${quoted(issuer)}`, ...(byDpop ? [] : fault)];
  if (dpopAlgorithms === undefined) return `Bearer ${bearer.join(', ')}`;
  const dpop = [`algs=${quoted(dpopAlgorithms)}`, ...(byDpop ? fault : [])];
  return `Bearer ${bearer.join(', ')}, DPoP ${dpop.join(', ')}`;
}
