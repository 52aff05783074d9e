/**
 * The line of a refusal in the log: what `keywright why` finds by the id that stands in the answer.
 */
import type { EventOf, RefusalLog } from '@keywright/wire/events';
import type { Core } from '../core.ts';
import type { OAuthError } from '../../model/errors.ts';
import type { HttpRequest } from '../http/message.ts';
import { idPrefixes, newId } from '../../model/token-id.ts';

type RefusalType =
  | 'refused'
  | 'fault'
  | 'authorization.refused'
  | 'device.refused'
  | 'sign_in.refused'
  | 'password_change.refused';

/** A path that nobody serves may be as long as its sender likes. */
const longestPath = 200;

/**
 * Tells the log of a refusal, and answers its decision id. Neither the query nor a header is told:
 * both may hold secrets.
 */
export function emitRefusal(
  core: Core,
  request: HttpRequest,
  type: RefusalType,
  error: OAuthError,
  more: RefusalLog & { readonly error?: unknown } = {},
): string {
  // With a prefix: an id that begins with "-" could not be given to a command.
  const decision = newId(core, idPrefixes.decision);
  const { description, scope, log } = error.detail;
  const event = {
    type,
    decision,
    reason: error.reason,
    status: error.refusal.status,
    method: request.method.slice(0, longestPath),
    path: request.path.slice(0, longestPath),
    description,
    scope,
    ...more,
    ...log,
  };
  // All of these types have the same members; the compiler does not compare so many reasons.
  core.events.emit(event as EventOf<RefusalType>);
  return decision;
}
