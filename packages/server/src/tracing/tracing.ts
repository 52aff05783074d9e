/**
 * Traces with the API of OpenTelemetry. The operator provides an SDK (`node --import`). Without an
 * SDK, nothing is loaded and nothing is wrapped.
 *
 * A span contains routes, statuses, names of acts and ids of clients. It never contains a query, a
 * header, an unknown path, an address or an account, because traces go to another system with more
 * readers.
 */
import type {
  AuthorizationServer,
  HttpRequest,
  HttpResponse,
  LearnedOfRequest,
} from '@keywright/core';
import type { StoreObserver } from '@keywright/store';
import type * as OpenTelemetry from '@opentelemetry/api';
import type { Attributes, Span, Tracer } from '@opentelemetry/api';
import type { Turnstile } from '../accounts/turnstile.ts';

type Api = typeof OpenTelemetry;

export interface Tracing {
  readonly store: StoreObserver;
  traceServer(server: AuthorizationServer): AuthorizationServer;
  traceTurnstile(turnstile: Turnstile): Turnstile;
  /** The trace of a log line, if there is one. */
  readonly ids: () => { readonly trace_id?: string; readonly span_id?: string };
}

/** The place where every copy of the API finds the registered SDK. */
const registered = Symbol.for('opentelemetry.js.api.1');

interface Registered {
  readonly version?: string;
  readonly trace?: unknown;
}

function findRegistered(): Registered | undefined {
  return (globalThis as { [registered]?: Registered })[registered];
}

/** Undefined if no SDK was loaded before the server. Checked once, at the start. */
export async function openTracing(): Promise<Tracing | undefined> {
  const found = findRegistered();
  if (found?.trace === undefined) return undefined;
  const api = await import('@opentelemetry/api');
  if (api.trace.getTracerProvider() === found.trace) return createTracing(api);
  // The API ignores an SDK that registered with an older copy of it, and does not say so.
  process.emitWarning(
    `Traces are off, because the SDK uses its own @opentelemetry/api ${found.version}, which is older than that of Keywright.`,
  );
  return undefined;
}

/** OpenTelemetry, HTTP spans: any other method is `_OTHER`. */
const methods = new Set([
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'PATCH',
  'DELETE',
  'OPTIONS',
  'CONNECT',
  'TRACE',
]);

/** Below `/status-lists/` the caller chooses the path. */
const longestPath = 200;

/** The attributes of a request span: nothing secret, and nothing whose length a caller chooses. */
function attributesOf(
  { path, id }: HttpRequest,
  route: string | undefined,
  method: string,
): Attributes {
  return {
    'http.request.method': method,
    ...(route === undefined ? {} : { 'http.route': route, 'url.path': path.slice(0, longestPath) }),
    ...(id === undefined ? {} : { 'keywright.request_id': id }),
  };
}

function createTracing(api: Api): Tracing {
  const { trace } = api;
  const tracer = trace.getTracer('keywright');
  return {
    store: traceStore(api, tracer),
    traceServer: (server) => traceServer(api, tracer, server),
    traceTurnstile: (turnstile) => traceTurnstile(api, tracer, turnstile),
    ids() {
      const spanContext = trace.getActiveSpan()?.spanContext();
      if (spanContext === undefined) return {};
      return { trace_id: spanContext.traceId, span_id: spanContext.spanId };
    },
  };
}

function traceServer(api: Api, tracer: Tracer, server: AuthorizationServer): AuthorizationServer {
  const { context, propagation, ROOT_CONTEXT, SpanKind, trace } = api;

  const start = (request: HttpRequest) => {
    const route = server.routeOf(request.path);
    const method = methods.has(request.method) ? request.method : '_OTHER';
    const name = `${method === '_OTHER' ? 'HTTP' : method}${route === undefined ? '' : ` ${route}`}`;
    // The HTTP server passes on only what a trusted proxy sent.
    const parent = propagation.extract(ROOT_CONTEXT, request.headers);
    const options = { kind: SpanKind.SERVER, attributes: attributesOf(request, route, method) };
    const span = tracer.startSpan(name, options, parent);
    return { span, inside: trace.setSpan(parent, span) };
  };

  const finish = (
    span: Span,
    { status }: HttpResponse,
    { clientId, issuedBy }: LearnedOfRequest,
  ): void => {
    span.setAttribute('http.response.status_code', status);
    if (clientId !== undefined) span.setAttribute('keywright.client_id', clientId);
    if (issuedBy !== undefined) span.setAttribute('keywright.grant_type', issuedBy);
    // A refusal is a normal answer. Only a fault of the server is an error.
    if (status >= 500) fail(api, span, String(status));
    span.end();
  };

  return {
    ...server,
    handle(request) {
      const learned: LearnedOfRequest = request.learned ?? {};
      const { span, inside } = start(request);
      const end = (response: HttpResponse): HttpResponse => {
        finish(span, response, learned);
        return response;
      };
      const answer = context.with(inside, () => server.handle({ ...request, learned }));
      return answer instanceof Promise ? answer.then(end) : end(answer);
    },
  };
}

/** Outside of a request, for example in periodic work, there is no trace. */
function startChild(
  { SpanKind, trace }: Api,
  tracer: Tracer,
  name: string,
  attributes: Attributes,
): Span | undefined {
  if (trace.getActiveSpan() === undefined) return undefined;
  return tracer.startSpan(name, { kind: SpanKind.INTERNAL, attributes });
}

function traceStore(api: Api, tracer: Tracer): StoreObserver {
  return {
    begin(name) {
      const span = startChild(api, tracer, `store ${name}`, { 'db.operation.name': name });
      return (error) => {
        if (error !== undefined && span !== undefined) fail(api, span, nameOf(error));
        span?.end();
      };
    },
  };
}

function traceTurnstile(api: Api, tracer: Tracer, turnstile: Turnstile): Turnstile {
  return {
    ...turnstile,
    async pass(work) {
      const span = startChild(api, tracer, 'password check', {});
      try {
        return await turnstile.pass(work);
      } catch (error) {
        if (span !== undefined) fail(api, span, nameOf(error));
        throw error;
      } finally {
        span?.end();
      }
    },
  };
}

function fail({ SpanStatusCode }: Api, span: Span, type: string): void {
  span.setAttribute('error.type', type);
  span.setStatus({ code: SpanStatusCode.ERROR });
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : 'unknown';
}
