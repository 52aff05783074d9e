/**
 * The answer of a refusal: status, challenge and problem details (RFC 9457). The catalogue decides
 * all of it.
 */
import { randomUUID } from 'node:crypto';
import { JwtError } from '@keywright/jwt';
import type { ResourceReason } from '@keywright/wire';
import { type ChallengeFacts, type Challenger, renderChallenge } from './challenge.ts';
import { GuardRefusal, type RefusalDetail } from './guard-refusal.ts';

/**
 * The answer to a refused request: status, headers, problem details (RFC 9457) and the challenge
 * (RFC 9110 §11.6.1). Documents that the guard publishes have the same form.
 */
export interface RefusalAnswer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** A refusal for the log: the caller, the reason and the id. Contains no part of the token. */
export interface RefusalEvent extends RefusalDetail {
  readonly reason: ResourceReason;
  readonly status: number;
  /** The id is in the answer too, so that the log entry of a complaint can be found. */
  readonly decision: string;
  readonly method?: string;
  /** Without query. */
  readonly path?: string;
  /** For `fault` only: the error of a decision or a resource loader. */
  readonly error?: unknown;
}

const retrySeconds = 5;

/** Turns any error into a refusal. An unexpected error is a bug, and lets no request through. */
export function asRefusal(error: unknown, scope: string | undefined): GuardRefusal {
  if (error instanceof GuardRefusal) return error;
  if (!(error instanceof JwtError)) return new GuardRefusal('fault', {}, { cause: error });
  return new GuardRefusal(error.reason, {
    note: error.note,
    ...(scope === undefined ? {} : { scope }),
  });
}

export function createDecisionId(): string {
  return randomUUID();
}

export function renderRefusal(
  refused: GuardRefusal,
  challenger: Challenger,
  facts: ChallengeFacts,
  decision: string,
): RefusalAnswer {
  const challenge = renderChallenge(refused, challenger, facts);
  return {
    status: refused.refusal.status,
    headers: {
      'content-type': 'application/problem+json',
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
      ...(challenge === undefined ? {} : { 'www-authenticate': challenge }),
      ...(refused.refusal.status === 503 ? { 'retry-after': String(retrySeconds) } : {}),
      ...refused.headers,
    },
    body: JSON.stringify(problemOf(refused, decision)),
  };
}

function problemOf({ reason, refusal, detail }: GuardRefusal, decision: string) {
  return {
    type: `urn:keywright:refusal:${reason}`,
    title: titleOf(reason),
    status: refusal.status,
    detail: refusal.text,
    reason,
    error: refusal.error,
    ...(reason === 'scope_insufficient' ? { scope: detail.scope } : {}),
    decision,
  };
}

function titleOf(reason: string): string {
  return (reason.charAt(0).toUpperCase() + reason.slice(1)).replaceAll('_', ' ');
}
