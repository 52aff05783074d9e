/** The guard on NestJS over Express: `@UseGuards(protect({ scope }))`. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Access, RouteOptions } from '../route.ts';
import {
  createExpressGuard,
  type ExpressGuardOptions,
  type ExpressMiddleware,
  type ExpressRequest,
} from './express.ts';
import type { Protector } from './well-known.ts';

/** The part of Nest's execution context that is known without its types. */
export interface NestContext {
  getType(): string;
  switchToHttp(): { getRequest(): unknown; getResponse(): unknown };
}

/** What `@UseGuards` takes. It is an object, because Nest would take a function for a class. */
export interface NestRouteGuard<Resource, Optional extends boolean> {
  canActivate(context: NestContext): Promise<boolean>;
  /** @throws Error if this guard did not let the request through */
  readonly accessOf: (request: IncomingMessage) => Access<Resource, Optional>;
}

/** Makes guards for controllers and methods of Nest. */
export interface NestGuard<Request extends IncomingMessage> {
  /**
   * A guard for a controller or a method, which calls its `accessOf(request)`. Nest handles errors
   * after the guard.
   */
  <Resource = undefined, Optional extends boolean = false, One extends Request = Request>(
    options: RouteOptions<One, Resource, Optional>,
  ): NestRouteGuard<Resource, Optional>;
  /** Middleware that answers the guard's own documents: `app.use(protect.wellKnown)`. */
  readonly wellKnown: ExpressMiddleware<IncomingMessage, ServerResponse>;
}

/**
 * Protects routes of NestJS over Express, with `@UseGuards`. Nest parses bodies before it calls a
 * guard. For HTTP only: over GraphQL, sockets and queues `canActivate` throws TypeError.
 * @example
 * ```ts
 * import { createGuard } from '@keywright/guard';
 * import { createNestGuard } from '@keywright/guard/nest';
 *
 * const protect = createNestGuard(
 *   createGuard({ issuer: 'https://login.example.com', audience: 'https://api.example.com' }),
 * );
 * // For `@UseGuards(mayRead)`; the handler asks `mayRead.accessOf(request)`.
 * export const mayRead = protect({ scope: 'buildings:read' });
 * ```
 */
export function createNestGuard<Request extends IncomingMessage = ExpressRequest>(
  guard: Protector,
  options: ExpressGuardOptions<Request> = {},
): NestGuard<Request> {
  const onExpress = createExpressGuard<Request, ServerResponse>(guard, options);
  function protect<Resource, Optional extends boolean>(
    routeOptions: RouteOptions<Request, Resource, Optional>,
  ): NestRouteGuard<Resource, Optional> {
    const middleware = onExpress(routeOptions);
    return {
      accessOf: middleware.accessOf,
      canActivate(context) {
        const { request, response } = requestOf(context);
        // A refusal is answered at once, and this promise is never settled. Otherwise Nest's
        // filters would answer a second time.
        return new Promise(
          (resolve) => void middleware(request as Request, response, () => resolve(true)),
        );
      },
    };
  }
  return Object.assign(protect as NestGuard<Request>, { wellKnown: onExpress.wellKnown });
}

function requestOf(context: NestContext): {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
} {
  const type = context.getType();
  // Other transports (GraphQL, sockets, queues) have no answer that could contain a challenge.
  if (type !== 'http') throw new TypeError(`This guard is for HTTP routes, and this is ${type}.`);
  const http = context.switchToHttp();
  const request = http.getRequest() as Partial<IncomingMessage>;
  if (request.rawHeaders === undefined) throw new TypeError('This guard is for NestJS on Express.');
  return { request: request as IncomingMessage, response: http.getResponse() as ServerResponse };
}
