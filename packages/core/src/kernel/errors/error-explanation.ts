/**
 * The page that `error_uri` leads to: what a refusal means, what to check, and what to quote. It says what the catalogue says to
 * everybody, and nothing of the request that was refused. Of what stands in the address only a well-formed id is shown.
 */
import { type RefusalReason, refusal, refusals } from '@keywright/wire';
import { advice } from '@keywright/wire/advice';
import type { Core } from '../core.ts';
import { explanations } from '../http/error-uri.ts';
import { OAuthError } from '../../model/errors.ts';
import type { HttpRequest, HttpResponse } from '../http/message.ts';
import { parseParameters } from '../http/parameters.ts';
import { page } from '../http/responses.ts';
import type { ExplanationView } from '../../model/pages.ts';
import { isDecisionId } from '../../model/token-id.ts';

/** The answers of people. The first is told at a redirect URI alone (RFC 6749 §4.1.2.1), and a redirect has no status of an error. */
const choices: ReadonlySet<RefusalReason> = new Set(['user_denied', 'deferred_denied']);

/** Throws path_unknown for a reason that there is not. */
export function showExplanation({ options, pages }: Core, request: HttpRequest): HttpResponse {
  const reason = request.path.slice(options.basePath.length + explanations.length);
  if (!isReason(reason)) throw new OAuthError('path_unknown');
  const { error, status, text, section } = refusal(reason);
  const decision = parseParameters(request.query).get('decision');
  const view = {
    reason,
    ...(reason === 'user_denied' ? {} : { status }),
    ...(choices.has(reason) ? { isChoice: true } : {}),
    text,
    section,
    advice: partsOf(advice[reason]),
    ...(error === undefined ? {} : { error }),
    ...(decision !== undefined && isDecisionId(decision) ? { decision } : {}),
  };
  return page(pages.explanation(view));
}

function isReason(text: string): text is RefusalReason {
  return Object.hasOwn(refusals, text);
}

/** In the catalogue, code stands between backticks. */
function partsOf(text: string): ExplanationView['advice'] {
  return text.split('`').map((part, at) => ({ text: part, isCode: at % 2 === 1 }));
}
