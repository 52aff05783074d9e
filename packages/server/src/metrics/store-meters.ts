/** Metrics of the store, from its engine: each act and read, and the queues. */
import {
  type EngineState,
  operationNames,
  prunedTables,
  type StoreObserver,
} from '@keywright/store';
import type { Registry, Sample } from './registry.ts';

const seconds = [0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 4];
const batches = [1, 2, 5, 10, 20, 50, 100, 200, 500];

export function createStoreMeters(
  registry: Registry,
  now = () => Date.now() / 1000,
): StoreObserver {
  const operation = operationNames;
  const durations = registry.histogram(
    'keywright_store_operation_duration_seconds',
    'The time of an act or read of the store, from the call to the result, including waiting.',
    seconds,
    { operation },
  );
  const faults = registry.counter(
    'keywright_store_faults_total',
    'Acts and reads that failed, because the database could not be used or because of a bug.',
    { operation },
  );
  const batch = registry.histogram(
    'keywright_store_batch_acts',
    'SQLite: acts that shared one commit.',
    batches,
  );
  const repetitions = registry.counter(
    'keywright_store_repetitions_total',
    'PostgreSQL: acts that the database rolled back, and that were repeated.',
  );
  const rows = registry.counter(
    'keywright_prune_deleted_rows_total',
    'Dead rows that were deleted.',
    {
      table: prunedTables,
    },
  );
  const runs = registry.counter(
    'keywright_prune_batches_total',
    'Batches of pruning by this server. With several nodes, one node prunes for all.',
  );
  let prunedAt: number | undefined;
  registry.read(
    'keywright_prune_last_run_timestamp_seconds',
    'The time of the last pruning by this server.',
    {
      type: 'gauge',
      across: 'newest',
      read: () => (prunedAt === undefined ? [] : [[prunedAt]]),
    },
  );
  let state: (() => EngineState) | undefined;
  readState(registry, () => state?.());
  return {
    begin(name) {
      const begun = performance.now();
      return (error) => {
        durations.observe((performance.now() - begun) / 1000, name);
        if (error !== undefined) faults.add(1, name);
      };
    },
    batch: (acts) => batch.observe(acts),
    repeated: () => repetitions.add(1),
    pruned(table, deleted) {
      rows.add(deleted, table);
      runs.add(1);
      prunedAt = now();
    },
    opened(ask) {
      state = ask;
    },
  };
}

function readState(registry: Registry, ask: () => EngineState | undefined): void {
  const gauge = (
    name: string,
    help: string,
    labels: Readonly<Record<string, readonly string[]>>,
    samples: (state: EngineState) => readonly Sample[],
  ) =>
    registry.read(name, help, {
      type: 'gauge',
      across: 'each',
      labels,
      read: () => {
        const state = ask();
        return state === undefined ? [] : samples(state);
      },
    });
  const pool = ['shared', 'single'];
  gauge(
    'keywright_store_queue_acts',
    'SQLite: acts that wait to be written, and acts that are being written.',
    { state: ['waiting', 'underway'] },
    (state) =>
      state.engine === 'SQLite'
        ? [
            [state.waiting, 'waiting'],
            [state.underway, 'underway'],
          ]
        : [],
  );
  gauge(
    'keywright_store_connections',
    'PostgreSQL: connections of the pool, and the connection that runs acts one by one.',
    { pool, state: ['busy', 'idle'] },
    (state) =>
      state.engine === 'SQLite'
        ? []
        : (['shared', 'single'] as const).flatMap((name): Sample[] => [
            [state[name].busy, name, 'busy'],
            [state[name].idle, name, 'idle'],
          ]),
  );
  gauge(
    'keywright_store_connection_waiters',
    'PostgreSQL: acts and reads that wait for a connection.',
    { pool },
    (state) =>
      state.engine === 'SQLite'
        ? []
        : [
            [state.shared.waiting, 'shared'],
            [state.single.waiting, 'single'],
          ],
  );
}
