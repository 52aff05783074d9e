/**
 * How a refusal is said: status, challenge and problem details (RFC 9457). The catalogue decides
 * all of it.
 */
import { randomUUID } from 'node:crypto';
import { JwtError } from '@keywright/jwt';
import type { ResourceReason } from '@keywright/wire';
import { type ChallengeFacts, type Challenger, renderChallenge } from './challenge.ts';
import { GuardRefusal, type RefusalDetail } from './guard-refusal.ts';

/**
 * A refusal as it is answered: status, headers and problem details (RFC 9457) with the challenge
 * (RFC 9110 §11.6.1). Also the form of the documents that the guard publishes.
 */
export interface RefusalAnswer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/**
 * What was refused, for the log: who, why, and under which id. Holds neither the token nor any
 * part of it.
 */
export interface RefusalEvent extends RefusalDetail {
  readonly reason: ResourceReason;
  readonly status: number;
  /** Stands in the answer too, so that a complaint finds its line in the log. */
  readonly decision: string;
  readonly method?: string;
  /** Without query. */
  readonly path?: string;
  /** For `fault` alone: what was thrown by a decision or a resource loader. */
  readonly error?: unknown;
}

const retrySeconds = 5;

/** Any error as a refusal; what is not one is a bug, and lets nobody through. */
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
