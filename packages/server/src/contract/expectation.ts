/** The answers that a check accepts: status and challenge (RFC 9110 §15.5.2, RFC 6750 §3). */
import type { Answer } from './ask.ts';
import { type Challenge, parseChallenges } from './challenge.ts';

export interface Expected {
  /** `allowed` means the status from the configuration, or any 2xx. */
  readonly status: number | 'allowed';
  /**
   * Errors that the Bearer challenge may have. `none` means without an error. Absent: no challenge
   * needed.
   */
  readonly errors?: readonly string[];
  /** Whether the challenge must name the scope that is needed. */
  readonly scope?: true;
  /** Whether shared caches must not keep the answer (RFC 6750 §2.3). */
  readonly uncached?: true;
}

export interface Demands {
  readonly allowedStatus: number | undefined;
  /** The scopes that the challenge must name, separated by spaces. */
  readonly scope: string | undefined;
}

const missing: Expected = { status: 401, errors: ['none'] };
const bad: Expected = { status: 401, errors: ['invalid_token'] };
const malformed: Expected = { status: 400, errors: ['invalid_request'] };

/** The accepted answers, by the name that the table of checks uses. */
export const expectations = {
  allowed: [{ status: 'allowed' }],
  /** RFC 6750 §3.1: no error code if the request has no credentials. */
  nobody: [missing],
  badToken: [bad],
  noToken: [bad, missing, malformed],
  badRequest: [bad, malformed],
  tooMuch: [bad, { status: 400 }, { status: 413 }, { status: 414 }, { status: 431 }],
  tokenInQuery: [malformed, missing, bad],
  allowedFromQuery: [{ status: 'allowed', uncached: true }],
  lesserScope: [{ status: 403, errors: ['insufficient_scope'], scope: true }],
  forbidden: [{ status: 403 }],
  hidden: [{ status: 404 }],
  nothing: [{ status: 404 }, { status: 403 }],
} as const satisfies Readonly<Record<string, readonly Expected[]>>;

function renderOne({ status, errors }: Expected, allowed: number | undefined): string {
  if (status === 'allowed') return allowed === undefined ? '2xx' : String(allowed);
  if (errors === undefined) return String(status);
  const [error] = errors;
  return error === 'none' ? `${status} without error` : `${status} ${error}`;
}

export function renderExpected(list: readonly Expected[], { allowedStatus }: Demands): string {
  return list.map((one) => renderOne(one, allowedStatus)).join(', ');
}

export function challengesOf(answer: Answer): readonly Challenge[] | undefined {
  return parseChallenges(answer.headers.get('www-authenticate') ?? []);
}

/**
 * Returns a value that the API sent, if it is safe to show. It must not control the terminal. It is
 * never cut, so that a token in it is found when tokens are removed from the report.
 */
export function shown(text: string, otherwise: string): string {
  return /^[\w./:;=+ -]{1,40}$/.test(text) ? text : otherwise;
}

/**
 * For example `401 Bearer invalid_token`. Other schemes are shown only if there is no Bearer
 * challenge.
 */
export function renderAnswer(answer: Answer): string {
  const location = answer.headers.get('location')?.[0];
  if (location !== undefined && answer.status >= 300 && answer.status < 400)
    return `${answer.status} to ${shown(location.split('?')[0] ?? '', 'elsewhere')}`;
  const challenges = challengesOf(answer);
  if (challenges === undefined) return `${answer.status} with a challenge that cannot be read`;
  const bearers = challenges.filter(({ scheme }) => scheme === 'bearer');
  const words = (bearers.length > 0 ? bearers : challenges).map(({ scheme, parameters }) => {
    const name = scheme === 'bearer' ? 'Bearer' : shown(scheme, 'another scheme');
    const { error } = parameters;
    return error === undefined ? name : `${name} ${shown(error, 'with another error')}`;
  });
  return [answer.status, ...new Set(words)].slice(0, 4).join(' ');
}

function isStatus(answer: Answer, { status }: Expected, { allowedStatus }: Demands): boolean {
  if (status !== 'allowed') return answer.status === status;
  if (allowedStatus !== undefined) return answer.status === allowedStatus;
  return answer.status >= 200 && answer.status < 300;
}

/** Says what is wrong with an answer. Returns undefined for an expected answer. */
export function judge(
  answer: Answer,
  list: readonly Expected[],
  demands: Demands,
): string | undefined {
  const possible = list.filter((one) => isStatus(answer, one, demands));
  if (possible.length === 0) return describeStatus(answer, list);
  const faults = possible.map((one) => judgeRest(answer, one, demands));
  return faults.includes(undefined) ? undefined : faults[0];
}

function judgeRest(answer: Answer, expected: Expected, demands: Demands): string | undefined {
  if (expected.uncached === true && !isUncached(answer))
    return 'the address contains a token, but the answer has no Cache-Control of private or no-store (RFC 6750 §2.3)';
  const challenges = challengesOf(answer);
  if (expected.errors === undefined) return judgeNeedless(answer, challenges ?? []);
  if (challenges === undefined) return 'WWW-Authenticate cannot be read (RFC 9110 §11.6.1)';
  if (challenges.length === 0)
    return `${answer.status} without WWW-Authenticate (RFC 9110 §15.5.2, RFC 6750 §3)`;
  const bearers = challenges.filter(({ scheme }) => scheme === 'bearer');
  if (bearers.length === 0) return 'WWW-Authenticate has no Bearer challenge (RFC 6750 §3)';
  const faults = bearers.map((one) => judgeBearer(one, expected, demands));
  return faults.includes(undefined) ? undefined : faults[0];
}

/**
 * RFC 6750 §3.1: these two errors say that the token is wrong. It is valid if no challenge is
 * expected.
 */
function judgeNeedless({ status }: Answer, challenges: readonly Challenge[]): string | undefined {
  const error = challenges.find(({ scheme }) => scheme === 'bearer')?.parameters['error'];
  if (
    (status !== 403 && status !== 404) ||
    (error !== 'invalid_token' && error !== 'invalid_request')
  )
    return undefined;
  return `the challenge says that the token is wrong (${error}), but the token is valid`;
}

function judgeBearer(
  { parameters }: Challenge,
  { errors = [], scope }: Expected,
  demands: Demands,
): string | undefined {
  const { error } = parameters;
  if (!errors.includes(error ?? 'none')) return describeError(error, errors);
  if (error === undefined && parameters['error_description'] !== undefined)
    return 'the challenge describes an error although the request had no credentials (RFC 6750 §3.1)';
  return scope === undefined ? undefined : judgeScope(parameters['scope'], demands.scope);
}

function describeError(error: string | undefined, errors: readonly string[]): string {
  if (error === undefined)
    return `the challenge has no error, but must say ${errors.join(' or ')} (RFC 6750 §3.1)`;
  if (errors.includes('none'))
    return `the challenge says ${shown(error, 'something else')} although the request had no credentials (RFC 6750 §3.1)`;
  return `the challenge says ${shown(error, 'something else')}, not ${errors.join(' or ')} (RFC 6750 §3.1)`;
}

function judgeScope(named: string | undefined, needed: string | undefined): string | undefined {
  if (named === undefined)
    return 'the challenge does not name the scope that is needed (RFC 6750 §3)';
  const words = named.split(' ');
  const lacking = (needed ?? '').split(' ').filter((word) => word !== '' && !words.includes(word));
  return lacking.length === 0
    ? undefined
    : `the challenge does not name the scope ${lacking.join(' ')}`;
}

const wrongStatuses: Readonly<Record<number, string>> = {
  400: 'answered 400, which is for a request that cannot be read',
  401: 'answered 401 although the caller is known. 401 asks for a new authentication, which does not help',
  403: 'answered 403 although the caller is not known. 403 is for a known caller (RFC 9110 §15.5.4)',
  404: 'answered 404, which is for a resource that does not exist or is hidden (forbidden.hidden)',
  429: 'answered 429: the API limits the requests of this check. Set limits.pause_milliseconds',
};

function describeStatus({ status, headers }: Answer, list: readonly Expected[]): string {
  if (list.every((one) => one.status === 'allowed'))
    return `answered ${status} although the call is allowed`;
  if (status >= 200 && status < 300) return `accepted with ${status}`;
  if (status >= 500) return `answered ${status}: the API failed`;
  if (status >= 300 && status < 400 && headers.has('location'))
    return `answered ${status} with a redirect, but a program cannot sign in at a page`;
  return wrongStatuses[status] ?? `answered ${status}`;
}

/** Whether Cache-Control keeps the answer out of shared caches. */
export function isUncached({ headers }: Answer): boolean {
  const directives = (headers.get('cache-control') ?? []).join(',').toLowerCase();
  return /(?:^|[\s,])(?:no-store|private)(?:$|[\s,=])/.test(directives);
}
