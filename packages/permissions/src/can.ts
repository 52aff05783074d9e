/** The engine as the last question of a guarded route, for an API that lives beside it. */
import type { DecisionPoint, Question } from '@keywright/core';

/** What the guard asks; its `Decision`. */
export interface GuardedDecision<Resource> {
  readonly action: string;
  readonly resource: Resource;
  readonly caller: { readonly kind: 'user' | 'service'; readonly issuer: string; readonly subject: string };
}

/** What the guard is told: `why` ends in its log, never in an answer. */
export interface Verdict {
  readonly allowed: boolean;
  readonly why: string;
}

export type CanOptions<Resource, Decision> = {
  /** The resource as permissions name it, with properties that policies may ask for. */
  readonly resource: (resource: Resource) => Question['resource'];
  readonly context?: (decision: Decision) => NonNullable<Question['context']>;
} & (
  | {
      /** Whose users and services the permissions are about. Callers of other issuers are denied: their ids are others'. */
      readonly issuer: string;
      readonly subject?: undefined;
    }
  | {
      /** The subject as permissions name it, instead of `user` or `client` with the caller's id. */
      readonly subject: (decision: Decision) => Question['subject'];
    }
);

/**
 * A `can` for routes of the guard. Rejects when the store cannot be read, which the guard answers as a fault: nobody is let
 * through.
 */
export function createCan<Resource, Decision extends GuardedDecision<Resource> = GuardedDecision<Resource>>(
  engine: Pick<DecisionPoint, 'decide'>,
  options: CanOptions<Resource, Decision>,
): (decision: Decision) => Promise<Verdict> {
  return async (decision) => {
    const { action, resource, caller } = decision;
    if (options.subject === undefined && caller.issuer !== options.issuer)
      return { allowed: false, why: 'the caller is of another issuer than the permissions' };
    const context = options.context?.(decision);
    const { allowed, why } = await engine.decide({
      subject: options.subject?.(decision) ?? subjectOf(caller),
      action: { name: action },
      resource: options.resource(resource),
      ...(context === undefined ? {} : { context }),
    });
    return { allowed, why };
  };
}

function subjectOf({ kind, subject }: GuardedDecision<unknown>['caller']): Question['subject'] {
  return { type: kind === 'user' ? 'user' : 'client', id: subject };
}
