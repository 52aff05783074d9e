/** The line of a refusal in the log: what `keywright why` finds by the id that stands in the answer. */
import type { Core } from '../core.ts';
import type { OAuthError } from '../../model/errors.ts';
import type { HttpRequest } from '../http/message.ts';
import { idPrefixes, newId } from '../../model/token-id.ts';

/** A path that nobody serves may be as long as its sender likes. */
const longestPath = 200;

/**
 * Tells the log of a refusal, and answers its decision id. Neither the query nor a header is told: both may hold
 * secrets.
 */
export function emitRefusal(
  core: Core,
  request: HttpRequest,
  type: string,
  error: OAuthError,
  more: Readonly<Record<string, unknown>> = {},
): string {
  // With a prefix: an id that begins with "-" could not be given to a command.
  const decision = newId(core, idPrefixes.decision);
  const { description, scope, log } = error.detail;
  core.events.emit({
    type,
    decision,
    reason: error.reason,
    status: error.refusal.status,
    method: request.method.slice(0, longestPath),
    path: request.path.slice(0, longestPath),
    ...(description === undefined ? {} : { description }),
    ...(scope === undefined ? {} : { scope }),
    ...more,
    ...log,
  });
  return decision;
}
