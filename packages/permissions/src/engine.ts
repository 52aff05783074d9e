/**
 * Decides by stored permissions, and by the policies of the operator if there are any. Without
 * policies, the stored permissions decide, and Cedar is not loaded.
 */
import {
  type Decided,
  type DecisionPoint,
  type Entity,
  type Facts,
  longestId,
  longestName,
  type PermissionStore,
  type Question,
  refuseText,
} from '@keywright/core';
import { countValues, toRecord, UnusableProperties } from './attributes.ts';
import { openCedar } from './cedar.ts';
import { explain, explainStored } from './explanation.ts';
import { createJudge, type Judge, type PolicyFault } from './judge.ts';
import { parsePolicies, type Policies, type PolicySource } from './policies.ts';
import { createSearch } from './search.ts';

/** What decisions are made by: stored permissions, and policies where there are any. */
export interface PermissionEngineOptions {
  readonly store: PermissionStore;
  /** Cedar policies. They permit or forbid in addition to the stored permissions. */
  readonly policies?: PolicySource | undefined;
  /**
   * Called for policies that fail, and for other faults. At most once a minute for the same policy.
   */
  readonly onFault?: (fault: PolicyFault) => void;
  /** In milliseconds; the system's by default. */
  readonly clock?: () => number;
}

/**
 * Makes the decision point: stored permissions, and Cedar policies where there are any. Without
 * policies a stored permission is the whole answer, and Cedar is not loaded. Parses the policies;
 * does not look at the store.
 *
 * Rejects with ConfigError for policies that cannot be read, with the lines of all that is wrong
 * with them. When the store cannot be read a decision rejects: the caller must take that for a
 * denial.
 * @example
 * ```ts
 * import { createPermissionEngine } from '@keywright/permissions';
 * import { createTestPlatform } from '@keywright/testing';
 *
 * const { store } = await createTestPlatform();
 * const engine = await createPermissionEngine({
 *   store: store.permissions,
 *   policies: {
 *     text: 'forbid (principal, action, resource) when { context has frozen && context.frozen };',
 *     place: 'permissions.cedar',
 *   },
 * });
 * const { allowed, why } = await engine.decide({
 *   subject: { type: 'user', id: 'usr_ada' },
 *   action: { name: 'buildings:read' },
 *   resource: { type: 'building', id: 'b-101' },
 * });
 * console.log(allowed, why);
 * ```
 */
export async function createPermissionEngine(
  options: PermissionEngineOptions,
): Promise<DecisionPoint> {
  const { store, policies: source } = options;
  const asked = source === undefined ? undefined : await preparePolicies(source);
  const report = createReport(options);
  const decide = (question: Question) => decideBy(store, asked?.judge, report, question);
  return {
    decide,
    ...createSearch({ store, policies: asked?.policies, decide, refuse: refuseQuestion }),
  };
}

interface AskedPolicies {
  readonly policies: Policies;
  readonly judge: Judge;
}

async function preparePolicies(source: PolicySource): Promise<AskedPolicies> {
  const cedar = await openCedar();
  const policies = parsePolicies(cedar, source);
  return { policies, judge: createJudge(cedar, policies) };
}

async function decideBy(
  store: PermissionStore,
  judge: Judge | undefined,
  report: (fault: PolicyFault) => void,
  question: Question,
): Promise<Decided> {
  const wrong = refuseQuestion(question);
  if (wrong !== undefined) return { allowed: false, why: wrong, fault: 'question' };
  const { subject, action, resource } = question;
  const facts = await store.loadFacts(subject, action.name, resource);
  if (facts.outcome === 'too-much') {
    const above = facts.above === 'both' ? 'two' : facts.above;
    const message = `too much is above the ${above} for a decision`;
    report({ message });
    return { allowed: false, why: message, fault: 'engine' };
  }
  if (judge === undefined)
    return { allowed: facts.permission !== undefined, why: explainStored(facts) };
  return askPolicies(judge, report, question, facts);
}

function askPolicies(
  judge: Judge,
  report: (fault: PolicyFault) => void,
  question: Question,
  facts: Facts,
): Decided {
  try {
    const judgement = judge(question, facts);
    judgement.faults.forEach(report);
    return explain(judgement, facts);
  } catch (error) {
    if (!(error instanceof UnusableProperties)) throw error;
    return { allowed: false, why: error.message, fault: 'question' };
  }
}

const repeatMilliseconds = 60_000;

/** There are few policies, so the last report of each is stored. Everything else counts as one. */
function createReport({
  onFault,
  clock = Date.now,
}: PermissionEngineOptions): (fault: PolicyFault) => void {
  const reportedAt = new Map<string | undefined, number>();
  return (fault) => {
    const now = clock();
    if (now - (reportedAt.get(fault.policy) ?? Number.NEGATIVE_INFINITY) < repeatMilliseconds)
      return;
    reportedAt.set(fault.policy, now);
    onFault?.(fault);
  };
}

/** Says what is wrong with a question. Undefined if it can be decided. */
function refuseQuestion({ subject, action, resource, context }: Question): string | undefined {
  return (
    refuseEntity('subject', subject) ??
    refuseEntity('resource', resource) ??
    refuseNamed('action.name', action.name, longestName) ??
    refuseProperties([subject.properties, action.properties, resource.properties, context])
  );
}

function refuseEntity(what: string, { type, id }: Entity): string | undefined {
  return refuseNamed(`${what}.type`, type, longestName) ?? refuseNamed(`${what}.id`, id, longestId);
}

function refuseNamed(what: string, text: string, longest: number): string | undefined {
  const wrong = refuseText(text, longest);
  return wrong === undefined ? undefined : `${what} ${wrong}`;
}

/**
 * In one question. A decision with so many values takes some milliseconds, and one request may ask
 * for a hundred decisions.
 */
const mostValues = 1000;

function refuseProperties(all: readonly Question['context'][]): string | undefined {
  if (countValues(all) > mostValues)
    return `properties and context must have at most ${mostValues} values`;
  try {
    for (const properties of all) toRecord(properties);
    return undefined;
  } catch (error) {
    if (error instanceof UnusableProperties) return error.message;
    throw error;
  }
}
