/** The guard on Express 5, and on any framework that calls `(request, response, next)`. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Access, Route, RouteOptions } from '../route.ts';
import { createAccesses } from './accesses.ts';
import type { BodyHolder } from './node-form.ts';
import { admitNode, answerNode, setHeaders } from './node-admission.ts';
import { namedBy, presentNode } from './node-presented.ts';
import { findDocument, type Protector } from './well-known.ts';

/**
 * The part of Express's request that is known without its types. Name the types:
 * `createExpressGuard<Request, Response>(guard)`.
 */
export interface ExpressRequest extends IncomingMessage, BodyHolder {
  readonly originalUrl: string;
  readonly params: Readonly<Record<string, string | string[]>>;
}

/** The part of Express's response that is known without its types. */
export interface ExpressResponse extends ServerResponse {
  json(body: unknown): unknown;
  send(body: unknown): unknown;
}

/** Continues the chain, or gives it an error. */
export type Next = (error?: unknown) => void;
/** Middleware of Express 5, and of any framework that calls `(request, response, next)`. */
export type ExpressMiddleware<Request, Response> = (
  request: Request,
  response: Response,
  next: Next,
) => unknown;

/** A handler of Express behind the guard: Express's own arguments, and the access. */
export type ExpressHandler<Request, Response, Resource, Optional extends boolean> = (
  request: Request,
  response: Response,
  access: Access<Resource, Optional>,
  next: Next,
) => unknown;

/** What the guard cannot find out about a request on Express. */
export interface ExpressGuardOptions<Request> {
  /**
   * The address that a request came from. Default: the address of the socket, whatever `trust
   * proxy` is. `(request) => request.ip` trusts the proxy.
   */
  readonly remoteAddress?: (request: Request) => string | undefined;
}

/** Protects handlers of Express, directly or as middleware before them. */
export interface ExpressGuard<Request extends IncomingMessage, Response> {
  /** A protected handler. Express handles errors of the handler. */
  <Resource = undefined, Optional extends boolean = false, One extends Request = Request>(
    options: RouteOptions<One, Resource, Optional>,
    handler: ExpressHandler<One, Response, Resource, Optional>,
  ): ExpressMiddleware<One, Response>;
  /** Middleware that continues the chain. Handlers after it call its `accessOf`. */
  <Resource = undefined, Optional extends boolean = false, One extends Request = Request>(
    options: RouteOptions<One, Resource, Optional>,
  ): ExpressMiddleware<One, Response> & {
    /** @throws Error if this guard did not let the request through */
    readonly accessOf: (request: IncomingMessage) => Access<Resource, Optional>;
  };
  /** Middleware that answers the guard's own documents: `app.use(protect.wellKnown)`. */
  readonly wellKnown: ExpressMiddleware<IncomingMessage, ServerResponse>;
}

/**
 * Protects routes of Express 5. A form is read (or taken from an earlier parser), and left in
 * `request.body` without its token. Errors of handlers are not caught.
 * @example
 * ```ts
 * import { createGuard } from '@keywright/guard';
 * import { createExpressGuard } from '@keywright/guard/express';
 * import express, { type Request, type Response } from 'express';
 *
 * const protect = createExpressGuard<Request, Response>(
 *   createGuard({ issuer: 'https://login.example.com', audience: 'https://api.example.com' }),
 * );
 * export const app = express();
 * app.use(protect.wellKnown);
 * app.get(
 *   '/hello',
 *   protect({ scope: 'buildings:read' }, (_request, response, { caller }) =>
 *     response.send(`Hello ${caller.subject}`),
 *   ),
 * );
 * ```
 */
export function createExpressGuard<
  Request extends IncomingMessage = ExpressRequest,
  Response extends ServerResponse = ExpressResponse,
>(
  guard: Protector,
  { remoteAddress }: ExpressGuardOptions<Request> = {},
): ExpressGuard<Request, Response> {
  function protect<Resource, Optional extends boolean>(
    options: RouteOptions<Request, Resource, Optional>,
    handler?: ExpressHandler<Request, Response, Resource, Optional>,
  ) {
    const route: Route<Request, Resource, Optional> = guard.route(options);
    const accesses = createAccesses<IncomingMessage, Resource, Optional>();
    const middleware: ExpressMiddleware<Request, Response> = (request, response, next) => {
      const address = remoteAddress && (() => remoteAddress(request));
      const presented = presentNode(request, namedBy(request), address);
      return admitNode(
        route,
        { request, incoming: request, presented, bodyHolder: request as BodyHolder },
        (access) => {
          setHeaders(response, access.headers);
          if (handler !== undefined) return handler(request, response, access, next);
          accesses.keep(request, access);
          return next();
        },
        (answer) => answerNode(response, answer),
      );
    };
    return Object.assign(middleware, { accessOf: accesses.of });
  }
  return Object.assign(protect as ExpressGuard<Request, Response>, {
    wellKnown: createWellKnown(guard),
  });
}

function createWellKnown(guard: Protector): ExpressMiddleware<IncomingMessage, ServerResponse> {
  return (request, response, next) => {
    const document = findDocument(guard, request.method, namedBy(request));
    return document === undefined ? next() : answerNode(response, document);
  };
}
