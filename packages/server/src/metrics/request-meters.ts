/** Requests: how many, how long, and what was issued. */
import { grantsWith } from '@keywright/core';
import type { RequestWatcher } from '../http/observed-server.ts';
import type { Registry } from './registry.ts';

/** Those of RFC 9110 §9 and RFC 5789. */
const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'CONNECT', 'TRACE'];
const statuses = [
  200, 201, 202, 204, 206, 302, 303, 304, 307, 308, 400, 401, 403, 404, 405, 406, 408, 409, 410,
  412, 413, 414, 415, 417, 422, 429, 431, 500, 501, 502, 503, 504,
].map(String);

/** From the time for a published document to the time after which a caller gives up. */
const seconds = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

/** Routes of the product itself, in addition to core's routes. */
export const ownRouteNames = ['health', 'asset', 'unknown'] as const;

export function createRequestMeters(registry: Registry, routes: readonly string[]): RequestWatcher {
  const route = [...routes, ...ownRouteNames];
  const requests = registry.counter(
    'keywright_http_requests_total',
    'Requests that were answered.',
    {
      route,
      method: methods,
      status: statuses,
    },
  );
  const durations = registry.histogram(
    'keywright_http_request_duration_seconds',
    'From the arrival of a request with its body to the completion of its answer.',
    seconds,
    { route },
  );
  const tokens = registry.counter(
    'keywright_tokens_issued_total',
    'Answers of the token endpoint that contain tokens, by grant.',
    { grant: grantsWith(({ issuedAt }) => issuedAt === 'token-endpoint') },
  );
  return {
    answered({ request, route: name, status, milliseconds, learned }) {
      requests.add(1, name, request.method, String(status));
      durations.observe(milliseconds / 1000, name);
      if (learned.issuedBy !== undefined) tokens.add(1, learned.issuedBy);
    },
    answeredBeside({ route: name, method, status }) {
      requests.add(1, name, method, String(status));
    },
  };
}
