/**
 * Everything that one process measures. It exists only if `metrics` is in the configuration.
 * Without it, nothing is wrapped.
 */
import type { Events, StoredKey } from '@keywright/core';
import type { StoreObserver } from '@keywright/store';
import type { Turnstile } from '../accounts/turnstile.ts';
import type { Gate } from '../http/gate.ts';
import type { RequestWatcher } from '../http/observed-server.ts';
import { readAdmission } from './admission-meters.ts';
import { countEvents } from './event-meters.ts';
import { watchEventLoop } from './event-loop.ts';
import { createKeyMeters } from './key-meters.ts';
import { measureTurnstile } from './password-meters.ts';
import { createProcessMeters } from './process-meters.ts';
import { createRegistry } from './registry.ts';
import { createRequestMeters } from './request-meters.ts';
import type { Snapshot } from './snapshot.ts';
import { createStoreMeters } from './store-meters.ts';

export interface Metrics {
  readonly store: StoreObserver;
  countEvents(events: Events): Events;
  measureTurnstile(turnstile: Turnstile): Turnstile;
  /** Called when the routes are known. */
  measureRequests(routes: readonly string[]): RequestWatcher;
  readGate(gate: Pick<Gate, 'inWork' | 'most' | 'refused'>): void;
  /** Values that are read at each snapshot, unless they are cached. */
  ask(questions: Questions): void;
  /** Never rejects. A value that cannot be read keeps its former value. */
  readonly snapshot: () => Promise<Snapshot>;
  stop(): void;
}

export interface Questions {
  readonly listKeys: () => Promise<readonly StoredKey[]>;
  readonly isReady: () => Promise<boolean>;
}

export interface MetricsOptions {
  /** The process of the server: the value of the label `worker`. */
  readonly worker: string;
  readonly version: string;
  readonly nowSeconds: () => number;
}

export function createMetrics({ worker, version, nowSeconds }: MetricsOptions): Metrics {
  const registry = createRegistry(worker);
  const refreshers: (() => Promise<void>)[] = [];
  createProcessMeters(registry, version);
  const stop = watchEventLoop(registry);
  return {
    store: createStoreMeters(registry),
    countEvents: (events) => countEvents(registry, events),
    measureTurnstile: (turnstile) => measureTurnstile(registry, turnstile),
    measureRequests: (routes) => createRequestMeters(registry, routes),
    readGate: (gate) => readAdmission(registry, gate),
    ask({ listKeys, isReady }) {
      let ready = false;
      registry.read('keywright_ready', '1 if requests can be served, 0 if not.', {
        type: 'gauge',
        across: 'each',
        read: () => [[ready ? 1 : 0]],
      });
      refreshers.push(createKeyMeters(registry, listKeys, nowSeconds), async () => {
        ready = await isReady();
      });
    },
    async snapshot() {
      await Promise.allSettled(refreshers.map((refresh) => refresh()));
      return registry.snapshot();
    },
    stop,
  };
}
