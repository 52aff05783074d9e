/** The guard on Hono 4, whatever Hono runs on. */
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
 * As much of Hono's context as there is without its types. Name them:
 * `createHonoGuard<Context>(guard)`.
 */
export interface HonoLikeContext {
  readonly req: {
    readonly raw: Request;
    readonly bodyCache: { readonly formData?: unknown };
    text(): Promise<string>;
    formData(): Promise<FormData>;
  };
  /** What Hono runs on says here what it knows beside the request. */
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

/** What the guard cannot know of a request on Hono by itself. */
export interface HonoGuardOptions<Context> {
  /**
   * What is known beside the request. By default what @hono/node-server knows: the socket's address
   * and certificate.
   */
  readonly connection?: (context: Context) => FetchConnection;
}

/** Protects handlers of Hono, or stands before them as middleware. */
export interface HonoGuard<Context extends HonoLikeContext> {
  /** A protected handler. Errors of the handler go where Hono takes all errors. */
  <Resource = undefined, Optional extends boolean = false, One extends Context = Context>(
    options: RouteOptions<One, Resource, Optional>,
    handler: HonoHandler<One, Resource, Optional>,
  ): (context: One, next: () => Promise<void>) => Promise<Response>;
  /** Middleware that lets the chain go on; what is behind it asks its `accessOf`. */
  <Resource = undefined, Optional extends boolean = false, One extends Context = Context>(
    options: RouteOptions<One, Resource, Optional>,
  ): HonoMiddleware<One> & {
    /** @throws Error when this very guard did not let the request through */
    readonly accessOf: (context: object) => Access<Resource, Optional>;
  };
  /** Middleware that answers the guard's own documents: `app.use(protect.wellKnown)`. */
  readonly wellKnown: HonoMiddleware<HonoLikeContext>;
}

/**
 * Protects routes of Hono 4, whatever Hono runs on. The body stays readable for what is behind the
 * guard. Errors of handlers are not caught.
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

/** By Hono: a response of one's own would lose the headers that were set before on every answer. */
function answerHono(context: HonoLikeContext, { status, headers, body }: RefusalAnswer): Response {
  return context.body(body === '' ? null : body, status, { ...headers });
}

/** What was read through Hono is kept by it. */
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

/** Whatever `connection` makes of headers: who is at the other end is no matter of what it says. */
function peerOf(context: HonoLikeContext): FetchConnection {
  const incoming = incomingOf(context);
  return incoming === undefined ? {} : { peerAddress: incoming.socket.remoteAddress };
}
