/**
 * The listener of the metrics: an address of its own, never the public one. It knows no secret and takes nothing but GET; who may
 * reach it is a matter of the address that it listens on.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { HttpResponse } from '@keywright/core';
import { type RunningServer, startNodeServer } from '../http/node-server.ts';
import type { OwnRoutes } from '../http/own-routes.ts';
import { parseTarget } from '../http/request-head.ts';
import { send } from '../http/response.ts';
import { expositionType, renderMetrics } from './exposition.ts';
import type { Snapshot } from './snapshot.ts';

export interface MetricsPlace {
  readonly host: string;
  readonly port: number;
}

export interface MetricsListenerParts {
  /** Of all processes of the server. */
  readonly collect: () => Promise<readonly Snapshot[]>;
  readonly health: Pick<OwnRoutes, 'answer'>;
}

function plain(status: number, body: string, headers: HttpResponse['headers'] = {}): HttpResponse {
  const type = { 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff' };
  return { status, headers: { ...type, 'cache-control': 'no-store', ...headers }, body };
}

const unknown = plain(404, 'Here are /metrics, /health/live and /health/ready.\n');
const onlyReads = plain(405, 'This address does not answer this method.\n', { allow: 'GET, HEAD' });
const failed = plain(500, 'The metrics could not be gathered.\n');

export function startMetricsListener(
  { collect, health }: MetricsListenerParts,
  { host, port }: MetricsPlace,
): Promise<RunningServer> {
  let gathering: Promise<HttpResponse> | undefined;
  /** However many ask at once, it is gathered once. */
  const gather = (): Promise<HttpResponse> =>
    (gathering ??= collect()
      .then((snapshots) => plain(200, renderMetrics(snapshots), { 'content-type': expositionType }))
      .catch(() => failed)
      .finally(() => {
        gathering = undefined;
      }));

  const answer = async (method: string, path: string): Promise<HttpResponse> => {
    if (path.startsWith('/health/')) return (await health.answer(method, path)) ?? unknown;
    if (path !== '/metrics') return unknown;
    return method === 'GET' || method === 'HEAD' ? gather() : onlyReads;
  };

  const listener = (from: IncomingMessage, to: ServerResponse): void => {
    from.resume();
    const respond = (response: HttpResponse): void => {
      if (!to.destroyed) send(to, response, { always: [] }, false);
    };
    answer(from.method ?? '', parseTarget(from.url ?? '')?.path ?? '').then(respond, () => respond(failed));
  };
  return startNodeServer(listener, host, port);
}
