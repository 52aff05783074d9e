/**
 * The checks of all answers together: no answer contains a token, no cache keeps a refusal, every
 * challenge can be parsed.
 */
import type { Answer } from './ask.ts';
import { findChallengeFaults } from './challenge.ts';
import type { Check, Sent } from './checks.ts';
import { challengesOf, isUncached } from './expectation.ts';
import type { Line } from './report.ts';
import type { Secrets } from './secrets.ts';

/** The request of one check, and its answer. */
export interface Exchange {
  readonly check: Check;
  readonly sent: Sent;
  readonly answer: Answer;
}

type Judged = Pick<Line, 'got' | 'verdict' | 'why'>;

interface WholeCheck {
  readonly id: string;
  readonly asked: string;
  readonly expected: string;
  readonly section: string;
  readonly judge: (exchanges: readonly Exchange[], secrets: Secrets) => Judged;
}

function judgeAll(
  exchanges: readonly Exchange[],
  find: (exchange: Exchange) => string | undefined,
): Judged {
  const found = exchanges.flatMap((exchange) => {
    const fault = find(exchange);
    return fault === undefined ? [] : [{ id: exchange.check.id, fault }];
  });
  if (exchanges.length === 0) return { got: '', verdict: 'skipped', why: 'there was no answer' };
  const [first] = found;
  if (first === undefined) return { got: `${exchanges.length} answers`, verdict: 'pass' };
  const ids = found.map(({ id }) => id).join(', ');
  return {
    got: `${found.length} of ${exchanges.length}`,
    verdict: 'fault',
    why: `${first.fault}: ${ids}`,
  };
}

function textOf({ headers, body }: Answer): string {
  return [...[...headers].flatMap(([name, values]) => [name, ...values]), body].join('\n');
}

/** RFC 9111 §4.2.2: caches may keep answers of these statuses although no header allows it. */
const keptByThemselves = [404, 405, 410, 414, 501];

function findCacheFault({ answer, check }: Exchange): string | undefined {
  const { status, headers } = answer;
  if (status < 400 || isUncached(answer)) return undefined;
  const directives = (headers.get('cache-control') ?? []).join(',').toLowerCase();
  if (/(?:^|[\s,])public|(?:s-maxage|max-age)\s*=\s*"?0*[1-9]/.test(directives))
    return 'Cache-Control lets caches give this refusal to other callers';
  if (check.id !== 'resource_foreign' || !keptByThemselves.includes(status)) return undefined;
  return /no-cache/.test(directives)
    ? undefined
    : `a cache may keep a ${status} unless Cache-Control forbids it`;
}

function findChallengeFault({ answer }: Exchange): string | undefined {
  const challenges = challengesOf(answer);
  if (challenges === undefined) return 'WWW-Authenticate cannot be read';
  return challenges.flatMap(findChallengeFaults)[0];
}

export const wholeChecks: readonly WholeCheck[] = [
  {
    id: 'no_token_in_answers',
    asked: 'every answer, searched for the tokens that were sent',
    expected: 'no token',
    section: 'RFC 6750 §5.2, RFC 9700 §4.3',
    judge: (exchanges, secrets) =>
      judgeAll(exchanges, ({ answer }) =>
        secrets.isIn(textOf(answer)) ? 'the answer contains a token' : undefined,
      ),
  },
  {
    id: 'refusals_not_cached',
    asked: 'Cache-Control of every refusal',
    expected: 'no shared cache keeps it',
    section: 'RFC 9111 §3, §4.2.2',
    judge: (exchanges) => judgeAll(exchanges, findCacheFault),
  },
  {
    id: 'challenges_well_formed',
    asked: 'the form of every challenge',
    expected: 'follows RFC 9110',
    section: 'RFC 9110 §11.6.1, RFC 6750 §3',
    judge: (exchanges) => judgeAll(exchanges, findChallengeFault),
  },
];

const loopback = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;

/** Findings that are not faults of the contract but are useful to know. */
export function findNotes(url: string, exchanges: readonly Exchange[]): readonly string[] {
  const { protocol, hostname } = new URL(url);
  const notes: string[] = [];
  if (protocol === 'http:' && !loopback.test(hostname))
    notes.push('The API uses http: everyone on the way can read the tokens (RFC 6750 §5.3).');
  const has = (name: string) => exchanges.some(({ answer }) => answer.headers.has(name));
  if (protocol === 'https:' && !has('strict-transport-security'))
    notes.push('No answer has Strict-Transport-Security (RFC 6797).');
  const refusals = exchanges.filter(({ answer }) => answer.status >= 400);
  if (
    refusals.some(
      ({ answer }) => !/no-store/i.test((answer.headers.get('cache-control') ?? []).join()),
    )
  )
    notes.push(
      'Some refusals have no Cache-Control: no-store. Caches keep none of them by default, but no-store is safer.',
    );
  if (exchanges.some(({ answer }) => answer.cut))
    notes.push('Some answers were longer than limits.max_body_bytes. The rest was not checked.');
  const foreign = exchanges.find(({ check }) => check.id === 'resource_foreign');
  const challenges = (foreign && challengesOf(foreign.answer)) ?? [];
  if (challenges.some(({ parameters }) => parameters['error'] === 'insufficient_scope'))
    notes.push(
      'resource_foreign: insufficient_scope makes clients ask for more scope, which does not help here.',
    );
  return notes;
}
