/**
 * Traces by the API of OpenTelemetry, which whoever operates the server gives an SDK to (`node --import`). Without one nothing is
 * loaded and nothing is wrapped.
 *
 * A span tells routes, statuses, names of acts and ids of clients. It never tells a query, a header, a path that nobody serves, an
 * address or an account: what is traced goes to another system, which more people read.
 */
import type { AuthorizationServer, HttpRequest, HttpResponse, LearnedOfRequest } from '@keywright/core';
import type { StoreObserver } from '@keywright/store';
import type * as OpenTelemetry from '@opentelemetry/api';
import type { Attributes, Span, Tracer } from '@opentelemetry/api';
import type { Turnstile } from '../accounts/turnstile.ts';

type Api = typeof OpenTelemetry;

export interface Tracing {
  readonly store: StoreObserver;
  traceServer(server: AuthorizationServer): AuthorizationServer;
  traceTurnstile(turnstile: Turnstile): Turnstile;
  /** For a line of the log: of which trace it is, where there is one. */
  readonly ids: () => { readonly trace_id?: string; readonly span_id?: string };
}

/** Where every copy of the API, whoever installed it, finds what was registered. */
const registered = Symbol.for('opentelemetry.js.api.1');

interface Registered {
  readonly version?: string;
  readonly trace?: unknown;
}

function findRegistered(): Registered | undefined {
  return (globalThis as { [registered]?: Registered })[registered];
}

/** Undefined when no SDK was loaded before the server. Asked once, at start. */
export async function openTracing(): Promise<Tracing | undefined> {
  const found = findRegistered();
  if (found?.trace === undefined) return undefined;
  const api = await import('@opentelemetry/api');
  if (api.trace.getTracerProvider() === found.trace) return createTracing(api);
  // The API takes nothing that an older copy of it has registered, and does not say so.
  process.emitWarning(
    `Nothing is traced: the SDK brought its own @opentelemetry/api ${found.version}, which is older than the one of Keywright.`,
  );
  return undefined;
}

/** OpenTelemetry, HTTP spans: any other is `_OTHER`. */
const methods = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'CONNECT', 'TRACE']);

/** Below `/status-lists/` a caller may say what it likes. */
const longestPath = 200;

/** What stands in a span of a request: nothing that is secret, or as long as a caller likes. */
function attributesOf({ path, id }: HttpRequest, route: string | undefined, method: string): Attributes {
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
    // The carrier left in only what a trusted proxy says.
    const parent = propagation.extract(ROOT_CONTEXT, request.headers);
    const options = { kind: SpanKind.SERVER, attributes: attributesOf(request, route, method) };
    const span = tracer.startSpan(name, options, parent);
    return { span, inside: trace.setSpan(parent, span) };
  };

  const finish = (span: Span, { status }: HttpResponse, { clientId, issuedBy }: LearnedOfRequest): void => {
    span.setAttribute('http.response.status_code', status);
    if (clientId !== undefined) span.setAttribute('keywright.client_id', clientId);
    if (issuedBy !== undefined) span.setAttribute('keywright.grant_type', issuedBy);
    // A refusal is an answer like any other; only what is our own fault is one.
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

/** Outside of a request, as in periodic work, there is no trace to belong to. */
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
