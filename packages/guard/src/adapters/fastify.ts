/**
 * The guard on Fastify 5. It runs before anything reads the body, so nothing of a refused request
 * is parsed.
 */
import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import type { Access, RefusalAnswer, Route, RouteOptions } from '../route.ts';
import { createAccesses } from './accesses.ts';
import type {
  FastifyHook,
  FastifyHooks,
  FastifyLikeReply,
  FastifyLikeRequest,
} from './fastify-shape.ts';
import { admitNode, headersOf } from './node-admission.ts';
import { presentNode } from './node-presented.ts';
import { findDocument, type Protector } from './well-known.ts';

/** A handler of Fastify behind the guard: Fastify's own arguments, and the access. */
export type FastifyHandler<Request, Reply, Resource, Optional extends boolean> = (
  request: Request,
  reply: Reply,
  access: Access<Resource, Optional>,
) => unknown;

/** What the guard cannot find out about a request on Fastify. */
export interface FastifyGuardOptions<Request> {
  /**
   * The address that a request came from. Default: the address of the socket, whatever `trustProxy`
   * is. `(request) => request.ip` trusts the proxy.
   */
  readonly remoteAddress?: (request: Request) => string | undefined;
}

/** Protects routes of Fastify, with a handler or as a hook of many routes. */
export interface FastifyGuard<Request extends FastifyLikeRequest, Reply extends FastifyLikeReply> {
  /** Route options with a protected handler: `app.get('/path', protect(options, handler))`. */
  <Resource = undefined, Optional extends boolean = false, One extends Request = Request>(
    options: RouteOptions<One, Resource, Optional>,
    handler: FastifyHandler<One, Reply, Resource, Optional>,
  ): {
    readonly preParsing: FastifyHook<One, Reply>;
    readonly handler: (request: One, reply: Reply) => unknown;
  };
  /**
   * Route options: `app.get('/path', protect(options), handler)`. Or a hook of many routes:
   * `app.addHook('preParsing', it.preParsing)`.
   */
  <Resource = undefined, Optional extends boolean = false, One extends Request = Request>(
    options: RouteOptions<One, Resource, Optional>,
  ): {
    readonly preParsing: FastifyHook<One, Reply>;
    /** @throws Error if this guard did not let the request through */
    readonly accessOf: (request: Pick<FastifyLikeRequest, 'raw'>) => Access<Resource, Optional>;
  };
  /** A plugin that answers the guard's own documents: `app.register(protect.wellKnown)`. */
  readonly wellKnown: (app: FastifyHooks, options: unknown, done: () => void) => void;
}

/**
 * Protects routes of Fastify 5, before anything reads the body. So `resource` has parameters and
 * query, but no body. Errors of handlers are not caught.
 * @example
 * ```ts
 * import { createGuard } from '@keywright/guard';
 * import { createFastifyGuard } from '@keywright/guard/fastify';
 * import fastify, { type FastifyReply, type FastifyRequest } from 'fastify';
 *
 * const protect = createFastifyGuard<FastifyRequest, FastifyReply>(
 *   createGuard({ issuer: 'https://login.example.com', audience: 'https://api.example.com' }),
 * );
 * export const app = fastify();
 * app.register(protect.wellKnown);
 * app.get(
 *   '/hello',
 *   protect({ scope: 'buildings:read' }, (_request, reply, { caller }) =>
 *     reply.send(`Hello ${caller.subject}`),
 *   ),
 * );
 * ```
 */
export function createFastifyGuard<
  Request extends FastifyLikeRequest = FastifyLikeRequest,
  Reply extends FastifyLikeReply = FastifyLikeReply,
>(
  guard: Protector,
  { remoteAddress }: FastifyGuardOptions<Request> = {},
): FastifyGuard<Request, Reply> {
  function protect<Resource, Optional extends boolean>(
    options: RouteOptions<Request, Resource, Optional>,
    handler?: FastifyHandler<Request, Reply, Resource, Optional>,
  ) {
    const route: Route<Request, Resource, Optional> = guard.route(options);
    const accesses = createAccesses<FastifyLikeRequest['raw'], Resource, Optional>();
    const accessOf = ({ raw }: Pick<FastifyLikeRequest, 'raw'>) => accesses.of(raw);
    const preParsing: FastifyHook<Request, Reply> = (request, reply, body, done) => {
      const address = remoteAddress && (() => remoteAddress(request));
      const incoming = request.raw as IncomingMessage;
      const presented = presentNode(incoming, request.originalUrl, address);
      void admitNode(
        route,
        { request, incoming, presented, body },
        (access) => {
          accesses.keep(request.raw, access);
          if (access.headers !== undefined) reply.headers({ ...access.headers });
          done(null, access.form === undefined ? body : bodyOf(access.form, incoming));
        },
        (answer) => answerFastify(reply, answer, incoming),
      );
    };
    if (handler === undefined) return { preParsing, accessOf };
    return {
      preParsing,
      handler: (request: Request, reply: Reply) => handler(request, reply, accessOf(request)),
    };
  }
  return Object.assign(protect as FastifyGuard<Request, Reply>, { wellKnown: createPlugin(guard) });
}

/**
 * The form that was read, again as a stream for the next parser, without the token. Fastify
 * compares its length with the header.
 */
function bodyOf(form: URLSearchParams, { headers }: IncomingMessage): Readable {
  const bytes = Buffer.from(form.toString());
  return Object.assign(Readable.from(bytes), {
    receivedEncodedLength: Number(headers['content-length'] ?? bytes.length),
  });
}

/** As bytes, because Fastify adds a charset to JSON text. */
function answerFastify(
  reply: FastifyLikeReply,
  answer: RefusalAnswer,
  incoming: IncomingMessage,
): void {
  reply.code(answer.status);
  reply.headers(headersOf(answer, incoming));
  reply.send(Buffer.from(answer.body));
}

/** For the whole server, although it is a plugin: the path of a document starts at the root. */
function createPlugin(guard: Protector) {
  const plugin: FastifyGuard<FastifyLikeRequest, FastifyLikeReply>['wellKnown'] = (
    app,
    _options,
    done,
  ) => {
    app.addHook('onRequest', (request, reply, next) => {
      const document = findDocument(guard, request.raw.method, request.originalUrl);
      if (document === undefined) return next();
      return answerFastify(reply, document, request.raw as IncomingMessage);
    });
    done();
  };
  return Object.assign(plugin, { [Symbol.for('skip-override')]: true });
}
