/**
 * Writes one line for each request if `log.requests` is on: who called what, with which answer.
 * Never the query.
 */
import { networkOf } from '@keywright/core';
import type { RequestWatcher } from './http/observed-server.ts';
import type { Log } from './log.ts';

export function createAccessLog(log: Pick<Log, 'access'>): RequestWatcher {
  return {
    answered({ request, route, status, milliseconds, learned }) {
      log.access({
        request: request.id,
        method: request.method,
        route,
        status,
        milliseconds: Math.round(milliseconds * 100) / 100,
        clientId: learned.clientId,
        network: networkOf(request.remoteAddress),
      });
    },
  };
}
