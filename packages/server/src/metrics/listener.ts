/**
 * The listener of the metrics. It has its own address, never the public one. It knows no secret and
 * accepts only GET. The operator decides by the address who can reach it.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { HttpResponse } from '@keywright/core';
import { type RunningServer, startNodeServer } from '../http/node-server.ts';
import type { OwnRoutes } from '../http/own-routes.ts';
import { parseTarget } from '../http/request-head.ts';
import { type OwnResponse, send } from '../http/response.ts';
import { expositionType, renderMetrics } from './exposition.ts';
import type { Snapshot } from './snapshot.ts';

export interface MetricsPlace {
  readonly host: string;
  readonly port: number;
}

export interface MetricsListenerParts {
  /** The snapshots of all processes of the server. */
  readonly collect: () => Promise<readonly Snapshot[]>;
  readonly health: Pick<OwnRoutes, 'answer'>;
}

function plain(status: number, body: string, headers: HttpResponse['headers'] = {}): HttpResponse {
  const type = { 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff' };
  return { status, headers: { ...type, 'cache-control': 'no-store', ...headers }, body };
}

const unknown = plain(404, 'This address has /metrics, /health/live and /health/ready.\n');
const onlyReads = plain(405, 'This address does not support this method.\n', {
  allow: 'GET, HEAD',
});
const failed = plain(500, 'The metrics could not be collected.\n');

export function startMetricsListener(
  { collect, health }: MetricsListenerParts,
  { host, port }: MetricsPlace,
): Promise<RunningServer> {
  let gathering: Promise<HttpResponse> | undefined;
  /** Several requests at once share one collection. */
  const gather = (): Promise<HttpResponse> =>
    (gathering ??= collect()
      .then((snapshots) => plain(200, renderMetrics(snapshots), { 'content-type': expositionType }))
      .catch(() => failed)
      .finally(() => {
        gathering = undefined;
      }));

  const answer = async (method: string, path: string): Promise<OwnResponse> => {
    if (path.startsWith('/health/')) return (await health.answer(method, path)) ?? unknown;
    if (path !== '/metrics') return unknown;
    return method === 'GET' || method === 'HEAD' ? gather() : onlyReads;
  };

  const listener = (from: IncomingMessage, to: ServerResponse): void => {
    from.resume();
    const respond = (response: OwnResponse): void => {
      if (!to.destroyed) send(to, response, { always: [] }, false);
    };
    answer(from.method ?? '', parseTarget(from.url ?? '')?.path ?? '').then(respond, () =>
      respond(failed),
    );
  };
  return startNodeServer(listener, host, port);
}
