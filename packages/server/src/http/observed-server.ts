/**
 * Reports core's answer to each request to metrics and the access log. Used only if one of them is
 * on.
 */
import type {
  AuthorizationServer,
  HttpRequest,
  HttpResponse,
  LearnedOfRequest,
} from '@keywright/core';
import type { Gate } from './gate.ts';
import type { OwnRoutes } from './own-routes.ts';
import type { OwnResponse } from './response.ts';
import type { CarrierRefusals } from './refusals.ts';

export interface AnsweredRequest {
  readonly request: HttpRequest;
  /** A route of the server, or `unknown`. */
  readonly route: string;
  readonly status: number;
  /** From the start of the work to the finished answer. */
  readonly milliseconds: number;
  readonly learned: Readonly<LearnedOfRequest>;
}

export interface RequestWatcher {
  answered(answered: AnsweredRequest): void;
  /**
   * Requests that never reached core: health, assets, and refusals of the HTTP layer or the gate.
   */
  answeredBeside?(answered: {
    readonly route: string;
    readonly method: string;
    readonly status: number;
  }): void;
}

export function observeServer(
  server: AuthorizationServer,
  watchers: readonly RequestWatcher[],
): AuthorizationServer {
  return {
    ...server,
    handle(request) {
      const begun = performance.now();
      const learned: LearnedOfRequest = request.learned ?? {};
      const finish = (response: HttpResponse): HttpResponse => {
        const route = server.routeOf(request.path) ?? 'unknown';
        const milliseconds = performance.now() - begun;
        const answered = { request, route, status: response.status, milliseconds, learned };
        for (const watcher of watchers) watcher.answered(answered);
        return response;
      };
      const answer = server.handle({ ...request, learned });
      return answer instanceof Promise ? answer.then(finish) : finish(answer);
    },
  };
}

/** Health and assets. */
export function observeOwnRoutes(own: OwnRoutes, watchers: readonly RequestWatcher[]): OwnRoutes {
  return {
    answer(method, path) {
      const answer = own.answer(method, path);
      if (answer === undefined) return undefined;
      const route = path.startsWith('/health/') ? 'health' : 'asset';
      const finish = (response: OwnResponse): OwnResponse => {
        for (const watcher of watchers)
          watcher.answeredBeside?.({ route, method, status: response.status });
        return response;
      };
      return answer instanceof Promise ? answer.then(finish) : finish(answer);
    },
  };
}

export type Entrance = Pick<Gate, 'refuse' | 'rest' | 'start' | 'begin' | 'end'>;

/** Requests that are refused early, because there is too much to do. */
export function observeGate(
  gate: Gate,
  server: Pick<AuthorizationServer, 'routeOf'>,
  watchers: readonly RequestWatcher[],
): Entrance {
  return {
    refuse(method, path) {
      const response = gate.refuse(method, path);
      if (response === undefined) return undefined;
      const route = server.routeOf(path) ?? 'unknown';
      for (const watcher of watchers)
        watcher.answeredBeside?.({ route, method, status: response.status });
      return response;
    },
    rest: (socket) => gate.rest(socket),
    start: (method, path, work) => gate.start(method, path, work),
    begin: () => gate.begin(),
    end: () => gate.end(),
  };
}

export function observeRefusals(
  refusals: CarrierRefusals,
  watchers: readonly RequestWatcher[],
): CarrierRefusals {
  const reporting =
    (refuse: CarrierRefusals['fault']): CarrierRefusals['fault'] =>
    (request, error) => {
      const response = refuse(request, error);
      const { method } = request;
      for (const watcher of watchers)
        watcher.answeredBeside?.({ route: 'unknown', method, status: response.status });
      return response;
    };
  const names = Object.keys(refusals) as (keyof CarrierRefusals)[];
  return Object.fromEntries(
    names.map((name) => [name, reporting(refusals[name])]),
  ) as unknown as CarrierRefusals;
}
