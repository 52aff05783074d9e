/**
 * The parts that watch the server: metrics, traces, the access log. Each part of the product is
 * wrapped here once, at the start. If something is off, the part is returned unchanged.
 */
import type { AuthorizationServer, Store } from '@keywright/core';
import type { StoreObserver } from '@keywright/store';
import { createAccessLog } from './access-log.ts';
import type { Turnstile } from './accounts/turnstile.ts';
import type { Configuration } from './configuration/configuration.ts';
import type { Gate } from './http/gate.ts';
import {
  type Entrance,
  observeGate,
  observeOwnRoutes,
  observeRefusals,
  observeServer,
  type RequestWatcher,
} from './http/observed-server.ts';
import type { RunningServer } from './http/node-server.ts';
import type { OwnRoutes } from './http/own-routes.ts';
import type { CarrierRefusals } from './http/refusals.ts';
import type { Log } from './log.ts';
import { startMetricsListener } from './metrics/listener.ts';
import { createMetrics, type Metrics } from './metrics/metrics.ts';
import type { Snapshot } from './metrics/snapshot.ts';
import { systemClock } from './ports.ts';
import { openTracing } from './tracing/tracing.ts';
import { readVersion } from './version.ts';

export interface Watching {
  /** Undefined if nothing watches the store. */
  readonly store: StoreObserver | undefined;
  /** For `createLog`. */
  readonly traceIds: (() => object) | undefined;
  log(log: Log): Log;
  turnstile(turnstile: Turnstile): Turnstile;
  server(server: AuthorizationServer, log: Log): AuthorizationServer;
  /** Call these three after `server`, because they use the server that it returned. */
  gate(gate: Gate, server: AuthorizationServer): Entrance;
  ownRoutes(routes: OwnRoutes): OwnRoutes;
  refusals(refusals: CarrierRefusals): CarrierRefusals;
  /** The values that the snapshots read from the running server. */
  running(store: Store, routes: OwnRoutes): void;
  /** Plain data for `renderMetrics`. Undefined if nothing is measured. */
  readonly snapshot: (() => Promise<Snapshot>) | undefined;
  /**
   * Serves the metrics of this one process, after `running`. Not for one of several processes:
   * their supervisor serves the sum.
   */
  listen(): Promise<void>;
  stop(): Promise<void>;
}

/** An open request for metrics ends within this time. */
const stopGraceMilliseconds = 1000;

/** `worker` names this process of the server. */
export async function openWatching(
  { metrics: place, log: { requests } }: Pick<Configuration, 'metrics' | 'log'>,
  worker = '1',
): Promise<Watching> {
  const tracing = await openTracing();
  const metrics =
    place === undefined
      ? undefined
      : createMetrics({
          worker,
          version: readVersion(),
          nowSeconds: () => systemClock.nowSeconds(),
        });
  const watchers: RequestWatcher[] = [];
  let health: OwnRoutes | undefined;
  let listener: RunningServer | undefined;
  return {
    store: both(metrics?.store, tracing?.store),
    traceIds: tracing?.ids,
    log: (log) =>
      metrics === undefined ? log : { ...log, events: metrics.countEvents(log.events) },
    turnstile(turnstile) {
      const measured = metrics === undefined ? turnstile : metrics.measureTurnstile(turnstile);
      return tracing === undefined ? measured : tracing.traceTurnstile(measured);
    },
    server(server, log) {
      if (metrics !== undefined) watchers.push(metrics.measureRequests(server.routes));
      if (requests) watchers.push(createAccessLog(log));
      const observed = watchers.length === 0 ? server : observeServer(server, watchers);
      // Outermost, so that a line of the access log has its trace.
      return tracing === undefined ? observed : tracing.traceServer(observed);
    },
    gate(gate, server) {
      if (metrics === undefined) return gate;
      metrics.readGate(gate);
      return observeGate(gate, server, watchers);
    },
    ownRoutes: (routes) => (metrics === undefined ? routes : observeOwnRoutes(routes, watchers)),
    refusals: (refusals) =>
      metrics === undefined ? refusals : observeRefusals(refusals, watchers),
    running(store, routes) {
      health = routes;
      metrics?.ask(questionsOf(store, routes));
    },
    snapshot: metrics?.snapshot,
    async listen() {
      if (metrics === undefined || place === undefined || health === undefined) return;
      const { snapshot } = metrics;
      listener = await startMetricsListener(
        { collect: async () => [await snapshot()], health },
        place,
      );
    },
    async stop() {
      metrics?.stop();
      await listener?.stop(stopGraceMilliseconds);
    },
  };
}

function questionsOf(store: Store, routes: OwnRoutes): Parameters<Metrics['ask']>[0] {
  return {
    listKeys: () => store.keys.list(),
    isReady: async () => (await routes.answer('GET', '/health/ready'))?.status === 200,
  };
}

function both(
  one: StoreObserver | undefined,
  other: StoreObserver | undefined,
): StoreObserver | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  return {
    ...one,
    begin(name) {
      const ends = [one.begin?.(name), other.begin?.(name)];
      return (error) => {
        for (const end of ends) end?.(error);
      };
    },
  };
}
