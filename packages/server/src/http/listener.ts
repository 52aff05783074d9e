/**
 * The direct path on node:http: bytes to a plain request, core, and back. All requests take it, so
 * it has no router, no middleware, and no objects that core does not need.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AuthorizationServer } from '@keywright/core';
import type { Networks } from '@keywright/jwt';
import type { FindCertificate } from './client-certificate.ts';
import { beginInOrder, countAnswer, countWhole } from './connections.ts';
import { correlate } from './correlation.ts';
import type { Entrance } from './observed-server.ts';
import type { OwnRoutes } from './own-routes.ts';
import type { CarrierRefusals, RefusedRequest } from './refusals.ts';
import { resolveRemoteAddress } from './remote-address.ts';
import { createArrivingBodies, hasBody, maxBodyBytes, receiveBody } from './request-body.ts';
import {
  isHostReadable,
  parseTarget,
  readHeaders,
  type RequestHeaders,
  type Target,
} from './request-head.ts';
import { type OwnResponse, type ResponseDefaults, send, sendEarly } from './response.ts';

export interface ListenerParts {
  readonly server: Pick<AuthorizationServer, 'handle'>;
  readonly ownRoutes: OwnRoutes;
  readonly refusals: CarrierRefusals;
  readonly defaults: ResponseDefaults;
  readonly trustedProxies: Networks | undefined;
  /** The source of client certificates. */
  readonly findCertificate?: FindCertificate | undefined;
  /** Without it, every request is admitted. */
  readonly gate?: Entrance;
  /** While true, every answer closes its connection. */
  isStopping(): boolean;
}

/**
 * Collects the answers of one turn of the event loop and writes them one after the other. If
 * answers are written between other work, each may have to wake a caller that sleeps again. This
 * costs more than the rest of a small answer (bench/README.md).
 */
function writeTogether(
  write: (to: ServerResponse, response: OwnResponse) => void,
): (to: ServerResponse, response: OwnResponse) => void {
  let waiting: { readonly to: ServerResponse; readonly response: OwnResponse }[] = [];
  const flush = (): void => {
    const ready = waiting;
    waiting = [];
    for (const { to, response } of ready) write(to, response);
  };
  return (to, response) => {
    if (waiting.push({ to, response }) === 1) setImmediate(flush);
  };
}

interface Answering {
  readonly refusedOf: (from: IncomingMessage) => RefusedRequest;
  /** Written with the other answers of this turn. */
  readonly answer: (to: ServerResponse, response: OwnResponse) => void;
  /** Called when it is complete. Until then the request is in progress. */
  readonly pass: (to: ServerResponse, answered: OwnResponse | Promise<OwnResponse>) => void;
  /** Written at once, because a refusal takes less time than a turn. */
  readonly refuse: (from: IncomingMessage, to: ServerResponse, response: OwnResponse) => void;
  /**
   * The rest of the body is not read. Node discards the rest of a small body. Otherwise the
   * connection ends.
   */
  readonly turnAway: (
    from: IncomingMessage,
    to: ServerResponse,
    headers: RequestHeaders,
    response: OwnResponse,
  ) => void;
}

function createAnswering(parts: ListenerParts): Answering {
  const { refusals, defaults, trustedProxies, gate } = parts;
  /** Only the path, because a query may contain secrets. */
  const refusedOf = ({
    method = '',
    url = '',
    rawHeaders,
    socket,
  }: IncomingMessage): RefusedRequest => {
    const id = correlate(readHeaders(rawHeaders), socket.remoteAddress ?? '', trustedProxies);
    return { method, path: parseTarget(url)?.path ?? '', id };
  };

  const write = (to: ServerResponse, response: OwnResponse): void => {
    countAnswer(to.req.socket);
    // The caller may have left meanwhile. Then there is no answer.
    if (to.destroyed) return;
    try {
      send(to, response, defaults, parts.isStopping());
    } catch (error) {
      // Node refuses a header value that could split the response. Nothing of it was sent.
      send(to, refusals.fault(refusedOf(to.req), error), defaults, true);
    }
  };

  const answer = writeTogether(write);

  const pass = (to: ServerResponse, answered: OwnResponse | Promise<OwnResponse>): void => {
    if (!(answered instanceof Promise)) return answer(to, answered);
    gate?.begin();
    const finish = (response: OwnResponse): void => {
      gate?.end();
      answer(to, response);
    };
    answered.then(finish, (error: unknown) => finish(refusals.fault(refusedOf(to.req), error)));
  };

  const refuse: Answering['refuse'] = (from, to, response) => {
    write(to, response);
    gate?.rest(from.socket);
  };

  const turnAway: Answering['turnAway'] = (from, to, headers, response) => {
    if (headers['expect'] !== undefined) return send(to, response, defaults, true);
    const isSmall = !hasBody(headers) || Number(headers['content-length']) <= maxBodyBytes;
    if (!isSmall) return sendEarly(to, response, defaults);
    refuse(from, to, response);
  };

  return { refusedOf, answer, pass, refuse, turnAway };
}

export function createListener(
  parts: ListenerParts,
): (request: IncomingMessage, response: ServerResponse) => void {
  const { server, ownRoutes, refusals, defaults, trustedProxies, findCertificate, gate } = parts;
  const { refusedOf, answer, pass, refuse, turnAway } = createAnswering(parts);
  const arriving = createArrivingBodies();

  const handle = (
    from: IncomingMessage,
    to: ServerResponse,
    target: Target,
    headers: RequestHeaders,
  ): void => {
    const { path, query } = target;
    const { method = '' } = from;
    const refused = gate?.refuse(method, path);
    if (refused !== undefined) return turnAway(from, to, headers, refused);
    const socketAddress = from.socket.remoteAddress ?? '';
    const id = correlate(headers, socketAddress, trustedProxies);
    const remoteAddress = resolveRemoteAddress(
      socketAddress,
      headers['x-forwarded-for'],
      trustedProxies,
    );
    const work = (body: string): void => {
      // A caller may have left while its request was waiting.
      if (to.destroyed) return;
      const request = { method, path, query, headers, body, remoteAddress, id };
      const clientCertificate = findCertificate?.(from);
      pass(
        to,
        server.handle(
          clientCertificate === undefined ? request : { ...request, clientCertificate },
        ),
      );
    };
    const run = (body: string): void => {
      countWhole(from.socket);
      return gate === undefined ? work(body) : gate.start(method, path, () => work(body));
    };
    if (!hasBody(headers)) return run('');
    // Many requests may have been admitted earlier, and their bodies all arrive now.
    const runIfRoom = (body: string): void => {
      const late = gate?.refuse(method, path);
      if (late === undefined) return run(body);
      refuse(from, to, late);
    };
    const expects = headers['expect'] !== undefined;
    const stated = Number(headers['content-length']);
    if (stated > maxBodyBytes) {
      // A caller that waits for "100 Continue" has not sent its body.
      const tooLarge = refusals.bodyTooLarge(refusedOf(from));
      return expects ? send(to, tooLarge, defaults, true) : sendEarly(to, tooLarge, defaults);
    }
    if (expects) to.writeContinue();
    return receiveBody(from, stated, arriving, {
      onText: runIfRoom,
      onTooLarge: () => sendEarly(to, refusals.bodyTooLarge(refusedOf(from)), defaults),
      onNotUtf8: () => answer(to, refusals.bodyNotUtf8(refusedOf(from))),
    });
  };

  const begin = (from: IncomingMessage, to: ServerResponse): void => {
    const target = parseTarget(from.url ?? '');
    if (target === undefined) return answer(to, refusals.targetUnreadable(refusedOf(from)));
    const headers = readHeaders(from.rawHeaders);
    if (!isHostReadable(headers))
      return turnAway(from, to, headers, refusals.hostUnreadable(refusedOf(from)));
    const own = ownRoutes.answer(from.method ?? '', target.path);
    if (own === undefined) return handle(from, to, target, headers);
    countWhole(from.socket);
    return pass(to, own);
  };

  return (from, to) => beginInOrder(from.socket, () => begin(from, to));
}
