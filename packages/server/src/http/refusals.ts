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

/** In characters, because the caller chooses the length of the path. */
const longestPath = 200;

export function createCarrierRefusals(issuer: string, events: Events): CarrierRefusals {
  const refuse = (
    error: OAuthError,
    { method, path, id }: RefusedRequest,
    cause: { readonly error?: unknown } = {},
  ): HttpResponse => {
    const decision = idPrefixes.decision + randomBytes(16).toString('base64url');
    const told = {
      decision,
      reason: error.reason,
      status: error.refusal.status,
      method: method.slice(0, longestPath),
      path: path.slice(0, longestPath),
      request: id,
      ...cause,
    };
    events.emit(
      error.reason === 'fault' ? { type: 'fault', ...told } : { type: 'refused', ...told },
    );
    return errorJson(error, { issuer, decision });
  };
  const malformed = (description: string) => new OAuthError('parameter_malformed', { description });
  return {
    bodyTooLarge: (request) => refuse(new OAuthError('body_too_large'), request),
    bodyNotUtf8: (request) => refuse(malformed('The body is not valid UTF-8.'), request),
    targetUnreadable: (request) => refuse(malformed('The request target cannot be read.'), request),
    hostUnreadable: (request) =>
      refuse(malformed('The Host header must stand once, and be a host.'), request),
    fault: (request, error) => refuse(new OAuthError('fault'), request, { error }),
  };
}
