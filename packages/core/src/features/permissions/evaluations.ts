/**
 * The Access Evaluations API (Authorization API 1.0 §7): many questions in one request, in order.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Core } from '../../kernel/core.ts';
import { isJsonObject, memberOf } from '../../kernel/http/json-body.ts';
import type { HttpRequest, HttpResponse } from '../../kernel/http/message.ts';
import { json } from '../../kernel/http/responses.ts';
import { decisionPointOf, evaluate, parseQuestion, renderDecision } from './evaluation.ts';
import { optionalObject, optionalText, parseObject, wrong } from '../../kernel/json-api/members.ts';
import type { DecisionPoint, Question } from '../../model/permission-ports.ts';
import type { JsonMembers } from '../../model/terms.ts';

const mostEvaluations = 100;
/** The number of questions that are decided without a pause. Then other requests continue. */
const inOneGo = 5;

/** §7.1.2.1: the decision after which the rest of the list is not decided. */
const endings = {
  execute_all: undefined,
  deny_on_first_deny: false,
  permit_on_first_permit: true,
} as const;
type Semantic = keyof typeof endings;

export async function handleEvaluations(core: Core, request: HttpRequest): Promise<HttpResponse> {
  const decisions = decisionPointOf(core);
  const body = parseObject(request);
  const evaluations = parseEvaluations(body);
  // §7.1: without evaluations, request and answer are those of a single evaluation.
  if (evaluations.length === 0) return json(await evaluate(decisions, body));
  const semantic = parseSemantic(body);
  // §10.1.1: if a required member is missing, the whole request is refused before anything is
  // decided.
  const questions = evaluations.map((one) => parseQuestion(withDefaults(one, body)));
  return json({ evaluations: await decideInOrder(decisions, questions, endings[semantic]) });
}

function parseEvaluations(body: JsonMembers): readonly JsonMembers[] {
  const evaluations = memberOf(body, 'evaluations') ?? [];
  if (!Array.isArray(evaluations) || !evaluations.every(isJsonObject))
    throw wrong('evaluations must be a list of objects.');
  if (evaluations.length > mostEvaluations)
    throw wrong(`evaluations must be at most ${mostEvaluations}.`);
  return evaluations;
}

/** §7.1.1: a member of an evaluation replaces the default of the same name completely. */
function withDefaults(one: JsonMembers, defaults: JsonMembers): JsonMembers {
  const named = ['subject', 'action', 'resource', 'context'].map(
    (name) => [name, memberOf(one, name) ?? memberOf(defaults, name)] as const,
  );
  return Object.fromEntries(named);
}

function parseSemantic(body: JsonMembers): Semantic {
  const options = optionalObject(body, 'options') ?? {};
  const semantic = optionalText(options, 'evaluations_semantic', 'options.') ?? 'execute_all';
  if (!Object.hasOwn(endings, semantic))
    throw wrong(`options.evaluations_semantic must be one of ${Object.keys(endings).join(', ')}.`);
  return semantic as Semantic;
}

/**
 * A question that cannot be decided is a denial, which says so. The other questions are decided
 * (§7.2.1).
 */
async function decideInOrder(
  decisions: DecisionPoint,
  questions: readonly Question[],
  ending: boolean | undefined,
) {
  const answers: ReturnType<typeof renderDecision>[] = [];
  for (const question of questions) {
    const answer = renderDecision(await decisions.decide(question));
    answers.push(answer);
    if (answer.decision === ending) break;
    if (answers.length % inOneGo === 0) await nextTurn();
  }
  return answers;
}
