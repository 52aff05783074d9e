/**
 * The thin path straight on node:http: bytes to a plain request, core, and out again. This is the hot path: no router, no
 * middleware, no objects but those that core needs.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AuthorizationServer, HttpRequest, HttpResponse } from '@keywright/core';
import type { Networks } from '@keywright/jwt';
import type { OwnRoutes } from './own-routes.ts';
import type { CarrierRefusals, RefusedRequest } from './refusals.ts';
import { resolveRemoteAddress } from './remote-address.ts';
import { hasBody, maxBodyBytes, receiveBody } from './request-body.ts';
import { parseTarget, readHeaders, type Target } from './request-head.ts';
import { type ResponseDefaults, send, sendEarly } from './response.ts';

export interface ListenerParts {
  readonly server: AuthorizationServer;
  readonly ownRoutes: OwnRoutes;
  readonly refusals: CarrierRefusals;
  readonly defaults: ResponseDefaults;
  readonly trustedProxies: Networks | undefined;
  /** While true, every answer closes its connection. */
  isStopping(): boolean;
}

/** The path alone: a query may hold secrets. */
function refusedOf({ method = '', url = '' }: IncomingMessage): RefusedRequest {
  return { method, path: parseTarget(url)?.path ?? '' };
}

/**
 * Gathers the answers of one turn of the event loop and writes them one after the other. Written one by one, between
 * other work, each may have to wake a caller that has gone to sleep since the last: that costs more than all the rest
 * of a small answer (bench/README.md).
 */
function writeTogether(
  write: (to: ServerResponse, response: HttpResponse) => void,
): (to: ServerResponse, response: HttpResponse) => void {
  let waiting: { readonly to: ServerResponse; readonly response: HttpResponse }[] = [];
  const flush = (): void => {
    const ready = waiting;
    waiting = [];
    for (const { to, response } of ready) write(to, response);
  };
  return (to, response) => {
    if (waiting.push({ to, response }) === 1) setImmediate(flush);
  };
}

export function createListener(
  parts: ListenerParts,
): (request: IncomingMessage, response: ServerResponse) => void {
  const { server, ownRoutes, refusals, defaults, trustedProxies } = parts;

  const write = (to: ServerResponse, response: HttpResponse): void => {
    // The caller may have gone away meanwhile: there is nobody to answer then.
    if (to.destroyed) return;
    try {
      send(to, response, defaults, parts.isStopping());
    } catch (error) {
      // Node refuses a header value that could split the response; nothing of it was sent.
      send(to, refusals.fault(refusedOf(to.req), error), defaults, true);
    }
  };

  const answer = writeTogether(write);

  const pass = (to: ServerResponse, answered: HttpResponse | Promise<HttpResponse>): void => {
    if (!(answered instanceof Promise)) return answer(to, answered);
    answered.then(
      (response) => answer(to, response),
      (error: unknown) => answer(to, refusals.fault(refusedOf(to.req), error)),
    );
  };

  const handle = (
    from: IncomingMessage,
    to: ServerResponse,
    target: Target,
    headers: HttpRequest['headers'],
  ): void => {
    const remoteAddress = resolveRemoteAddress(
      from.socket.remoteAddress ?? '',
      headers['x-forwarded-for'],
      trustedProxies,
    );
    const { path, query } = target;
    const run = (body: string): void => {
      pass(to, server.handle({ method: from.method ?? '', path, query, headers, body, remoteAddress }));
    };
    if (!hasBody(headers)) return run('');
    const expects = headers['expect'] !== undefined;
    if (Number(headers['content-length']) > maxBodyBytes) {
      // Who waits for a word before it sends has nothing under way.
      const tooLarge = refusals.bodyTooLarge(refusedOf(from));
      return expects ? send(to, tooLarge, defaults, true) : sendEarly(to, tooLarge, defaults);
    }
    if (expects) to.writeContinue();
    return receiveBody(from, {
      onText: run,
      onTooLarge: () => sendEarly(to, refusals.bodyTooLarge(refusedOf(from)), defaults),
      onNotUtf8: () => answer(to, refusals.bodyNotUtf8(refusedOf(from))),
    });
  };

  return (from, to) => {
    const target = parseTarget(from.url ?? '');
    if (target === undefined) return answer(to, refusals.targetUnreadable(refusedOf(from)));
    const own = ownRoutes.answer(from.method ?? '', target.path);
    if (own === undefined) return handle(from, to, target, readHeaders(from.rawHeaders));
    return pass(to, own);
  };
}
