import { type Refusal, type RefusalReason, refusal } from '@keywright/wire';
import type { RefusalLog } from '@keywright/wire/events';
import type { QuotaPolicy } from './limit-ports.ts';
import type { ErrorView } from './pages.ts';

/** What a refusal says in addition to its reason. */
export interface OAuthErrorDetail {
  /** More for the developer than the catalogue's text. Never holds what was sent, and no secret. */
  readonly description?: string;
  /** For the log only. */
  readonly log?: RefusalLog;
  /**
   * What this very browser has sent, for the page that it gets, and for no other answer and no log.
   */
  readonly came?: ErrorView['came'];
  readonly retryAfterSeconds?: number;
  /** The limit that was reached. */
  readonly policy?: QuotaPolicy;
  /** Methods for `Allow`. */
  readonly allow?: readonly string[];
  /** Scope for the challenge (RFC 6750 §3). */
  readonly scope?: string;
  /**
   * Additional members of a JSON answer. Contains no secret except those that the caller may have.
   */
  readonly members?: Readonly<Record<string, unknown>>;
  /**
   * The scheme that a client tried, for the challenge of an endpoint that takes several (RFC 6749
   * §5.2). Default Basic.
   */
  readonly scheme?: 'ApiKey';
}

/**
 * A refusal, with a reason of the catalogue (docs/errors.md). One place for each channel (JSON,
 * redirect, page, challenge) makes the answer.
 */
export class OAuthError extends Error {
  readonly reason: RefusalReason;
  readonly refusal: Refusal;
  readonly detail: OAuthErrorDetail;

  constructor(reason: RefusalReason, detail: OAuthErrorDetail = {}) {
    super(detail.description ?? refusal(reason).text);
    this.name = 'OAuthError';
    this.reason = reason;
    this.refusal = refusal(reason);
    this.detail = detail;
  }
}

/** 429 (RFC 6585 §4): the limit that was reached, and when to try again. */
export function throttled(
  policy: QuotaPolicy,
  retryAfterSeconds: number,
  log: RefusalLog,
): OAuthError {
  const description = `Too many attempts. ${tryAgainIn(retryAfterSeconds)}`;
  return new OAuthError('throttled', { policy, retryAfterSeconds, log, description });
}

/** For people: rounded up to whole seconds or minutes. */
export function tryAgainIn(seconds: number): string {
  const [count, unit] = seconds < 60 ? [seconds, 'second'] : [Math.ceil(seconds / 60), 'minute'];
  return `Try again in ${count} ${unit}${count === 1 ? '' : 's'}.`;
}

/**
 * Runs `act`. If it throws a refusal, the log contains who the caller was. Members that the
 * refusal has stay.
 */
export async function refusedTo<T>(who: RefusalLog, act: () => T | Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    if (!(error instanceof OAuthError)) throw error;
    throw new OAuthError(error.reason, { ...error.detail, log: { ...who, ...error.detail.log } });
  }
}

/** One fault of a configuration. */
export interface ConfigProblem {
  /** Where: `clients[0].redirect_uris[1]`. */
  readonly path: string;
  /** What is wrong, and what to do. */
  readonly message: string;
}

/** A configuration that was refused, with all of its faults at once. */
export class ConfigError extends Error {
  readonly problems: readonly ConfigProblem[];

  constructor(problems: readonly ConfigProblem[]) {
    super(problems.map((p) => `${p.path}: ${p.message}`).join('\n'));
    this.name = 'ConfigError';
    this.problems = problems;
  }
}
