/** The Access Evaluation API (Authorization API 1.0 §6): one question, one decision. */
import type { Core } from '../../kernel/core.ts';
import type { HttpRequest, HttpResponse } from '../../kernel/http/message.ts';
import { json } from '../../kernel/http/responses.ts';
import {
  optionalObject,
  parseObject,
  properties,
  requireObject,
  requireText,
  wrong,
} from '../../kernel/json-api/members.ts';
import type { Decided, DecisionPoint, Question } from '../../model/permission-ports.ts';
import type { JsonMembers } from '../../model/terms.ts';

export async function handleEvaluation(core: Core, request: HttpRequest): Promise<HttpResponse> {
  return json(await evaluate(decisionPointOf(core), parseObject(request)));
}

/** A request that contains one question. */
export async function evaluate(decisions: DecisionPoint, body: JsonMembers) {
  const decided = await decisions.decide(parseQuestion(body));
  if (decided.fault === 'question') throw wrong(`${decided.why}.`);
  return renderDecision(decided);
}

/** The routes exist only if there is a decision point. */
export function decisionPointOf({ decisions }: Core): DecisionPoint {
  if (decisions === undefined) throw new Error('there is no decision point');
  return decisions;
}

/** §6.1. The decision point checks the content of required members. */
export function parseQuestion(body: JsonMembers): Question {
  return {
    ...parseSubject(body),
    ...parseAction(body),
    ...parseResource(body),
    ...parseContext(body),
  };
}

export function parseSubject(body: JsonMembers, ignoreId = false): Pick<Question, 'subject'> {
  return { subject: parseEntity(body, 'subject', ignoreId) };
}

export function parseResource(body: JsonMembers, ignoreId = false): Pick<Question, 'resource'> {
  return { resource: parseEntity(body, 'resource', ignoreId) };
}

export function parseAction(body: JsonMembers): Pick<Question, 'action'> {
  const action = requireObject(body, 'action');
  return {
    action: { name: requireText(action, 'name', 'action.'), ...properties(action, 'action.') },
  };
}

export function parseContext(body: JsonMembers): Pick<Question, 'context'> {
  const context = optionalObject(body, 'context');
  return context === undefined ? {} : { context };
}

function parseEntity(body: JsonMembers, name: 'subject' | 'resource', ignoreId: boolean) {
  const entity = requireObject(body, name);
  const place = `${name}.`;
  return {
    type: requireText(entity, 'type', place),
    id: ignoreId ? '' : requireText(entity, 'id', place),
    ...properties(entity, place),
  };
}

/** §5.5. The reason is for the program that enforces the decision, and for its log. */
export function renderDecision({ allowed, why, fault }: Decided) {
  const error =
    fault === undefined
      ? {}
      : { error: { status: fault === 'question' ? 400 : 500, message: why } };
  return { decision: allowed, context: { reason: why, ...error } };
}
