/** The shape of Fastify: as much of it as the guard needs, so that it needs no Fastify. */
import type { IncomingMessage } from 'node:http';
import type { Http2ServerRequest } from 'node:http2';
import type { Readable } from 'node:stream';

/**
 * As much of Fastify's request as there is without its types. Name those:
 * `createFastifyGuard<FastifyRequest, FastifyReply>(guard)`.
 */
export interface FastifyLikeRequest {
  /** The one of HTTP/2 has all of the other that the guard looks at. */
  readonly raw: IncomingMessage | Http2ServerRequest;
  readonly originalUrl: string;
  readonly params: unknown;
}

/** As much of Fastify's reply as there is without its types. */
export interface FastifyLikeReply {
  code(status: number): unknown;
  headers(headers: Record<string, string>): unknown;
  send(body?: unknown): unknown;
}

/** Ends a hook of Fastify: with an error, or with the body that the next hook reads. */
export type Done = (error?: Error | null, body?: Readable) => void;
/** Fastify's `preParsing` hook, called before anything looks at the body. */
export type FastifyHook<Request, Reply> = (
  request: Request,
  reply: Reply,
  body: Readable,
  done: Done,
) => void;

/** What a plugin is given of the application. */
export interface FastifyHooks {
  addHook(
    name: 'onRequest',
    hook: (request: FastifyLikeRequest, reply: FastifyLikeReply, done: () => void) => void,
  ): unknown;
}
