/** The guard of one API, on node:http and on web-standard requests. */
import type { IncomingMessage } from 'node:http';
import { createFetchAdapter, type FetchConnection, type FetchHandler } from './adapters/fetch.ts';
import { createNodeAdapter, type NodeHandler, type NodeListener } from './adapters/node.ts';
import { createApiKeys } from './api-keys/index.ts';
import { createGuardCore, type GuardCore } from './guard-core.ts';
import type { GuardOptions } from './options.ts';
import type { RouteOptions } from './route.ts';

export type { GuardOptions } from './options.ts';

/**
 * The guard of one API: protects handlers on node:http and on web-standard requests, and gives its
 * parts to the adapters of frameworks.
 */
export interface Guard extends GuardCore {
  /** A protected listener for node:http. */
  node<Resource = undefined, Optional extends boolean = false>(
    options: RouteOptions<IncomingMessage, Resource, Optional>,
    handler: NodeHandler<Resource, Optional>,
  ): NodeListener;
  /** A protected handler of web-standard requests. */
  fetch<Resource = undefined, Optional extends boolean = false>(
    options: RouteOptions<Request, Resource, Optional>,
    handler: FetchHandler<Resource, Optional>,
  ): (request: Request, connection?: FetchConnection) => Promise<Response>;
}

/**
 * Creates the guard of one API. It verifies access tokens (RFC 9068 §4) and API keys, checks the
 * sender, and answers 401 or 403 with a challenge (RFC 6750 §3). Fetches keys at the first token,
 * not before. Checks whether a token has ended if its issuer offers a way (a status list in the
 * token, introspection). Other tokens are accepted until they expire. Does not decide about
 * resources: `can` of a route does.
 * @throws TypeError for options that are missing, misspelt or unsafe, with all of their faults
 * @example
 * ```ts
 * import { createServer } from 'node:http';
 * import { createGuard } from '@keywright/guard';
 *
 * const guard = createGuard({
 *   issuer: 'https://login.example.com',
 *   audience: 'https://api.example.com',
 * });
 * const hello = guard.node({ scope: 'buildings:read' }, (_request, response, { caller }) =>
 *   response.end(`Hello ${caller.subject}`),
 * );
 * createServer(hello).listen(4003);
 * ```
 */
export function createGuard(options: GuardOptions): Guard {
  const core = createGuardCore(options, createApiKeys);
  return {
    ...core,
    node: (routeOptions, handler) => createNodeAdapter(core.route(routeOptions), handler),
    fetch: (routeOptions, handler) => createFetchAdapter(core.route(routeOptions), handler),
  };
}
