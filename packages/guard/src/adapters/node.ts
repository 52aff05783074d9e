/**
 * The guard on node:http. A request with a known token passes in the same turn, without a promise.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Access, Route } from '../route.ts';
import { admitNode, answerNode, setHeaders } from './node-admission.ts';
import { namedBy, presentNode } from './node-presented.ts';

/** A handler of node:http requests behind the guard. The guard does not catch its errors. */
export type NodeHandler<Resource, Optional extends boolean> = (
  request: IncomingMessage,
  response: ServerResponse,
  access: Access<Resource, Optional>,
) => unknown;

/** A listener for `createServer` of node:http. It returns what the handler returns. */
export type NodeListener = (request: IncomingMessage, response: ServerResponse) => unknown;

/** The listener returns what the handler returns. Errors of the handler are not caught. */
export function createNodeAdapter<Resource, Optional extends boolean>(
  route: Route<IncomingMessage, Resource, Optional>,
  handler: NodeHandler<Resource, Optional>,
): NodeListener {
  return (request, response) =>
    admitNode(
      route,
      { request, incoming: request, presented: presentNode(request, namedBy(request)) },
      (access) => {
        setHeaders(response, access.headers);
        return handler(request, response, access);
      },
      (answer) => answerNode(response, answer),
    );
}
