/**
 * Refusals of the HTTP layer itself. They look like core's refusals, and the log has the same id.
 */
import { randomBytes } from 'node:crypto';
import { errorJson, type Events, type HttpResponse, idPrefixes, OAuthError } from '@keywright/core';

/** The request, without its query. */
export interface RefusedRequest {
  readonly method: string;
  readonly path: string;
  /** The name of the request in the log. */
  readonly id?: string;
}

export interface CarrierRefusals {
  bodyTooLarge(request: RefusedRequest): HttpResponse;
  bodyNotUtf8(request: RefusedRequest): HttpResponse;
  targetUnreadable(request: RefusedRequest): HttpResponse;
  hostUnreadable(request: RefusedRequest): HttpResponse;
  /** A bug: an error that should have become an answer. */
  fault(request: RefusedRequest, error: unknown): HttpResponse;
}

/**
 * Lines of the log for each kind of malformed request in a second. Such a request costs nothing, so
 * a flood of them would fill the log.
 */
export const mostLines = 10;

/** In characters, because the caller chooses the length of the path. */
const longestPath = 200;

export function createCarrierRefusals(
  issuer: string,
  events: Events,
  now = () => performance.now(),
): CarrierRefusals {
  const refuse = (
    error: OAuthError,
    { method, path, id }: RefusedRequest,
    cause: { readonly error?: unknown; readonly note?: string } = {},
  ): HttpResponse => {
    const decision = idPrefixes.decision + randomBytes(16).toString('base64url');
    const facts = {
      decision,
      reason: error.reason,
      status: error.refusal.status,
      method: method.slice(0, longestPath),
      path: path.slice(0, longestPath),
      request: id,
      ...cause,
    };
    events.emit(
      error.reason === 'fault' ? { type: 'fault', ...facts } : { type: 'refused', ...facts },
    );
    return errorJson(error, { issuer, decision });
  };
  /** The last answer of a second is given to all that follow, so its id is in the log. */
  const limited = (error: OAuthError): ((request: RefusedRequest) => HttpResponse) => {
    let second = 0;
    let lines = 0;
    let last: HttpResponse | undefined;
    return (request) => {
      const current = Math.floor(now() / 1000);
      if (current !== second) lines = 0;
      second = current;
      if (last !== undefined && lines >= mostLines) return last;
      lines += 1;
      const note = 'all further ones of this second have this decision';
      last = refuse(error, request, lines === mostLines ? { note } : {});
      return last;
    };
  };
  const malformed = (description: string) =>
    limited(new OAuthError('parameter_malformed', { description }));
  return {
    bodyTooLarge: limited(new OAuthError('body_too_large')),
    bodyNotUtf8: malformed('The body is not valid UTF-8.'),
    targetUnreadable: malformed('The request target cannot be read.'),
    hostUnreadable: malformed('There must be one Host header, and it must be a valid host.'),
    fault: (request, error) => refuse(new OAuthError('fault'), request, { error }),
  };
}
