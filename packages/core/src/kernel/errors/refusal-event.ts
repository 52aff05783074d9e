/** The line of a refusal in the log. `keywright why` finds it by the id in the answer. */
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
  | 'code.refused'
  | 'second_factor_change.refused'
  | 'password_change.refused'
  | 'passkey_change.refused';

/** A path that does not exist may be of any length. */
const longestPath = 200;

/**
 * Emits the event of a refusal, and returns its decision id. Neither the query nor a header is in
 * it, because both may contain secrets.
 */
export function emitRefusal(
  core: Core,
  request: HttpRequest,
  type: RefusalType,
  error: OAuthError,
  more: RefusalLog & { readonly error?: unknown } = {},
): string {
  // With a prefix, because a command would read an id that begins with "-" as a flag.
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
