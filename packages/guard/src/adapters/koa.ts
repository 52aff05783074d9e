/** The guard on Koa 3. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Access, RefusalAnswer, Route, RouteOptions } from '../route.ts';
import { createAccesses } from './accesses.ts';
import { admitNode, headersOf, setHeaders } from './node-admission.ts';
import { presentNode } from './node-presented.ts';
import { findDocument, type Protector } from './well-known.ts';

/**
 * The part of Koa's context that is known without its types. Name the types:
 * `createKoaGuard<Context>(guard)`.
 */
export interface KoaContext {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  readonly request: object;
  /** Contains the path that a router is mounted on. `url` does not. */
  readonly originalUrl: string;
  status: number;
  body: unknown;
  set(headers: Record<string, string>): void;
}

/** Koa's context where routes have parameters: `@koa/router` sets them. */
export interface KoaRouteContext extends KoaContext {
  readonly params: Readonly<Record<string, string>>;
}

/** Middleware of Koa 3. */
export type KoaMiddleware<Context> = (context: Context, next: () => Promise<unknown>) => unknown;

/** A handler of Koa behind the guard: Koa's own arguments, and the access. */
export type KoaHandler<Context, Resource, Optional extends boolean> = (
  context: Context,
  access: Access<Resource, Optional>,
  next: () => Promise<unknown>,
) => unknown;

/** What the guard cannot find out about a request on Koa. */
export interface KoaGuardOptions<Context> {
  /**
   * The address that a request came from. Default: the address of the socket, whatever `app.proxy`
   * is. `(context) => context.ip` trusts the proxy.
   */
  readonly remoteAddress?: (context: Context) => string | undefined;
}

/** Protects handlers of Koa, directly or as middleware before them. */
export interface KoaGuard<Context extends KoaContext> {
  /** A protected handler. Koa handles errors of the handler. */
  <Resource = undefined, Optional extends boolean = false, One extends Context = Context>(
    options: RouteOptions<One, Resource, Optional>,
    handler: KoaHandler<One, Resource, Optional>,
  ): KoaMiddleware<One>;
  /** Middleware that continues the chain. Handlers after it call its `accessOf`. */
  <Resource = undefined, Optional extends boolean = false, One extends Context = Context>(
    options: RouteOptions<One, Resource, Optional>,
  ): KoaMiddleware<One> & {
    /** @throws Error if this guard did not let the request through */
    readonly accessOf: (context: Pick<KoaContext, 'req'>) => Access<Resource, Optional>;
  };
  /** Middleware that answers the guard's own documents: `app.use(protect.wellKnown)`. */
  readonly wellKnown: KoaMiddleware<KoaContext>;
}

/**
 * Protects routes of Koa 3. A form is read (or taken from an earlier parser), and left in
 * `context.request.body` without its token. Errors of handlers are not caught.
 * @example
 * ```ts
 * import { createGuard } from '@keywright/guard';
 * import { createKoaGuard } from '@keywright/guard/koa';
 * import Koa, { type Context } from 'koa';
 *
 * const protect = createKoaGuard<Context>(
 *   createGuard({ issuer: 'https://login.example.com', audience: 'https://api.example.com' }),
 * );
 * export const app = new Koa();
 * app.use(protect.wellKnown);
 * app.use(
 *   protect({ scope: 'buildings:read' }, (context, { caller }) => {
 *     context.body = `Hello ${caller.subject}`;
 *   }),
 * );
 * ```
 */
export function createKoaGuard<Context extends KoaContext = KoaRouteContext>(
  guard: Protector,
  { remoteAddress }: KoaGuardOptions<Context> = {},
): KoaGuard<Context> {
  function protect<Resource, Optional extends boolean>(
    options: RouteOptions<Context, Resource, Optional>,
    handler?: KoaHandler<Context, Resource, Optional>,
  ) {
    const route: Route<Context, Resource, Optional> = guard.route(options);
    const accesses = createAccesses<IncomingMessage, Resource, Optional>();
    const middleware: KoaMiddleware<Context> = (context, next) => {
      const address = remoteAddress && (() => remoteAddress(context));
      const presented = presentNode(context.req, namedIn(context), address);
      return admitNode(
        route,
        { request: context, incoming: context.req, presented, bodyHolder: context.request },
        (access) => {
          setHeaders(context.res, access.headers);
          if (handler !== undefined) return handler(context, access, next);
          accesses.keep(context.req, access);
          return next();
        },
        (answer) => answerKoa(context, answer),
      );
    };
    return Object.assign(middleware, {
      accessOf: ({ req }: Pick<KoaContext, 'req'>) => accesses.of(req),
    });
  }
  const wellKnown: KoaMiddleware<KoaContext> = (context, next) => {
    const document = findDocument(guard, context.req.method, namedIn(context));
    return document === undefined ? next() : answerKoa(context, document);
  };
  return Object.assign(protect as KoaGuard<Context>, { wellKnown });
}

/**
 * koa-mount shortens the `url` of Koa's request. Express shortens the `url` of the request that it
 * gives to Koa.
 */
function namedIn({ req, originalUrl }: KoaContext): string {
  return (req as { readonly originalUrl?: string }).originalUrl ?? originalUrl;
}

function answerKoa(context: KoaContext, answer: RefusalAnswer): void {
  context.status = answer.status;
  context.set(headersOf(answer, context.req));
  // Koa sends no body for some statuses. The headers come first, or Koa would set a content type.
  context.body = answer.body === '' ? null : answer.body;
}
