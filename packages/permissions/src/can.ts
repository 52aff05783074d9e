/** The engine as the last check of a guarded route, for an API in the same process. */
import type { DecisionPoint, Question } from '@keywright/core';

/** What the guard asks a `can`: as much of its `Decision` as is needed here. */
export interface GuardedDecision<Resource> {
  readonly action: string;
  readonly resource: Resource;
  readonly caller: {
    readonly kind: 'user' | 'service';
    readonly issuer: string;
    readonly subject: string;
  };
}

/** The answer for the guard. `why` goes into its log, never into an answer. */
export interface Verdict {
  readonly allowed: boolean;
  readonly why: string;
}

/** How the facts of a request are named for the decision point. */
export type CanOptions<Resource, Decision> = {
  /** The resource as permissions name it, with properties for policies. */
  readonly resource: (resource: Resource) => Question['resource'];
  readonly context?: (decision: Decision) => NonNullable<Question['context']>;
} & (
  | {
      /**
       * The issuer of the users and services in the permissions. Callers of other issuers are
       * denied, because their ids are different.
       */
      readonly issuer: string;
      readonly subject?: undefined;
    }
  | {
      /** The subject as permissions name it, instead of `user` or `client` with the caller's id. */
      readonly subject: (decision: Decision) => Question['subject'];
    }
);

/**
 * Makes a `can` for routes of the guard, for an API in the same process as the decision point.
 * Callers of another issuer are denied.
 *
 * The function rejects when the store cannot be read, which the guard answers as a fault (500):
 * the request is not let through.
 * @example
 * ```ts
 * import { createGuard } from '@keywright/guard';
 * import { createCan, createPermissionEngine } from '@keywright/permissions';
 * import { createTestPlatform } from '@keywright/testing';
 *
 * const { issuer, store } = await createTestPlatform();
 * const engine = await createPermissionEngine({ store: store.permissions });
 * const can = createCan<{ readonly id: string }>(engine, {
 *   issuer,
 *   resource: ({ id }) => ({ type: 'building', id }),
 * });
 * const guard = createGuard({ issuer, audience: 'https://api.example.com' });
 * export const readBuilding = guard.node(
 *   { scope: 'buildings:read', resource: () => ({ id: 'b-101' }), can },
 *   (_request, response, { resource }) => response.end(resource.id),
 * );
 * ```
 */
export function createCan<
  Resource,
  Decision extends GuardedDecision<Resource> = GuardedDecision<Resource>,
>(
  engine: Pick<DecisionPoint, 'decide'>,
  options: CanOptions<Resource, Decision>,
): (decision: Decision) => Promise<Verdict> {
  return async (decision) => {
    const { action, resource, caller } = decision;
    if (options.subject === undefined && caller.issuer !== options.issuer)
      return { allowed: false, why: 'the caller is from another issuer than the permissions' };
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
