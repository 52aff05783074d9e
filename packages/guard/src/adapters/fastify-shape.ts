/** The part of Fastify that the guard needs, so that the guard does not depend on Fastify. */
import type { IncomingMessage } from 'node:http';
import type { Http2ServerRequest } from 'node:http2';
import type { Readable } from 'node:stream';

/**
 * The part of Fastify's request that is known without its types. Name the types:
 * `createFastifyGuard<FastifyRequest, FastifyReply>(guard)`.
 */
export interface FastifyLikeRequest {
  /** The request of HTTP/2 has everything of the other one that the guard reads. */
  readonly raw: IncomingMessage | Http2ServerRequest;
  readonly originalUrl: string;
  readonly params: unknown;
}

/** The part of Fastify's reply that is known without its types. */
export interface FastifyLikeReply {
  code(status: number): unknown;
  headers(headers: Record<string, string>): unknown;
  send(body?: unknown): unknown;
}

/** Ends a hook of Fastify, with an error or with the body for the next hook. */
export type Done = (error?: Error | null, body?: Readable) => void;
/** Fastify's `preParsing` hook, which runs before anything reads the body. */
export type FastifyHook<Request, Reply> = (
  request: Request,
  reply: Reply,
  body: Readable,
  done: Done,
) => void;

/** The part of the application that a plugin receives. */
export interface FastifyHooks {
  addHook(
    name: 'onRequest',
    hook: (request: FastifyLikeRequest, reply: FastifyLikeReply, done: () => void) => void,
  ): unknown;
}
