/**
 * Lets browser applications of other origins call (Fetch §3.2). Any origin may: no cookie counts
 * here, only a token that the application must have in its hands.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';

/** Answers preflights, which never carry a token. True when the request is answered. */
export function answerCors(request: IncomingMessage, response: ServerResponse): boolean {
  response.setHeader('access-control-allow-origin', '*');
  response.setHeader('access-control-expose-headers', 'WWW-Authenticate');
  if (
    request.method !== 'OPTIONS' ||
    request.headers['access-control-request-method'] === undefined
  )
    return false;
  response.writeHead(204, {
    'access-control-allow-methods': 'GET, PATCH, POST',
    'access-control-allow-headers': 'Authorization, Content-Type',
    'access-control-max-age': '600',
  });
  response.end();
  return true;
}
