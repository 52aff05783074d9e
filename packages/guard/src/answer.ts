/** How a refusal is said: status, challenge (RFC 6750 §3) and problem details (RFC 9457). The catalogue decides all of it. */
import { randomUUID } from 'node:crypto';
import { JwtError } from '@keywright/jwt';
import type { RefusalReason } from '@keywright/wire';
import { GuardRefusal, type RefusalDetail } from './guard-refusal.ts';

export interface RefusalAnswer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What happened, for the log. Holds neither the token nor any part of it. */
export interface RefusalEvent extends RefusalDetail {
  readonly reason: RefusalReason;
  readonly status: number;
  /** Stands in the answer too, so that a complaint finds its line in the log. */
  readonly decision: string;
  /** For `fault` alone: what was thrown by a decision or a resource loader. */
  readonly error?: unknown;
}

const retrySeconds = 5;

/** Any error as a refusal; what is not one is a bug of ours or of a decision function, and lets nobody through. */
export function asRefusal(error: unknown, scope: string | undefined): GuardRefusal {
  if (error instanceof GuardRefusal) return error;
  if (!(error instanceof JwtError)) return new GuardRefusal('fault');
  return new GuardRefusal(error.reason, { note: error.note, ...(scope === undefined ? {} : { scope }) });
}

export function createDecisionId(): string {
  return randomUUID();
}

/** `realm` must be plain enough to be quoted; `createGuard` sees to that. */
export function renderRefusal(refused: GuardRefusal, realm: string, decision: string): RefusalAnswer {
  const challenge = challengeOf(refused, realm);
  return {
    status: refused.refusal.status,
    headers: {
      'content-type': 'application/problem+json',
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
      ...(challenge === undefined ? {} : { 'www-authenticate': challenge }),
      ...(refused.refusal.status === 503 ? { 'retry-after': String(retrySeconds) } : {}),
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

/** Only these are about the token; to everyone else a new token would be no help. */
const challenged = new Set(['invalid_request', 'invalid_token', 'insufficient_scope']);

function challengeOf({ reason, refusal, detail }: GuardRefusal, realm: string): string | undefined {
  const parts = [`Bearer realm="${realm}"`];
  if (reason !== 'token_missing') {
    if (refusal.error === undefined || !challenged.has(refusal.error) || refusal.status === 413)
      return undefined;
    parts.push(`error="${refusal.error}"`, `error_description="${refusal.text}"`);
  }
  // RFC 6750 §3.1: without any token no error code; what is needed may be said.
  if (detail.scope !== undefined && mayNameScope(reason)) parts.push(`scope="${detail.scope}"`);
  return parts.join(', ');
}

function mayNameScope(reason: RefusalReason): boolean {
  return reason === 'scope_insufficient' || reason === 'token_missing';
}
