import type { AuthorizationServer, Store } from '@keywright/core';
import { afterEach, describe, expect, it } from 'vitest';
import { createTurnstile } from './accounts/turnstile.ts';
import type { Gate } from './http/gate.ts';
import { createOwnRoutes } from './http/own-routes.ts';
import { createCarrierRefusals } from './http/refusals.ts';
import { type AccessLine, createLog, type Log } from './log.ts';
import { renderMetrics } from './metrics/exposition.ts';
import { openWatching, type Watching } from './watching.ts';

const response = { status: 200, headers: {}, body: '' };
const server: AuthorizationServer = {
  handle: () => response,
  routes: ['/token'],
  routeOf: (path) => (path === '/token' ? path : undefined),
  isPage: () => false,
  isAtHand: () => true,
};
const request = {
  method: 'POST',
  path: '/token',
  query: '',
  headers: {},
  body: '',
  remoteAddress: '::1',
};
const turnstile = createTurnstile({ parallel: 1, waiting: 1 });
const ownRoutes = createOwnRoutes([], { probe: async () => undefined, isStopping: () => false });
const refusals = createCarrierRefusals('https://login.example', { emit: () => undefined });
const gate: Gate = {
  refuse: (_method, path) => (path === '/token' ? { ...response, status: 503 } : undefined),
  rest: () => undefined,
  start: (_method, _path, work) => work(),
  begin: () => undefined,
  end: () => undefined,
  inWork: 3,
  most: 100,
  refused: 7,
  stop: () => undefined,
};
const store = { keys: { list: async () => [] } } as unknown as Store;
const log = createLog({ level: 'silent', file: undefined });
const quiet = { level: 'silent', file: undefined, requests: false } as const;

let watching: Watching;
afterEach(() => watching.stop());

describe('observability that is off', () => {
  it('returns each part unchanged: nothing is wrapped', async () => {
    watching = await openWatching({ metrics: undefined, log: quiet });
    expect(watching.server(server, log)).toBe(server);
    expect(watching.gate(gate, server)).toBe(gate);
    expect(watching.log(log)).toBe(log);
    expect(watching.turnstile(turnstile)).toBe(turnstile);
    expect(watching.ownRoutes(ownRoutes)).toBe(ownRoutes);
    expect(watching.refusals(refusals)).toBe(refusals);
    expect([watching.store, watching.snapshot, watching.traceIds]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    watching.running(store, ownRoutes);
    await watching.listen();
  });
});

describe('observability with metrics', () => {
  const open = async (worker?: string) => {
    watching = await openWatching({ metrics: { host: '127.0.0.1', port: 0 }, log: quiet }, worker);
    const watched = watching.server(server, log);
    const entrance = watching.gate(gate, watched);
    watching.running(store, ownRoutes);
    const text = async () =>
      renderMetrics([(await watching.snapshot?.()) ?? { worker: '', families: [] }]);
    return { watched, entrance, text };
  };

  it('counts what core answers, and what does not reach it', async () => {
    const { watched, entrance, text } = await open('2');
    await watched.handle(request);
    expect(entrance.refuse('POST', '/token')?.status).toBe(503);
    expect(entrance.refuse('GET', '/jwks')).toBeUndefined();
    await watching.ownRoutes(ownRoutes).answer('GET', '/health/live');
    watching.refusals(refusals).bodyTooLarge({ method: 'POST', path: '/token' });
    const seen = await text();
    expect(seen.match(/^keywright_http_requests_total.*$/gm)?.toSorted()).toEqual([
      'keywright_http_requests_total{route="/token",method="POST",status="200"} 1',
      'keywright_http_requests_total{route="/token",method="POST",status="503"} 1',
      'keywright_http_requests_total{route="health",method="GET",status="200"} 1',
      'keywright_http_requests_total{route="unknown",method="POST",status="413"} 1',
    ]);
    expect(seen).toContain('keywright_requests_in_work{worker="2"} 3\n');
    expect(seen).toContain('keywright_requests_in_work_limit{worker="2"} 100\n');
    expect(seen).toContain('keywright_overload_refusals_total 7\n');
    expect(seen).toContain('keywright_ready{worker="2"} 1\n');
  });

  it('is measured although the store does not answer: values that cannot be read stay as they were', async () => {
    watching = await openWatching({ metrics: { host: '127.0.0.1', port: 0 }, log: quiet });
    const away = () => Promise.reject(new Error('away'));
    watching.running(
      { keys: { list: away } } as unknown as Store,
      createOwnRoutes([], { probe: away, isStopping: () => false }),
    );
    const { families = [], worker = '' } = (await watching.snapshot?.()) ?? {};
    expect(renderMetrics([{ worker, families }])).toContain('keywright_ready{worker="1"} 0\n');
  });
});

it('with the access log alone, no other part is wrapped', async () => {
  watching = await openWatching({ metrics: undefined, log: { ...quiet, requests: true } });
  const lines: AccessLine[] = [];
  const listening: Log = { ...log, access: (line) => void lines.push(line) };
  await watching.server(server, listening).handle(request);
  expect(lines).toMatchObject([{ route: '/token', status: 200 }]);
  expect(watching.ownRoutes(ownRoutes)).toBe(ownRoutes);
  expect(watching.gate(gate, server)).toBe(gate);
});
