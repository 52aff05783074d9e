/**
 * The page at `error_uri`: what a refusal means, what to check, and what to quote. It shows only
 * texts of the catalogue, and nothing of the refused request. Of the address, it shows only a
 * well-formed id.
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

/**
 * Refusals that are decisions of users. The first is only sent to a redirect URI (RFC 6749
 * §4.1.2.1), and a redirect has no error status.
 */
const choices: ReadonlySet<RefusalReason> = new Set(['user_denied', 'deferred_denied']);

/** Throws path_unknown for an unknown reason. */
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

/** In the catalogue, code is between backticks. */
function partsOf(text: string): ExplanationView['advice'] {
  return text.split('`').map((part, at) => ({ text: part, isCode: at % 2 === 1 }));
}
