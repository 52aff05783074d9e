/**
 * The smallest thing that takes spans by the API of OpenTelemetry: for tests, and for looking at what Keywright tells. It records
 * everything and sends nothing anywhere. For real traces load an SDK (docs/guides/observe.md).
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { randomBytes } from 'node:crypto';
import {
  context,
  propagation,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
  TraceFlags,
} from '@opentelemetry/api';

export function collectSpans(take) {
  context.setGlobalContextManager(createContextManager());
  propagation.setGlobalPropagator(traceparentOnly);
  const tracer = {
    startSpan: (name, options, given = context.active()) =>
      createSpan(take, name, options, trace.getSpanContext(given)),
  };
  trace.setGlobalTracerProvider({ getTracer: () => tracer });
}

function createContextManager() {
  const storage = new AsyncLocalStorage();
  return {
    active: () => storage.getStore() ?? ROOT_CONTEXT,
    with: (given, work, self, ...args) => storage.run(given, () => work.apply(self, args)),
    disable() {},
  };
}

/** W3C Trace Context §3.2, of what the server has found sound already. */
const traceparentOnly = {
  fields: () => ['traceparent'],
  inject() {},
  extract(given, carrier, getter) {
    const [, traceId, spanId, flags] = String(getter.get(carrier, 'traceparent')).split('-');
    if (flags === undefined) return given;
    const traceFlags = Number.parseInt(flags, 16);
    return trace.setSpanContext(given, { traceId, spanId, traceFlags, isRemote: true });
  },
};

function createSpan(take, name, { kind = SpanKind.INTERNAL, attributes: first } = {}, parent) {
  const begun = performance.now();
  const traceId = parent?.traceId ?? randomBytes(16).toString('hex');
  const spanId = randomBytes(8).toString('hex');
  const attributes = { ...first };
  let status = SpanStatusCode.UNSET;
  return {
    spanContext: () => ({ traceId, spanId, traceFlags: TraceFlags.SAMPLED }),
    setAttribute(key, value) {
      attributes[key] = value;
    },
    setStatus({ code }) {
      status = code;
    },
    end: () =>
      take({
        name,
        kind: SpanKind[kind],
        traceId,
        spanId,
        parentSpanId: parent?.spanId,
        status: SpanStatusCode[status],
        milliseconds: Math.round((performance.now() - begun) * 1000) / 1000,
        attributes,
      }),
  };
}
