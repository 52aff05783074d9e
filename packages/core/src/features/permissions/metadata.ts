/** Metadata of the decision point (Authorization API 1.0 §9). Its identifier is the issuer. */
import type { Core } from '../../kernel/core.ts';
import type { HttpResponse } from '../../kernel/http/message.ts';
import { publicJson } from '../../kernel/http/responses.ts';

const maxAgeSeconds = 300;

export function createDecisionMetadata({ options: { issuer } }: Core): () => HttpResponse {
  const document = publicJson(
    JSON.stringify({
      policy_decision_point: issuer,
      access_evaluation_endpoint: `${issuer}/access/v1/evaluation`,
      access_evaluations_endpoint: `${issuer}/access/v1/evaluations`,
      search_subject_endpoint: `${issuer}/access/v1/search/subject`,
      search_resource_endpoint: `${issuer}/access/v1/search/resource`,
      search_action_endpoint: `${issuer}/access/v1/search/action`,
    }),
    maxAgeSeconds,
  );
  return () => document;
}
