/** The guard on Koa 3. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Access, RefusalAnswer, Route, RouteOptions } from '../route.ts';
import { createAccesses } from './accesses.ts';
import { admitNode, headersOf, setHeaders } from './node-admission.ts';
import { presentNode } from './node-presented.ts';
import { findDocument, type Protector } from './well-known.ts';

/**
 * As much of Koa's context as there is without its types. Name them:
 * `createKoaGuard<Context>(guard)`.
 */
export interface KoaContext {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  readonly request: object;
  /** With what a router is mounted on, which `url` has not. */
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

/** What the guard cannot know of a request on Koa by itself. */
export interface KoaGuardOptions<Context> {
  /**
   * Where a request came from. By default the socket says it, whatever `app.proxy` is; `(context)
   * => context.ip` believes it.
   */
  readonly remoteAddress?: (context: Context) => string | undefined;
}

/** Protects handlers of Koa, or stands before them as middleware. */
export interface KoaGuard<Context extends KoaContext> {
  /** A protected handler. Errors of the handler go where Koa takes all errors. */
  <Resource = undefined, Optional extends boolean = false, One extends Context = Context>(
    options: RouteOptions<One, Resource, Optional>,
    handler: KoaHandler<One, Resource, Optional>,
  ): KoaMiddleware<One>;
  /** Middleware that lets the chain go on; what is behind it asks its `accessOf`. */
  <Resource = undefined, Optional extends boolean = false, One extends Context = Context>(
    options: RouteOptions<One, Resource, Optional>,
  ): KoaMiddleware<One> & {
    /** @throws Error when this very guard did not let the request through */
    readonly accessOf: (context: Pick<KoaContext, 'req'>) => Access<Resource, Optional>;
  };
  /** Middleware that answers the guard's own documents: `app.use(protect.wellKnown)`. */
  readonly wellKnown: KoaMiddleware<KoaContext>;
}

/**
 * Protects routes of Koa 3. A form is read (or taken from the parser before), and left as
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

/** koa-mount cuts the `url` of Koa's request, and Express that of the request it gives to Koa. */
function namedIn({ req, originalUrl }: KoaContext): string {
  return (req as { readonly originalUrl?: string }).originalUrl ?? originalUrl;
}

function answerKoa(context: KoaContext, answer: RefusalAnswer): void {
  context.status = answer.status;
  context.set(headersOf(answer, context.req));
  // A status of its own means no body to Koa; headers first, or it would set a content type.
  context.body = answer.body === '' ? null : answer.body;
}
