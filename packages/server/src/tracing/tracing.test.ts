import type { AuthorizationServer, HttpRequest, HttpResponse } from '@keywright/core';
import { context, propagation, trace } from '@opentelemetry/api';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  type CollectedSpan,
  collectSpans,
} from '../../../../deploy/observability/collect-spans.mjs';
import { createTurnstile } from '../accounts/turnstile.ts';
import { openTracing, type Tracing } from './tracing.ts';

const spans: CollectedSpan[] = [];
afterEach(() => {
  for (const api of [trace, context, propagation]) api.disable();
  spans.length = 0;
});

const request: HttpRequest = {
  method: 'POST',
  path: '/auth/token',
  query: 'code=secret-of-the-query',
  headers: { authorization: 'Basic secret-of-a-header', cookie: 'secret-of-a-cookie' },
  body: 'code=secret-of-the-body',
  remoteAddress: '192.0.2.7',
  id: 'req_1',
};
const ok: HttpResponse = {
  status: 200,
  headers: { 'set-cookie': 'secret-of-the-answer' },
  body: 'secret',
};

function serverWith(handle: AuthorizationServer['handle']): AuthorizationServer {
  return {
    handle,
    routes: ['/token', '/status-lists/*'],
    routeOf: (path) =>
      path === '/auth/token'
        ? '/token'
        : path.startsWith('/status-lists/')
          ? '/status-lists/*'
          : undefined,
    isPage: () => false,
    isAtHand: () => true,
  };
}

it('tracing is absent without an SDK: nothing is wrapped', async () => {
  expect(await openTracing()).toBeUndefined();
});

it('tracing reports that it is absent, where an older copy of the API has an SDK', async () => {
  const warned = vi.spyOn(process, 'emitWarning').mockReturnValue(undefined);
  const place = globalThis as { [key: symbol]: unknown };
  place[Symbol.for('opentelemetry.js.api.1')] = { version: '1.0.0', trace: {} };
  expect(await openTracing()).toBeUndefined();
  expect(warned).toHaveBeenCalledExactlyOnceWith(
    expect.stringContaining('@opentelemetry/api 1.0.0'),
  );
  warned.mockRestore();
  delete place[Symbol.for('opentelemetry.js.api.1')];
});

describe('tracing with an SDK', () => {
  let tracing: Tracing;
  beforeEach(async () => {
    collectSpans((span) => spans.push(span));
    tracing = (await openTracing()) as Tracing;
  });

  it('makes one span of the server for each request, with its route and result only', async () => {
    const server = tracing.traceServer(
      serverWith((given) => {
        Object.assign(given.learned ?? {}, { clientId: 'heatlens', issuedBy: 'refresh_token' });
        return Promise.resolve(ok);
      }),
    );
    expect(await server.handle(request)).toBe(ok);
    expect(spans).toEqual([
      {
        name: 'POST /token',
        kind: 'SERVER',
        traceId: expect.stringMatching(/^[\da-f]{32}$/),
        spanId: expect.stringMatching(/^[\da-f]{16}$/),
        parentSpanId: undefined,
        status: 'UNSET',
        milliseconds: expect.any(Number),
        attributes: {
          'http.request.method': 'POST',
          'http.route': '/token',
          'url.path': '/auth/token',
          'http.response.status_code': 200,
          'keywright.request_id': 'req_1',
          'keywright.client_id': 'heatlens',
          'keywright.grant_type': 'refresh_token',
        },
      },
    ]);
    expect(JSON.stringify(spans)).not.toContain('secret');
  });

  it('does not record an unknown path, an unknown method or an address of any length', async () => {
    const server = tracing.traceServer(serverWith(() => ({ ...ok, status: 404 })));
    await server.handle({ ...request, method: 'SECRET', path: '/secret-in-a-path' });
    await server.handle({ ...request, method: 'GET', path: `/status-lists/${'x'.repeat(9000)}` });
    expect(spans.map(({ name }) => name)).toEqual(['HTTP', 'GET /status-lists/*']);
    expect(spans[0]?.attributes).toEqual({
      'http.request.method': '_OTHER',
      'keywright.request_id': 'req_1',
      'http.response.status_code': 404,
    });
    expect(String(spans[1]?.attributes['url.path'])).toHaveLength(200);
  });

  it('continues the trace of the caller, as far as the HTTP server accepts it', async () => {
    const server = tracing.traceServer(serverWith(() => ok));
    const [traceId, spanId] = ['ab'.repeat(16), 'cd'.repeat(8)];
    await server.handle({ ...request, headers: { traceparent: `00-${traceId}-${spanId}-01` } });
    expect(spans).toMatchObject([{ traceId, parentSpanId: spanId }]);
  });

  it('has store calls, password checks and log lines as children of the request', async () => {
    const turnstile = tracing.traceTurnstile(createTurnstile({ parallel: 1, waiting: 1 }));
    let ids: object = {};
    const server = tracing.traceServer(
      serverWith(async () => {
        await Promise.resolve();
        ids = tracing.ids();
        const end = tracing.store.begin?.('loadClient');
        await turnstile.pass(() => Promise.resolve());
        end?.();
        tracing.store.begin?.('rotateFamily')(new TypeError('with a secret in it'));
        return ok;
      }),
    );
    await server.handle(request);
    const root = spans.at(-1) as CollectedSpan;
    expect(ids).toEqual({ trace_id: root.traceId, span_id: root.spanId });
    expect(spans.slice(0, -1)).toMatchObject([
      { name: 'password check', parentSpanId: root.spanId, status: 'UNSET' },
      {
        name: 'store loadClient',
        parentSpanId: root.spanId,
        attributes: { 'db.operation.name': 'loadClient' },
      },
      { name: 'store rotateFamily', status: 'ERROR', attributes: { 'error.type': 'TypeError' } },
    ]);
    expect(JSON.stringify(spans)).not.toContain('secret');
  });

  it('marks only faults of the server as errors, and not refusals', async () => {
    for (const status of [401, 500])
      await tracing.traceServer(serverWith(() => ({ ...ok, status }))).handle(request);
    expect(spans.map(({ status, attributes }) => [status, attributes['error.type']])).toEqual([
      ['UNSET', undefined],
      ['ERROR', '500'],
    ]);
  });

  it('makes no trace outside of a request', async () => {
    tracing.store.begin?.('pruneTable')();
    await tracing
      .traceTurnstile(createTurnstile({ parallel: 1, waiting: 0 }))
      .pass(async () => undefined);
    expect(spans).toEqual([]);
    expect(tracing.ids()).toEqual({});
  });
});
