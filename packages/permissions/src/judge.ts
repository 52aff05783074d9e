/**
 * Asks Cedar one question. Makes entities from the question and the stored data, and reads the
 * answer so that no fault permits anything.
 */
import type { Entity, Facts, Question } from '@keywright/core';
import { toRecord, UnusableProperties } from './attributes.ts';
import {
  type AuthorizationAnswer,
  type CedarModule,
  type Context,
  type EntityJson,
  nextPolicySetName,
  type TypeAndId,
} from './cedar.ts';
import { coveredMarker, storedPermission, toActionUid, toUid } from './names.ts';
import type { Policies } from './policies.ts';

/** What failed when a question was put to the policies. */
export interface PolicyFault {
  /** Absent if the fault was not in a policy. */
  readonly policy?: string;
  /** For the operator. May contain values of the request. */
  readonly message: string;
}

export interface Judgement {
  readonly allowed: boolean;
  /** Names of the policies that decided. None if nothing permits. */
  readonly policies: readonly string[];
  /**
   * The faults. A forbidding policy that fails forbids. A permitting policy that fails permits
   * nothing.
   */
  readonly faults: readonly PolicyFault[];
  /** Whether a fault is the reason of the denial. */
  readonly failed: boolean;
}

export type Judge = (question: Question, facts: Facts) => Judgement;

export function createJudge(cedar: CedarModule, policies: Policies): Judge {
  const preparsedPolicySetId = nextPolicySetName();
  const prepared = cedar.preparsePolicySet(preparsedPolicySetId, {
    staticPolicies: policies.texts,
  });
  if (prepared.type === 'failure')
    throw new Error(`Cedar refused policies that it had read: ${prepared.errors[0]?.message}`);
  return (question, facts) => {
    try {
      const { subject, action, resource, context } = question;
      const answer = cedar.statefulIsAuthorized({
        principal: toUid(subject),
        action: toActionUid(action.name),
        resource: toUid(resource),
        context: toRecord(context),
        entities: entitiesOf(question, facts),
        preparsedPolicySetId,
      });
      return readAnswer(answer, policies);
    } catch (error) {
      if (error instanceof UnusableProperties) throw error;
      return failure([{ message: error instanceof Error ? error.message : String(error) }]);
    }
  };
}

/**
 * The three entities of the question. Groups and folders are named as their parents, and need
 * nothing else.
 */
function entitiesOf(
  { subject, action, resource }: Question,
  { groups, ancestors, permission }: Facts,
): EntityJson[] {
  const above = groups.map(toUid);
  if (permission !== undefined) above.push(coveredMarker);
  const act = {
    uid: toActionUid(action.name),
    attrs: { ...toRecord(action.properties), name: action.name },
    parents: [],
  };
  const principal = toEntity(subject, above);
  const object = toEntity(resource, ancestors.map(toUid));
  return isSame(principal.uid, object.uid)
    ? [act, merge(principal, object)]
    : [act, principal, object];
}

interface OwnEntity {
  readonly uid: TypeAndId;
  readonly attrs: Context;
  readonly parents: TypeAndId[];
}

/**
 * Type and id are always those of the entity, whatever its properties say, because policies compare
 * them.
 */
function toEntity(entity: Question['subject'], parents: TypeAndId[]): OwnEntity {
  const { type, id }: Entity = entity;
  return { uid: toUid(entity), attrs: { ...toRecord(entity.properties), type, id }, parents };
}

function isSame(one: TypeAndId, other: TypeAndId): boolean {
  return one.type === other.type && one.id === other.id;
}

/**
 * The subject asks about itself. For Cedar this is one entity, with one value for each property.
 */
function merge(one: OwnEntity, other: OwnEntity): OwnEntity {
  for (const [name, value] of Object.entries(other.attrs)) {
    const same =
      !Object.hasOwn(one.attrs, name) || JSON.stringify(one.attrs[name]) === JSON.stringify(value);
    if (!same)
      throw new UnusableProperties(
        'subject and resource are the same entity, with two values for a property',
      );
  }
  return {
    ...one,
    attrs: { ...one.attrs, ...other.attrs },
    parents: [...one.parents, ...other.parents],
  };
}

function readAnswer(answer: AuthorizationAnswer, policies: Policies): Judgement {
  if (answer.type === 'failure') return failure(answer.errors.map(({ message }) => ({ message })));
  const { decision, diagnostics } = answer.response;
  const faults = diagnostics.errors.map(({ policyId, error }) => ({
    policy: policyId,
    message: error.message,
  }));
  // Cedar skips a policy that fails. If a forbidding policy were skipped, it would not stop what it
  // should stop.
  const failed = faults.filter(
    ({ policy }) => policies.forbids.has(policy) || policy === storedPermission,
  );
  if (decision !== 'allow')
    return { allowed: false, policies: diagnostics.reason, faults, failed: false };
  if (failed.length > 0) return failure(failed, faults);
  return { allowed: true, policies: diagnostics.reason, faults, failed: false };
}

function failure(because: readonly PolicyFault[], faults = because): Judgement {
  return {
    allowed: false,
    policies: because.flatMap(({ policy }) => policy ?? []),
    faults,
    failed: true,
  };
}
