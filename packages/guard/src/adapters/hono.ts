/** The guard on Hono 4, on any runtime. */
import type { IncomingMessage } from 'node:http';
import type { Access, RefusalAnswer, Route, RouteOptions } from '../route.ts';
import { createAccesses } from './accesses.ts';
import {
  admitFetch,
  type FetchConnection,
  presentFetch,
  readFetchForm,
  withHeaders,
} from './fetch.ts';
import { certificateOf } from './node-presented.ts';
import { findDocument, type Protector } from './well-known.ts';

/**
 * The part of Hono's context that is known without its types. Name the types:
 * `createHonoGuard<Context>(guard)`.
 */
export interface HonoLikeContext {
  readonly req: {
    readonly raw: Request;
    readonly bodyCache: { readonly formData?: unknown };
    text(): Promise<string>;
    formData(): Promise<FormData>;
  };
  /** What the runtime knows beside the request. */
  readonly env: unknown;
  res: Response;
  body(data: string | null, status: number, headers: Record<string, string>): Response;
}

/** Middleware of Hono 4. */
export type HonoMiddleware<Context> = (
  context: Context,
  next: () => Promise<void>,
) => Promise<Response | undefined>;

/** A handler of Hono behind the guard: Hono's own arguments, and the access. */
export type HonoHandler<Context, Resource, Optional extends boolean> = (
  context: Context,
  access: Access<Resource, Optional>,
  next: () => Promise<void>,
) => Response | Promise<Response>;

/** What the guard cannot find out about a request on Hono. */
export interface HonoGuardOptions<Context> {
  /**
   * What is known beside the request. Default: what @hono/node-server knows, the address and the
   * certificate of the socket.
   */
  readonly connection?: (context: Context) => FetchConnection;
}

/** Protects handlers of Hono, directly or as middleware before them. */
export interface HonoGuard<Context extends HonoLikeContext> {
  /** A protected handler. Hono handles errors of the handler. */
  <Resource = undefined, Optional extends boolean = false, One extends Context = Context>(
    options: RouteOptions<One, Resource, Optional>,
    handler: HonoHandler<One, Resource, Optional>,
  ): (context: One, next: () => Promise<void>) => Promise<Response>;
  /** Middleware that continues the chain. Handlers after it call its `accessOf`. */
  <Resource = undefined, Optional extends boolean = false, One extends Context = Context>(
    options: RouteOptions<One, Resource, Optional>,
  ): HonoMiddleware<One> & {
    /** @throws Error if this guard did not let the request through */
    readonly accessOf: (context: object) => Access<Resource, Optional>;
  };
  /** Middleware that answers the guard's own documents: `app.use(protect.wellKnown)`. */
  readonly wellKnown: HonoMiddleware<HonoLikeContext>;
}

/**
 * Protects routes of Hono 4, on any runtime. Handlers can still read the body. Errors of handlers
 * are not caught.
 * @example
 * ```ts
 * import { createGuard } from '@keywright/guard';
 * import { createHonoGuard } from '@keywright/guard/hono';
 * import { type Context, Hono } from 'hono';
 *
 * const protect = createHonoGuard<Context>(
 *   createGuard({ issuer: 'https://login.example.com', audience: 'https://api.example.com' }),
 * );
 * export const app = new Hono();
 * app.use(protect.wellKnown);
 * app.get(
 *   '/hello',
 *   protect({ scope: 'buildings:read' }, (context, { caller }) =>
 *     context.text(`Hello ${caller.subject}`),
 *   ),
 * );
 * ```
 */
export function createHonoGuard<Context extends HonoLikeContext = HonoLikeContext>(
  guard: Protector,
  { connection = connectionOf }: HonoGuardOptions<Context> = {},
): HonoGuard<Context> {
  function protect<Resource, Optional extends boolean>(
    options: RouteOptions<Context, Resource, Optional>,
    handler?: HonoHandler<Context, Resource, Optional>,
  ) {
    const route: Route<Context, Resource, Optional> = guard.route(options);
    const accesses = createAccesses<object, Resource, Optional>();
    const middleware: HonoMiddleware<Context> = async (context, next) => {
      const presented = presentFetch(context.req.raw, {
        ...peerOf(context),
        ...connection(context),
      });
      const readForm = () => readHonoForm(context.req, route.maxFormBytes);
      const admitted = await admitFetch(route, context, presented, readForm);
      if ('refusal' in admitted) return answerHono(context, admitted.refusal);
      const { access } = admitted;
      if (handler !== undefined)
        return withHeaders(await handler(context, access, next), access.headers);
      accesses.keep(context, access);
      await next();
      if (access.headers !== undefined) context.res = withHeaders(context.res, access.headers);
      return undefined;
    };
    return Object.assign(middleware, { accessOf: accesses.of });
  }
  const wellKnown: HonoMiddleware<HonoLikeContext> = async (context, next) => {
    const { raw } = context.req;
    const document = findDocument(guard, raw.method, raw.url);
    if (document !== undefined) return answerHono(context, document);
    await next();
    return undefined;
  };
  return Object.assign(protect as HonoGuard<Context>, { wellKnown });
}

/**
 * Made by Hono, because a new response would lose the headers that were set before for every
 * answer.
 */
function answerHono(context: HonoLikeContext, { status, headers, body }: RefusalAnswer): Response {
  return context.body(body === '' ? null : body, status, { ...headers });
}

/** Hono keeps a body that was read through it. */
async function readHonoForm(
  request: HonoLikeContext['req'],
  maxBytes: number,
): Promise<URLSearchParams | undefined> {
  const { raw, bodyCache } = request;
  if (!raw.bodyUsed) return readFetchForm(raw, maxBytes);
  if (bodyCache.formData === undefined) return new URLSearchParams(await request.text());
  const form = new URLSearchParams();
  for (const [name, value] of await request.formData())
    if (typeof value === 'string') form.append(name, value);
  return form;
}

function incomingOf({ env }: HonoLikeContext): IncomingMessage | undefined {
  const { incoming } = (env ?? {}) as { readonly incoming?: IncomingMessage };
  return incoming?.socket === undefined ? undefined : incoming;
}

function connectionOf(context: HonoLikeContext): FetchConnection {
  const incoming = incomingOf(context);
  if (incoming === undefined) return {};
  return { remoteAddress: incoming.socket.remoteAddress, certificate: certificateOf(incoming) };
}

/**
 * The peer of the connection. `connection` may derive other facts from headers, but not this one.
 */
function peerOf(context: HonoLikeContext): FetchConnection {
  const incoming = incomingOf(context);
  return incoming === undefined ? {} : { peerAddress: incoming.socket.remoteAddress };
}
